"""A Postgres whose data lie on a small disk of their own, which a row may fill.

unshare -m python -m tests.faults.small_disk FOLDER PORT MEGABYTES     serves until SIGTERM; the disk is full for as
long as the file FOLDER/full exists. The mount is the process's own and ends with it.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from local.errors import PartFailed
from local.ports import free_port
from local.postgres import application_url, start_postgres
from local.processes import ChildProcess, spawn
from local.signals import StopSignals

_SERVING = "serving"
_START_SECONDS = 60.0
_LOOK_SECONDS = 0.05
_PAGE = bytes(4096)
# The log of changes is kept short, so that it needs new room soon.
_SETTINGS = {"min_wal_size": "32MB", "max_wal_size": "64MB"}


@dataclass(frozen=True)
class SmallDisk:
    """The server's disk, seen from outside."""

    url: str
    _flag: Path

    def fill(self) -> None:
        """Leave no room."""
        self._flag.touch()

    def free(self) -> None:
        """Make room again."""
        self._flag.unlink()


def may_mount() -> bool:
    """Whether this machine lets us have mounts of our own."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


@contextmanager
def postgres_on_small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A durable server on a disk of so many megabytes while the block runs."""
    port, log = free_port(), folder / "small_disk.log"
    command = [
        "unshare",
        "-m",
        sys.executable,
        "-m",
        "tests.faults.small_disk",
        str(folder),
        str(port),
        str(megabytes),
    ]
    process = spawn("Postgres on a small disk", command, log=log)
    try:
        process.wait_until(lambda: _SERVING in log.read_text().splitlines(), _START_SECONDS)
        yield SmallDisk(application_url(port), _flag(folder))
    finally:
        process.stop()


def main() -> None:
    """Serve, and fill or free the disk as the flag says."""
    folder, port, megabytes = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(disk)], check=True)
    with StopSignals() as stop:
        server = _start(folder, port)
        print(_SERVING, flush=True)  # noqa: T201 - its output
        while not stop.asked:
            _balance(_flag(folder), disk / "ballast")
            if server.has_ended():
                server.kill()
                # Without room it does not start; it is tried again until there is.
                with suppress(PartFailed):
                    server = _start(folder, port)
            time.sleep(_LOOK_SECONDS)
        server.stop()


def _start(folder: Path, port: int) -> ChildProcess:
    log = folder / "postgres.log"
    _, process = start_postgres(
        folder / "disk" / "data", durable=True, port=port, log=log, settings=_SETTINGS
    )
    return process


def _balance(flag: Path, ballast: Path) -> None:
    if not flag.exists():
        ballast.unlink(missing_ok=True)
        return
    file = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        with suppress(OSError):
            while True:
                os.write(file, _PAGE)
    finally:
        os.close(file)


def _flag(folder: Path) -> Path:
    return folder / "full"


if __name__ == "__main__":
    main()
