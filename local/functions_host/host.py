"""The supervisor of the functions server: owns the port, replaces the server when code changes.

A replacement shares the listening socket with its predecessor until it is ready, so no caller is ever
refused; code that does not start leaves the predecessor serving.
"""

import os
import select
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from local.environment import DEFAULT_PROJECT, FUNCTIONS, ROOT
from local.errors import PartFailed
from local.functions_host.discovery import REGION
from local.ports import LOOPBACK, require_free
from local.processes import ChildProcess, spawn

PART = "Functions"
_BACKLOG = 2048
_START_TIMEOUT_SECONDS = 60.0
_POLL_SECONDS = 0.02


class Change(Enum):
    """What `FunctionsHost.poll` found: the new code serves, or it did not start."""

    READY = auto()
    REFUSED = auto()


@dataclass
class _Generation:
    process: ChildProcess
    ready_fd: int

    def is_ready(self) -> bool:
        """Whether the server accepts requests; a server that ended is not ready."""
        readable, _, _ = select.select([self.ready_fd], [], [], 0)
        return bool(readable) and bool(os.read(self.ready_fd, 1))

    def kill(self) -> None:
        self.process.kill()
        os.close(self.ready_fd)


class FunctionsHost:
    """The functions behind one port. Not thread-safe: one thread starts, polls and stops it."""

    def __init__(
        self,
        port: int,
        environment: Mapping[str, str],
        *,
        log: Path,
        project: str = DEFAULT_PROJECT,
        threads: int | None = None,
        source: Path = FUNCTIONS,
    ) -> None:
        """Take the port (0 for a free one); `source` is the directory of `main.py`. Raises PortTaken."""
        if port:
            require_free(port, PART, "--port-functions")
        self._socket = socket.create_server((LOOPBACK, port), backlog=_BACKLOG)
        self._environment = environment
        self._log = log
        self._project = project
        self._threads = threads or (os.cpu_count() or 1) * 4  # as functions-framework does
        self._source = source
        self._serving: _Generation | None = None
        self._next: _Generation | None = None
        self._leaving: list[_Generation] = []
        self.refusal: tuple[str, ...] = ()

    @property
    def port(self) -> int:
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """The base URL: a function's is `{url}/{name}`."""
        return f"http://{LOOPBACK}:{self.port}/{self._project}/{REGION}"

    def start(self) -> None:
        """Start the first server and wait for it; PartFailed, with the traceback, when it does not start."""
        self.reload()
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while (change := self.poll()) is None:
            if time.monotonic() > deadline:
                raise PartFailed(PART, f"did not start within {_START_TIMEOUT_SECONDS:g} s")
            time.sleep(_POLL_SECONDS)
        if change is Change.REFUSED:
            raise PartFailed(PART, "did not start", self.refusal)

    def reload(self) -> None:
        """Start a server with the code as it is now; `poll` tells how that went."""
        if self._next is not None:
            self._next.kill()
        read_fd, write_fd = os.pipe()
        try:
            self._next = _Generation(self._spawn(write_fd), read_fd)
        finally:
            os.close(write_fd)

    def poll(self) -> Change | None:
        """Take the next step of a reload, if one is under way."""
        self._leaving = [gone for gone in self._leaving if not self._retire(gone)]
        if self._next is not None and self._next.is_ready():
            if self._serving is not None:
                self._serving.process.ask_to_stop()
                self._leaving.append(self._serving)
            self._serving, self._next, self.refusal = self._next, None, ()
            return Change.READY
        if self._next is not None and self._next.process.has_ended():
            self.refusal = tuple(self._next.process.last_lines())
            self._next.kill()
            self._next = None
            return Change.REFUSED
        return None

    def has_started(self) -> bool:
        """Whether some server accepts requests by now; takes the next step of the start."""
        self.poll()
        return self._serving is not None

    def has_ended(self) -> bool:
        """Whether no server is left; while one is replaced there is another."""
        return all(generation.process.has_ended() for generation in self._generations())

    def last_lines(self) -> list[str]:
        """The end of what the server that serves wrote, or the one that did not start."""
        generations = self._generations()
        return generations[0].process.last_lines() if generations else list(self.refusal)

    def ask_to_stop(self) -> None:
        """Let running requests finish and every server end, without waiting for it."""
        for generation in self._generations():
            generation.process.ask_to_stop()

    def stop(self) -> None:
        """Let running requests finish, end every server, give the port back."""
        self.ask_to_stop()
        for generation in self._generations():
            generation.process.stop()
        self.kill()

    def kill(self) -> None:
        """End every server now and give the port back."""
        for generation in self._generations():
            generation.kill()
        self._serving = self._next = None
        self._leaving = []
        self._socket.close()

    def _generations(self) -> list[_Generation]:
        return [g for g in (self._serving, self._next, *self._leaving) if g is not None]

    def _spawn(self, ready_fd: int) -> ChildProcess:
        fds = {"--listen-fd": self._socket.fileno(), "--ready-fd": ready_fd}
        arguments = ["--project", self._project, "--threads", str(self._threads)]
        arguments += [text for option, fd in fds.items() for text in (option, str(fd))]
        return spawn(
            PART,
            [sys.executable, "-m", "local.functions_host.server", *arguments],
            log=self._log,
            # Bytecode is told stale by size and whole seconds: two saves in one second could serve the first.
            env={
                **self._environment,
                "PYTHONPATH": f"{self._source}:{ROOT}",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            cwd=self._source,
            pass_fds=tuple(fds.values()),
        )

    @staticmethod
    def _retire(generation: _Generation) -> bool:
        if not generation.process.has_ended():
            return False
        generation.kill()
        return True


@contextmanager
def running_functions(
    environment: Mapping[str, str],
    *,
    port: int = 0,
    project: str = DEFAULT_PROJECT,
    threads: int | None = None,
    source: Path = FUNCTIONS,
    log: Path | None = None,
) -> Iterator[FunctionsHost]:
    """The functions, without reload, while the block runs; `environment` comes from `backend_environment`.

    Raises PortTaken, and PartFailed with the traceback of code that does not import.
    """
    with tempfile.TemporaryDirectory(prefix="courtside-functions-") as scratch:
        log = log or Path(scratch) / "functions.log"
        host = FunctionsHost(port, environment, log=log, project=project, threads=threads, source=source)
        try:
            host.start()
            yield host
        finally:
            host.stop()
