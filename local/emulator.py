"""The Firestore emulator as a process of its own."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.environment import DEFAULT_PROJECT, ROOT
from local.ports import LOOPBACK, free_port, require_free
from local.processes import ChildProcess, spawn

PART = "Firestore emulator"
_START_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class EmulatorServer:
    """A running emulator; `host` is what FIRESTORE_EMULATOR_HOST takes."""

    host: str
    project: str
    process: ChildProcess

    @property
    def environment(self) -> dict[str, str]:
        """What the Google client libraries read to use this emulator."""
        return {"FIRESTORE_EMULATOR_HOST": self.host, "GCLOUD_PROJECT": self.project}


@contextmanager
def running_emulator(
    port: int | None = None, project: str = DEFAULT_PROJECT, *, log: Path | None = None
) -> Iterator[EmulatorServer]:
    """An empty emulator for as long as the block runs, on loopback `port` or a free one.

    Raises PortTaken and PartFailed, the latter with what the emulator wrote.
    """
    with tempfile.TemporaryDirectory(prefix="courtside-emulator-") as scratch:
        server = spawn_emulator(port or free_port(), project, log or Path(scratch) / "emulator.log")
        try:
            server.process.wait_until(lambda: is_ready(server), _START_TIMEOUT_SECONDS)
            yield server
        finally:
            server.process.stop()


def spawn_emulator(port: int, project: str, log: Path, options: Sequence[str] = ()) -> EmulatorServer:
    """Start an emulator without waiting for it; the caller stops its process."""
    require_free(port, PART, "--port-firestore")
    command = [sys.executable, "-m", "emulator", "--host", LOOPBACK, "--port", str(port), *options]
    return EmulatorServer(f"{LOOPBACK}:{port}", project, spawn(PART, command, log=log, cwd=ROOT))


def product_options(data: Path | None) -> list[str]:
    """Options for the product's own rules and indexes; documents are kept in `data`, if it is given."""
    options = ["--rules", str(ROOT / "firestore.rules"), "--index-file", str(ROOT / "firestore.indexes.json")]
    return options if data is None else [*options, "--data", str(data)]


def is_ready(server: EmulatorServer) -> bool:
    """Whether the emulator answers, as the official one does, `Ok` at its root."""
    try:
        response = httpx.get(f"http://{server.host}/", timeout=2, trust_env=False, verify=False)
    except httpx.TransportError:
        return False
    return response.status_code == 200 and response.text.strip() == "Ok"
