"""The small HTTP server below the stand-ins: what clients may send in pieces, too much of, or wrongly."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded

from local.serving.messages import HangUp, Outcome, Reply, Request
from local.serving.port import open_port

Talk = Callable[[int], Coroutine[Any, Any, bytes]]


def echo(request: Request) -> Outcome:
    match request.path:
        case "/fails":
            raise RuntimeError("on purpose")
        case "/drops":
            return HangUp.CONNECTION
        case "/large":
            return Reply(200, b"x" * 300_000)
    return Reply(200, f"{request.method} {request.path}?{request.query} {len(request.body)}".encode())


def served(talk: Talk) -> bytes:
    async def run() -> bytes:
        async with open_port("127.0.0.1", 0, echo) as port, asyncio.timeout(10):
            return await talk(port)

    return asyncio.run(run())


def sent(*pieces: bytes) -> bytes:
    """All that comes back to pieces that are sent one after another, up to the end of the connection."""

    async def talk(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.write_eof()
        try:
            return await reader.read()
        finally:
            writer.close()

    return served(talk)


GET = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_requests_of_one_connection_are_answered_in_their_order() -> None:
    answer = sent(GET + GET + LAST)

    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.count(b"GET /a?b=c 0") == 2
    assert answer.endswith(b"GET /last? 0")


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_request_may_come_in_pieces(size: int) -> None:
    request = b"POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
    pieces = [request[at : at + size] for at in range(0, len(request), size)]

    assert sent(*pieces).endswith(b"POST /a? 5")


def test_body_may_come_in_chunks() -> None:
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert sent(head, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n").endswith(b"POST /a? 5")


def test_client_that_waits_for_100_is_told_to_go_on() -> None:
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"

    answer = sent(head, b"x")

    assert answer.startswith(b"HTTP/1.1 100")
    assert answer.endswith(b"POST /a? 1")


def test_what_is_no_http_is_refused() -> None:
    assert sent(b"hello\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert sent(b"PRI\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_body_that_is_too_large_is_refused() -> None:
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"

    assert b"413" in sent(head, b"x" * 8_500_000).split(b"\r\n")[0]


def test_head_has_no_body() -> None:
    answer = sent(LAST.replace(b"GET", b"HEAD"))

    assert b"content-length: 13" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_route_that_fails_answers_500_and_the_connection_lasts(caplog: pytest.LogCaptureFixture) -> None:
    answer = sent(GET.replace(b"/a", b"/fails") + LAST)

    assert answer.startswith(b"HTTP/1.1 500")
    assert b"HTTP/1.1 200" in answer
    assert "on purpose" in caplog.text


def test_dropped_connection_ends_without_a_byte() -> None:
    assert sent(GET.replace(b"/a", b"/drops") + GET) == b""


@pytest.mark.parametrize("pieces", [1, 30])
def test_large_response_waits_for_room_over_http2(pieces: int) -> None:
    """A client whose first bytes trickle in, and that widens its window late, gets all of the response."""

    async def talk(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        http = H2Connection(H2Configuration(client_side=True))
        http.initiate_connection()
        head = [(":method", "GET"), (":path", "/large"), (":scheme", "http"), (":authority", "x")]
        http.send_headers(1, head, end_stream=True)
        first = http.data_to_send()
        for byte in range(pieces - 1):
            writer.write(first[byte : byte + 1])
            for _ in range(5):  # turns of the loop that the server shares: it sees each byte alone
                await asyncio.sleep(0)
        writer.write(first[pieces - 1 :])
        found, ended, owed = b"", False, 0
        while not ended:
            for event in http.receive_data(await reader.read(65_536)):
                if isinstance(event, DataReceived):
                    found += event.data or b""
                    owed += event.flow_controlled_length or 0
                ended = ended or isinstance(event, StreamEnded)
            if owed > 60_000 and not ended:
                http.acknowledge_received_data(owed, 1)
                owed = 0
            writer.write(http.data_to_send())
        writer.close()
        return found

    assert served(talk) == b"x" * 300_000


def test_port_that_is_taken_is_told() -> None:
    async def talk(port: int) -> bytes:
        with pytest.raises(OSError, match="in use"):
            async with open_port("127.0.0.1", port, echo):
                pass
        return b""

    served(talk)
