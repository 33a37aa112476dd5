"""The FCM stand-in as a process of the suite and of tests."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.environment import ROOT
from local.fcm.client import FcmStandIn
from local.ports import LOOPBACK, accepts_connections, free_port, require_free
from local.processes import ChildProcess, spawn

PART = "FCM stand-in"
_START_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class FcmServer:
    """A running stand-in; `url` is what FCM_URL takes."""

    port: int
    process: ChildProcess

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def is_ready(self) -> bool:
        return accepts_connections(self.port)


def spawn_fcm(port: int, log: Path) -> FcmServer:
    """Start a stand-in without waiting for it; the caller stops its process."""
    require_free(port, PART, "--port-fcm")
    command = [sys.executable, "-m", "local.fcm", "--host", LOOPBACK, "--port", str(port)]
    return FcmServer(port, spawn(PART, command, log=log, cwd=ROOT))


@contextmanager
def running_fcm(port: int | None = None, *, log: Path | None = None) -> Iterator[FcmStandIn]:
    """A stand-in, as its client, for as long as the block runs, on loopback `port` or a free one.

    Raises PortTaken and PartFailed, the latter with what the stand-in wrote.
    """
    with tempfile.TemporaryDirectory(prefix="courtside-fcm-") as scratch:
        server = spawn_fcm(port or free_port(), log or Path(scratch) / "fcm.log")
        try:
            server.process.wait_until(server.is_ready, _START_TIMEOUT_SECONDS)
            with FcmStandIn(server.url) as client:
                yield client
        finally:
            server.process.stop()
