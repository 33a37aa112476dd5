"""Callers that take their time or lie about their requests, against the server as it is deployed: others are served."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.http_calls import body_of
from tests.integration.edge.test_served_by_gunicorn import PLANTED, WORKERS, Server, served, wait_for

THREADS = 4
BODY_SECONDS = 1.0
JSON_HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def server(
    database_url: str, emulator_host: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Two workers of four threads each."""
    log = tmp_path_factory.mktemp("slow") / "functions.log"
    backends = {"database_url": database_url, "emulator_host": emulator_host}
    with served(PLANTED, "planted", **backends, log=log, BODY_SECONDS=str(BODY_SECONDS)) as server:
        wait_for(lambda: len(server.workers) == WORKERS)
        yield server


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    address = (server.http.base_url.host, server.http.base_url.port or 0)
    with socket.create_connection(address, 20) as connection:
        yield connection


def status_of(connection: socket.socket) -> bytes:
    """The status line of the next answer, nothing if the connection is closed without one."""
    return connection.makefile("rb").readline().strip()


@pytest.mark.parametrize("length", [b"500", b"262145", b"99999999999"])
@pytest.mark.parametrize("sent", [b"", b'{"data": '])
def test_a_body_that_does_not_come_is_refused_in_time(server: Server, length: bytes, sent: bytes) -> None:
    started = time.monotonic()

    with connected(server) as connection:
        connection.sendall(JSON_HEAD + b"Content-Length: " + length + b"\r\n\r\n" + sent)

        assert status_of(connection).startswith(b"HTTP/1.1 400")
    assert time.monotonic() - started < BODY_SECONDS + 5


def test_chunks_that_do_not_come_are_refused_in_time(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{")

        assert status_of(connection).startswith(b"HTTP/1.1 400")


def test_many_slow_callers_keep_nobody_out_for_longer_than_a_body_may_take(server: Server) -> None:
    slow = WORKERS * THREADS * 2
    with ExitStack() as connections:
        for _ in range(slow):
            connection = connections.enter_context(connected(server))
            connection.sendall(JSON_HEAD + b"Content-Length: 100\r\n\r\n{")
        started = time.monotonic()

        assert server.result("ada", "do_nothing") == {}

    # Each thread is held up twice at most: by a slow one of its own, and by one that waits in line.
    assert time.monotonic() - started < 2 * BODY_SECONDS + 5


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
    ],
)
def test_a_request_that_servers_could_read_differently_is_refused_and_ends_the_connection(
    server: Server, framing: bytes
) -> None:
    """A second request hidden in the body of the first must never be answered."""
    hidden = b"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"

    with connected(server) as connection:
        connection.sendall(JSON_HEAD + framing + b"\r\n" + hidden)
        connection.shutdown(socket.SHUT_WR)
        answers = connection.makefile("rb").read()

    assert answers.startswith(b"HTTP/1.1 400") or answers.startswith(b"HTTP/1.1 501"), answers
    assert answers.count(b"HTTP/1.1 ") == 1, answers


def test_a_body_shorter_than_promised_is_refused(server: Server) -> None:
    body = body_of("do_nothing")

    with connected(server) as connection:
        head = JSON_HEAD + f"Content-Length: {len(body) + 10}\r\n\r\n".encode()
        connection.sendall(head + body)
        connection.shutdown(socket.SHUT_WR)

        assert status_of(connection).startswith(b"HTTP/1.1 400")
