"""The emulators that the bench compares, each as a process on a port of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benches.firestore_wire import Client, commit_request, room

ROOT = Path(__file__).parents[1]
NPM_PACKAGE = "@firestore-emulator/server"
_CACHE = ROOT / ".cache" / "bench-emulator"
_SERVE = f"""
const {{ FirestoreServer }} = require('{NPM_PACKAGE}');
new FirestoreServer().start(Number(process.argv[2]));
"""
_START_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """A process that serves; `start_ms` until it answered its first call."""

    address: str
    pid: int
    start_ms: float

    def memory_mib(self) -> float:
        """Its resident memory in MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextmanager
def ours(*arguments: str) -> Iterator[Running]:
    """The emulator of this repository."""
    port = _free_port()
    command = [sys.executable, "-m", "emulator", "--port", str(port), *arguments]
    with _served(command, port, ROOT) as running:
        yield running


@contextmanager
def from_npm() -> Iterator[Running]:
    """The npm package, which has to be installed."""
    port = _free_port()
    with _served(["node", "serve.cjs", str(port)], port, _CACHE) as running:
        yield running


def install_from_npm() -> str | None:
    """Install the package where the bench keeps it; its version, None if that cannot be."""
    if shutil.which("npm") is None:
        return None
    _CACHE.mkdir(parents=True, exist_ok=True)
    (_CACHE / "serve.cjs").write_text(_SERVE)
    manifest = _CACHE / "node_modules" / NPM_PACKAGE / "package.json"
    if not manifest.exists():
        command = [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(_CACHE),
            NPM_PACKAGE,
        ]
        if subprocess.run(command, check=False).returncode:
            return None
    return _version(manifest)


def _version(manifest: Path) -> str:
    return str(json.loads(manifest.read_text())["version"])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def _served(command: list[str], port: int, folder: Path) -> Iterator[Running]:
    address = f"127.0.0.1:{port}"
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_port(process, port)
        client = Client(address)
        client.commit(commit_request([room("start", 0)]), wait_for_ready=True, timeout=_START_SECONDS)
        took = (time.perf_counter() - began) * 1000
        client.close()
        yield Running(address, process.pid, took)
    finally:
        process.terminate()
        process.wait(10)


def _await_port(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Poll until the port opens: a gRPC channel that finds it closed would wait a second to try again."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except ConnectionRefusedError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.args!r} did not start") from None
            time.sleep(0.005)
