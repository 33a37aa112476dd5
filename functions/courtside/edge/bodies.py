"""Reading a request's body: no more of it than any command needs, and not for longer than its sender may take.

A server's thread that reads a body waits for as long as its sender trickles; gunicorn sets no limit to that. Here one
thread of the process ends what has lasted too long, by closing the connection's reading side under the reader.
"""

import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from flask import Request

from courtside.edge.wire import MAX_BODY_BYTES
from courtside.errors import MalformedRequest

# Where servers leave the connection of a request.
_CONNECTIONS = ("gunicorn.socket", "werkzeug.socket")


@dataclass(eq=False)
class _Reading:
    """A body that is being read, until it is."""

    until: float
    connection: socket.socket | None


class Deadlines:
    """Ends the reading of bodies that have taken `seconds`; its thread starts with the first, after any fork."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._changed = threading.Condition()
        # In the order of their ends, as each may take as long as all others.
        self._readings: deque[_Reading] = deque()
        self._thread: threading.Thread | None = None

    @contextmanager
    def reading(self, connection: socket.socket | None) -> Iterator[_Reading]:
        """While the block reads from this connection, its time runs."""
        reading = _Reading(time.monotonic() + self._seconds, connection)
        if connection is not None:
            self._watch(reading)
        try:
            yield reading
        finally:
            reading.connection = None

    def _watch(self, reading: _Reading) -> None:
        with self._changed:
            self._readings.append(reading)
            if self._thread is None:
                self._thread = threading.Thread(target=self._end_overdue, name="bodies", daemon=True)
                self._thread.start()
            # Otherwise the thread waits for a reading that ends sooner.
            if len(self._readings) == 1:
                self._changed.notify()

    def _end_overdue(self) -> None:
        while True:
            with self._changed:
                while not self._readings:
                    self._changed.wait()
                reading = self._readings.popleft()
            time.sleep(max(0.0, reading.until - time.monotonic()))
            if (connection := reading.connection) is not None:
                # It may be gone by now.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)


def read_body(request: Request, deadlines: Deadlines) -> bytes:
    """The body, or one byte more than the longest that is allowed.

    Raises:
        MalformedRequest: it is compressed, its sender hung up, took too long, or sent chunks that are none.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise MalformedRequest("Send the body as it is, not compressed.")
    with deadlines.reading(_connection_of(request)) as reading:
        return _read(request, reading.until)


def _read(request: Request, until: float) -> bytes:
    body = bytearray()
    try:
        while len(body) <= MAX_BODY_BYTES and (part := request.stream.read(MAX_BODY_BYTES + 1 - len(body))):
            body += part
            if time.monotonic() > until:
                raise TimeoutError
        # Servers that end the stream themselves do not say that it ended too soon.
        if len(body) < min(request.content_length or 0, MAX_BODY_BYTES):
            raise EOFError
    # Every server has errors of its own for a caller that hangs up or sends chunks that are none.
    except Exception as error:
        raise MalformedRequest("The body ended before its time, or took too long.") from error
    return bytes(body)


def _connection_of(request: Request) -> socket.socket | None:
    found: list[Any] = [request.environ.get(name) for name in _CONNECTIONS]
    return next((connection for connection in found if isinstance(connection, socket.socket)), None)
