"""Functions hosts as the emulator meets them: one inside the test, one that answers over HTTP."""

import asyncio
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from google.events.cloud.firestore import DocumentEventData

from emulator.triggers.events import Event
from emulator.triggers.hosts import Outcome


class ScriptedHost:
    """Answers the posts of each document as told, then accepts; remembers what was accepted."""

    def __init__(self, answers: Sequence[Outcome] = (), *, open_gate: bool = True) -> None:
        self.attempts: list[tuple[str, Event]] = []
        self.accepted: list[Event] = []
        self.gate = asyncio.Event()
        if open_gate:
            self.gate.set()
        self._answers = list(answers)
        self._happened = asyncio.Condition()

    async def post(self, trigger_id: str, event: Event) -> tuple[Outcome, str]:
        self.attempts.append((trigger_id, event))
        await self._tell()
        await self.gate.wait()
        outcome = self._answers.pop(0) if self._answers else Outcome.ACCEPTED
        if outcome is Outcome.ACCEPTED:
            self.accepted.append(event)
        await self._tell()
        return outcome, "as the test says"

    async def close(self) -> None:
        """Nothing is open."""

    async def _tell(self) -> None:
        async with self._happened:
            self._happened.notify_all()

    async def wait_for_attempts(self, count: int) -> None:
        await self._wait_until(lambda: len(self.attempts) >= count)

    async def wait_for_accepted(self, count: int) -> None:
        await self._wait_until(lambda: len(self.accepted) >= count)

    async def _wait_until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._happened:
            await self._happened.wait_for(condition)


@dataclass(frozen=True)
class Post:
    """One request that a host received."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> DocumentEventData:
        return DocumentEventData.deserialize(self.body)

    @property
    def data_from_base64(self) -> DocumentEventData:
        return DocumentEventData.deserialize(b64decode(self.body, validate=True))


@dataclass
class StandIn:
    """A host over HTTP that gives its answers in turn, the last one for ever."""

    answers: list[int]
    port: int = 0
    posts: list[Post] = field(default_factory=list)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def take(self, post: Post) -> int:
        with self._arrived:
            self.posts.append(post)
            self._arrived.notify_all()
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def wait_for(self, count: int) -> list[Post]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.posts) >= count, timeout=15), self.posts
            return list(self.posts)


@contextmanager
def stand_in(*answers: int) -> Iterator[StandIn]:
    """A host on a port that the system gives, which answers with these statuses."""
    host = StandIn(list(answers) or [200])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        receiver: ClassVar[StandIn] = host

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(self.receiver.take(Post(self.path, headers, body)))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """The test says what was posted."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
