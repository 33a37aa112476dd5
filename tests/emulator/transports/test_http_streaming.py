"""Replies whose bodies are made piece by piece, over real connections."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from emulator.transports.http_server import HttpConnection, Reply, Request

GET = b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n"
PIECE = bytes(64 << 10)


class Source:
    """Makes bodies, and knows how far they got."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.made = 0
        self.closed = 0

    async def route(self, request: Request) -> Reply:
        return Reply(body=getattr(self, f"_{request.path.lstrip('/')}")())

    async def _two(self) -> AsyncGenerator[bytes, None]:
        yield b"first"
        await self.go.wait()
        yield b"second"

    async def _endless(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                self.made += 1
                yield PIECE
                await asyncio.sleep(0)
        finally:
            self.closed += 1

    async def _silent(self) -> AsyncGenerator[bytes, None]:
        try:
            yield b"first"
            await asyncio.get_running_loop().create_future()
        finally:
            self.closed += 1

    async def _failing(self) -> AsyncGenerator[bytes, None]:
        yield b"first"
        raise LookupError


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def get(self, path: bytes) -> bytes:
        """Send a request; the head of its reply."""
        self.writer.write(GET % path)
        return await self.reader.readuntil(b"\r\n\r\n")

    async def piece(self) -> bytes:
        """The next chunk, empty at the end of a body."""
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        return (await self.reader.readexactly(size + 2))[:-2]


Connect = Callable[[], Awaitable[Client]]


def serve(check: Callable[[Source, Connect], Awaitable[None]]) -> None:
    """Run a check against a server that ends with it."""

    @asynccontextmanager
    async def served(source: Source) -> AsyncGenerator[Connect, None]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: HttpConnection(source.route), "127.0.0.1", 0)
        clients: list[Client] = []

        async def connect() -> Client:
            clients.append(Client(*await asyncio.open_connection(*server.sockets[0].getsockname())))
            return clients[-1]

        async with server:
            yield connect
            for client in clients:
                client.writer.close()

    async def run() -> None:
        source = Source()
        async with asyncio.timeout(10), served(source) as connect:
            await check(source, connect)

    asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until a condition is true."""
    while not condition():
        await asyncio.sleep(0)


def test_a_piece_is_sent_when_it_is_made() -> None:
    async def check(source: Source, connect: Connect) -> None:
        client = await connect()

        assert b"transfer-encoding: chunked" in (await client.get(b"two")).lower()
        assert await client.piece() == b"first"
        source.go.set()
        assert await client.piece() == b"second"
        assert await client.piece() == b""

    serve(check)


def test_a_connection_goes_on_after_a_streamed_reply() -> None:
    async def check(source: Source, connect: Connect) -> None:
        client = await connect()
        source.go.set()
        for _ in range(3):
            await client.get(b"two")
            assert [await client.piece() for _ in range(3)] == [b"first", b"second", b""]

    serve(check)


def test_no_more_is_made_than_the_client_takes() -> None:
    async def check(source: Source, connect: Connect) -> None:
        client = await connect()
        await client.get(b"endless")
        rest = -1
        # The system's buffers fill up first; from then on the client sets the pace.
        while rest != source.made:
            rest = source.made
            for _ in range(1000):
                await asyncio.sleep(0)

        for _ in range(rest):
            await client.piece()
        await until(lambda: source.made > rest)
        assert source.made < 2 * rest + 10

    serve(check)


@pytest.mark.parametrize("path", [b"endless", b"silent"])
def test_a_body_is_given_up_when_its_client_goes(path: bytes) -> None:
    async def check(source: Source, connect: Connect) -> None:
        client = await connect()
        await client.get(path)
        await client.piece()

        client.writer.close()

        await until(lambda: source.closed == 1)

    serve(check)


def test_a_body_that_fails_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)

    async def check(source: Source, connect: Connect) -> None:
        client = await connect()
        await client.get(b"failing")
        assert await client.piece() == b"first"

        assert await client.reader.read() == b""

    serve(check)


def test_a_client_that_waits_for_permission_to_send_gets_it() -> None:
    async def check(source: Source, connect: Connect) -> None:
        client = await connect()
        source.go.set()
        client.writer.write(
            b"POST /two HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n"
        )

        assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        client.writer.write(b"x")
        assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")

    serve(check)
