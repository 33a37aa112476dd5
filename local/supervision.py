"""The one loop of the suite: whatever it waits for, it notices signals, ended parts and new log lines."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from local.console import SuiteConsole
from local.errors import PartFailed
from local.log_mirror import LogMirror
from local.parts import Part, Parts
from local.processes import ChildProcess
from local.signals import StopSignals

_PAUSE_SECONDS = 0.05
_REMIND_SECONDS = 30.0
_STOP_GRACE_SECONDS = 15.0


class Stopped(Exception):
    """A person or the system asked the suite to stop."""


class Supervision:
    """Watches over parts. Every wait may raise Stopped, and PartFailed when one of them ends by itself."""

    def __init__(
        self, parts: Parts, signals: StopSignals, console: SuiteConsole, mirror: LogMirror, logs: Path
    ) -> None:
        """`logs` is the directory that a person is pointed to."""
        self._parts = parts
        self._logs = logs
        self._signals = signals
        self._console = console
        self._mirror = mirror
        self.at_end = ExitStack()
        """What to close when the suite stops."""

    def await_ready(self, *parts: Part) -> None:
        """Wait for parts, telling of each that became ready, of others too, and of a long wait."""
        remind_at = time.monotonic() + _REMIND_SECONDS
        while late := [part.name for part in parts if part.seconds is None]:
            self._turn()
            if time.monotonic() > remind_at:
                self._console.note(f"Still waiting for {', '.join(late)}; the logs are in {self._logs}")
                remind_at += _REMIND_SECONDS

    def run(self, process: ChildProcess) -> None:
        """Wait for the end of a program; PartFailed when it fails."""
        try:
            while not process.has_ended():
                self._turn()
        finally:
            status = process.stop()
        if status != 0:
            raise PartFailed(process.name, f"failed with exit status {status}", process.last_lines())

    def run_forever(self, *turns: Callable[[], None]) -> NoReturn:
        """Call every one of `turns` again and again."""
        while True:
            self._turn()
            for turn in turns:
                turn()

    def stop(self) -> None:
        """End all parts, at once when asked for a second time."""
        self.at_end.close()
        killed = self._parts.stop(_STOP_GRACE_SECONDS, lambda: self._signals.hurried)
        self._mirror.pump()
        if killed:
            self._console.problem(f"Did not stop in time and was killed: {', '.join(killed)}")

    def _turn(self) -> None:
        if self._signals.asked:
            raise Stopped
        self._mirror.pump()
        for part in self._parts:
            if part.note_if_ready():
                self._console.ready(part)
        self._parts.check()
        time.sleep(_PAUSE_SECONDS)
