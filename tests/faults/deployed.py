"""One function served as in production: functions-framework imports its source, then gunicorn forks two workers."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import psutil

from local.environment import FUNCTIONS, backend_environment
from local.ports import LOOPBACK, accepts_connections, free_port
from local.processes import ChildProcess, spawn
from tests.faults.arena import Arena
from tests.faults.load import reason_of
from tests.faults.probe import OK
from tests.integration.bookings.callers import unsigned_token
from tests.integration.relay.rest import wait_until

WORKERS = 2
MAIN = FUNCTIONS / "main.py"
_START_SECONDS = 60.0
_PATIENCE_SECONDS = 30.0
_CALLERS = 8
# Unsigned tokens are accepted once an Auth emulator is named; it is never called.
_NO_AUTH_EMULATOR = "127.0.0.1:9"


@dataclass(frozen=True)
class Deployed:
    """A server with its workers; may be called from many threads."""

    process: ChildProcess
    url: str
    project: str

    @property
    def workers(self) -> list[psutil.Process]:
        """gunicorn's children, which the master forks after it has imported the source."""
        return psutil.Process(self.process.pid).children()

    def wait_for_workers(self) -> None:
        """Return once all are there."""
        wait_until(lambda: len(self.workers) == WORKERS, "gunicorn to fork")

    def call(self, uid: str, command: str, **content: object) -> httpx.Response:
        """Send one command, once.

        Raises:
            httpx.TransportError: the connection broke.
        """
        return httpx.post(
            self.url,
            headers={"Authorization": f"Bearer {unsigned_token(uid, self.project)}"},
            json={"data": {"command": command, "command_id": str(uuid4()), **content}},
            timeout=_PATIENCE_SECONDS,
            trust_env=False,
        )

    def register(self, uid: str) -> str:
        """Register somebody; OK if the answer is about them, or what came instead."""
        try:
            reply = self.call(uid, "register_client", display_name=uid, time_zone="UTC")
        except httpx.TransportError as error:
            return type(error).__name__
        body = reply.json()
        if "result" not in body:
            return reason_of(body) or reply.text
        return OK if body["result"]["user_id"] == uid else f"{uid} was answered {body['result']}"

    def register_many(self, count: int) -> dict[str, str]:
        """Register so many people, several at a time: uid → what came of it."""
        uids = [f"forked-{uuid4().hex[:12]}" for _ in range(count)]
        with ThreadPoolExecutor(_CALLERS) as threads:
            return dict(zip(uids, threads.map(self.register, uids), strict=True))


@contextmanager
def deployed(arena: Arena, source: Path, target: str, **variables: str) -> Iterator[Deployed]:
    """A function of a source file, on the arena's database and emulator, while the block runs."""
    settings = arena.world.backends.settings
    assert settings.firestore_emulator is not None
    environment = backend_environment(
        settings.database_url, settings.firestore_emulator, _NO_AUTH_EMULATOR, settings.project
    )
    port = free_port()
    served = {"HOST": LOOPBACK, "PORT": str(port), "WORKERS": str(WORKERS), "THREADS": "4"}
    process = spawn(
        target,
        [sys.executable, "-m", "functions_framework", "--source", str(source), "--target", target],
        log=arena.folder / f"{target}.log",
        env={**environment, **arena.variables, **served, **variables},
    )
    try:
        process.wait_until(lambda: accepts_connections(port), _START_SECONDS)
        server = Deployed(process, f"http://{LOOPBACK}:{port}/", settings.project)
        server.wait_for_workers()
        yield server
    finally:
        process.stop()
