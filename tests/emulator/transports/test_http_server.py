"""HTTP/1.1 as clients really send it: kept alive, in pieces, several at once, or malformed."""

import asyncio
import json
from http import HTTPStatus
from typing import cast

import pytest

from emulator.transports import http_server
from emulator.transports.http_server import HttpConnection, Reply, Request, json_reply


class Wire(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def echo(request: Request) -> Reply:
    if request.path == "/fail":
        raise LookupError
    return json_reply([request.method, request.path, request.query, request.body.decode()])


def exchange(*pieces: bytes) -> Wire:
    """What the server sends when it receives these pieces, given time after each."""

    async def converse() -> Wire:
        wire = Wire()
        connection = HttpConnection(echo)
        connection.connection_made(cast(asyncio.BaseTransport, wire))
        for piece in pieces:
            connection.data_received(piece)
            for _ in range(10):
                await asyncio.sleep(0)
        return wire

    return asyncio.run(converse())


def bodies(wire: Wire) -> list[object]:
    return [json.loads(part.split(b"\r\n\r\n", 1)[1]) for part in wire.sent.split(b"HTTP/1.1 ")[1:]]


GET = b"GET /a?b=c HTTP/1.1\r\nhost: x\r\n\r\n"


def test_a_connection_serves_one_request_after_another() -> None:
    assert bodies(exchange(GET, GET)) == [["GET", "/a", "b=c", ""]] * 2


def test_requests_that_arrive_together_are_answered_in_order() -> None:
    second = GET.replace(b"/a", b"/z")

    assert [body[1] for body in cast(list[list[str]], bodies(exchange(GET + second)))] == ["/a", "/z"]


def test_a_body_may_come_in_pieces() -> None:
    head = b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n"

    assert bodies(exchange(head[:9], head[9:] + b"bo", b"dy")) == [["POST", "/a", "", "body"]]


def test_a_body_may_be_chunked() -> None:
    head = b"POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"

    assert bodies(exchange(head, b"4\r\nbody\r\n0\r\n\r\n")) == [["POST", "/a", "", "body"]]


def test_a_head_request_gets_no_body() -> None:
    wire = exchange(GET.replace(b"GET", b"HEAD"))

    assert wire.sent.endswith(b"\r\n\r\n")
    assert b"content-length: 25" in wire.sent


def test_a_client_that_wants_the_connection_closed_gets_that() -> None:
    wire = exchange(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")

    assert wire.closed


@pytest.mark.parametrize(
    "malformed",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    ],
)
def test_a_malformed_request_is_refused_and_the_connection_closed(malformed: bytes) -> None:
    wire = exchange(malformed)

    assert wire.sent.startswith(b"HTTP/1.1 400 ")
    assert wire.closed


def test_a_body_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "MAX_BODY_BYTES", 3)

    wire = exchange(b"POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody")

    assert wire.sent.startswith(b"HTTP/1.1 413 ")
    assert wire.closed


def test_a_failure_while_serving_is_an_internal_error_and_the_connection_lives_on() -> None:
    wire = exchange(GET.replace(b"/a", b"/fail"), GET)

    assert wire.sent.startswith(f"HTTP/1.1 {HTTPStatus.INTERNAL_SERVER_ERROR} ".encode())
    assert b'"/a"' in wire.sent
