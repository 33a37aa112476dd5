"""Screens: an independent process that listens to every document and writes down each version it is shown.

python -m tests.faults.screens PROJECT HOST:PORT     prints `listening`, then one JSON [path, version] a line
"""

import json
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.environment import FUNCTIONS, ROOT
from local.processes import ChildProcess, spawn
from tests.faults.screen_process import LISTENING
from tests.integration.relay.recorder import Seen, regressions

GROUPS = (
    "trainers",
    "days",
    "sessions",
    "bookings",
    "clients",
    "inbox",
    "reviews",
    "disputes",
    "conflicts",
    "events",
)
_START_SECONDS = 30.0


@dataclass(frozen=True)
class Screens:
    """What the process wrote down so far."""

    process: ChildProcess
    log: Path

    def shown(self) -> dict[str, list[Seen]]:
        """Path → every version that was shown, in order; None where it vanished."""
        shown: dict[str, list[Seen]] = {}
        for line in self.log.read_text().splitlines():
            if line.startswith("["):
                path, version = json.loads(line)
                shown.setdefault(path, []).append(version)
        return shown

    def disconnect(self) -> None:
        """Break their stream; they go on from where it broke."""
        self.process.popen.send_signal(signal.SIGHUP)

    def regressions(self) -> list[str]:
        """Each time that a document went back to an older version."""
        return [
            f"{path} went back from version {newest} to {older}"
            for path, versions in self.shown().items()
            for newest, older in regressions(versions)
        ]

    def differences(self, stored: Mapping[str, Seen]) -> list[str]:
        """Where the screens show something else than is stored, as path → version."""
        latest = {path: versions[-1] for path, versions in self.shown().items()}
        return [
            f"{path}: screens show version {latest.get(path)}, stored is {stored.get(path)}"
            for path in sorted(latest.keys() | stored.keys())
            if latest.get(path) != stored.get(path)
        ]


@contextmanager
def running_screens(project: str, host: str, folder: Path) -> Iterator[Screens]:
    """The process while the block runs; `wait_until_listening` before relying on it."""
    log = folder / "screens.log"
    command = [sys.executable, "-m", "tests.faults.screen_process", project, host, *GROUPS]
    process = spawn("screens", command, log=log, env={"PYTHONPATH": f"{FUNCTIONS}:{ROOT}"})
    try:
        yield Screens(process, log)
    finally:
        process.kill()


def wait_until_listening(screens: Screens) -> None:
    """Return once every group has had its first snapshot."""
    screens.process.wait_until(lambda: LISTENING in screens.log.read_text().splitlines(), _START_SECONDS)
