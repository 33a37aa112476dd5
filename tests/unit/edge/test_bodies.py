"""Reading a body over a real connection: it is there in time, or its sender is told so."""

import gzip
import io
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import pytest
from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from courtside.edge.bodies import Deadlines, read_body
from courtside.errors import MalformedRequest

SECONDS = 0.2
PATIENT = Deadlines(30)


class Incoming(io.RawIOBase):
    """What a server hands on of a connection: it waits for each part as long as that takes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def readinto(self, buffer: Any) -> int:
        return self._connection.recv_into(buffer)

    def readable(self) -> bool:
        return True


@dataclass
class Connection:
    """Both ends of a connection, and the request whose body comes over it."""

    ours: socket.socket
    theirs: socket.socket

    def request(self, length: int, key: str = "gunicorn.socket") -> Request:
        environ: dict[str, Any] = EnvironBuilder(method="POST").get_environ()
        stream = Incoming(self.ours)
        return Request({**environ, "wsgi.input": stream, "CONTENT_LENGTH": str(length), key: self.ours})


@pytest.fixture
def connection() -> Iterator[Connection]:
    ours, theirs = socket.socketpair()
    # Where nobody ends the reading, the test ends all the same.
    ours.settimeout(20)
    with ours, theirs:
        yield Connection(ours, theirs)


def test_a_body_that_comes_in_parts_is_whole(connection: Connection) -> None:
    def send() -> None:
        for _ in range(10):
            connection.theirs.sendall(b"x" * 10)

    sender = Thread(target=send)
    sender.start()
    body = read_body(connection.request(100), PATIENT)
    sender.join()

    assert body == b"x" * 100


@pytest.mark.parametrize("server", ["gunicorn.socket", "werkzeug.socket"])
@pytest.mark.parametrize("sent", [b"", b"half of it"])
def test_a_sender_that_falls_silent_is_not_waited_for(
    connection: Connection, sent: bytes, server: str
) -> None:
    connection.theirs.sendall(sent)
    started = time.monotonic()

    with pytest.raises(MalformedRequest):
        read_body(connection.request(100, server), Deadlines(SECONDS))

    assert SECONDS <= time.monotonic() - started < SECONDS + 5


def test_a_sender_that_trickles_is_not_waited_for(connection: Connection) -> None:
    """Each byte comes in time, all of them do not; and the answer still reaches its sender."""
    over = Event()

    def trickle() -> None:
        # Once nobody reads any more, sending may fail.
        with suppress(BrokenPipeError):
            while not over.wait(SECONDS / 50):
                connection.theirs.send(b"x")

    sender = Thread(target=trickle)
    sender.start()
    try:
        with pytest.raises(MalformedRequest):
            read_body(connection.request(1_000_000), Deadlines(SECONDS))
        connection.ours.sendall(b"answer")
    finally:
        over.set()
        sender.join()

    assert connection.theirs.recv(100) == b"answer"


def test_a_body_that_was_read_is_left_in_peace(connection: Connection) -> None:
    """The connection goes on to the next request, also when the time of the first is over."""
    deadlines = Deadlines(SECONDS)
    connection.theirs.sendall(b"first")
    read_body(connection.request(5), deadlines)
    second, third = socket.socketpair()
    # Ends after the first would have.
    with second, third, pytest.raises(MalformedRequest):
        read_body(Connection(second, third).request(5), deadlines)
    connection.theirs.sendall(b"again")

    assert read_body(connection.request(5), deadlines) == b"again"


def test_many_readings_end_each_in_its_time(connection: Connection) -> None:
    deadlines = Deadlines(SECONDS)
    pairs = [socket.socketpair() for _ in range(20)]
    failures: list[float] = []

    def read(pair: tuple[socket.socket, socket.socket]) -> None:
        started = time.monotonic()
        try:
            read_body(Connection(*pair).request(5), deadlines)
        except MalformedRequest:
            failures.append(time.monotonic() - started)

    threads = [Thread(target=read, args=[pair]) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for end in (end for pair in pairs for end in pair):
        end.close()

    assert len(failures) == 20
    assert max(failures) < SECONDS + 5


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "x"])
def test_a_compressed_body_is_not_opened(encoding: str) -> None:
    headers = Headers({"Content-Encoding": encoding})
    request = Request(
        EnvironBuilder(method="POST", data=gzip.compress(b"x" * 10**6), headers=headers).get_environ()
    )

    with pytest.raises(MalformedRequest, match="not compressed"):
        read_body(request, PATIENT)
