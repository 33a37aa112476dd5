"""One child process of the local suite: apart from the terminal, logged to a file, stopped by its own pid."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from local.errors import PartFailed

_POLL_SECONDS = 0.02


@dataclass
class ChildProcess:
    """A running part. It leads its own process group, so Ctrl-C in the terminal does not reach it."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path | None
    log_offset: int
    stop_signal: signal.Signals
    _asked_to_stop: bool = False

    @property
    def pid(self) -> int:
        return self.popen.pid

    def has_ended(self) -> bool:
        """Whether it ended; it is not reaped, so that its pid cannot pass to a stranger before `stop`."""
        if self.popen.returncode is not None:
            return True
        try:
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.pid, flags) is not None
        except ChildProcessError:
            return True

    def last_lines(self, count: int = 15) -> list[str]:
        """The end of what this start of the part wrote; nothing when it writes to the terminal."""
        if self.log is None:
            return []
        with self.log.open("rb") as file:
            file.seek(self.log_offset)
            return file.read().decode(errors="replace").splitlines()[-count:]

    def wait_until(self, is_ready: Callable[[], bool], timeout: float) -> None:
        """Return once `is_ready()`; PartFailed when the process ends before, or after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not is_ready():
            if self.has_ended():
                raise PartFailed(self.name, "ended before it was ready", self.last_lines())
            if time.monotonic() > deadline:
                raise PartFailed(self.name, f"was not ready within {timeout:g} s", self.last_lines())
            time.sleep(_POLL_SECONDS)

    def ask_to_stop(self) -> None:
        """Begin an orderly end without waiting; once only, for a second signal often means "at once"."""
        if not self._asked_to_stop and not self.has_ended():
            self.popen.send_signal(self.stop_signal)
        self._asked_to_stop = True

    def stop(self, grace: float = 10) -> int:
        """Ask the process to end, kill its group when it does not within `grace` seconds; its exit status."""
        if self.popen.returncode is not None:
            return self.popen.returncode
        self.ask_to_stop()
        deadline = time.monotonic() + grace
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return self.kill()

    def kill(self) -> int:
        """End the process and whatever is left of its group now; its exit status."""
        if self.popen.returncode is None:
            # Its leader is not reaped yet, so the number of the group is still ours.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        return self.popen.wait()


def spawn(
    name: str,
    command: Sequence[str],
    *,
    log: Path | None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    privileges: Sequence[str] = (),
    pass_fds: Sequence[int] = (),
) -> ChildProcess:
    """Start a part; its output is appended to `log`, or goes to the terminal without one.

    `env` is added to the environment of this process, `privileges` are further arguments for setpriv.
    On Linux the part also gets `stop_signal` when the thread that started it ends, even by SIGKILL.
    """
    with _opened(log) as output:
        log_offset = output.tell() if output else 0
        popen = subprocess.Popen(
            [*_leash(stop_signal, privileges), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
            cwd=cwd,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        return ChildProcess(name, popen, log, log_offset, stop_signal)


def _opened(log: Path | None) -> AbstractContextManager[IO[bytes] | None]:
    if log is None:
        return nullcontext()
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("ab")


def _leash(stop_signal: signal.Signals, privileges: Sequence[str]) -> list[str]:
    setpriv = _setpriv()
    return [setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG"), *privileges] if setpriv else []


@cache
def _setpriv() -> str | None:
    return shutil.which("setpriv") if sys.platform == "linux" else None
