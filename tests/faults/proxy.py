"""A TCP proxy on loopback that breaks connections to a server in the ways that networks do."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from psycopg.conninfo import conninfo_to_dict, make_conninfo

LOOPBACK = "127.0.0.1"
# A simple query message of the Postgres protocol, as psycopg sends it.
COMMIT = b"Q" + struct.pack("!I", len(b"COMMIT\0") + 4) + b"COMMIT\0"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_PACKET_BYTES = 65_536
_BACKLOG = 1024
_POLL_SECONDS = 0.01
_TURNS = 20


class TcpProxy:
    """Forwards connections to a server until it is told otherwise, from any thread but its own."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server((LOOPBACK, 0), backlog=_BACKLOG)
        self._loop = asyncio.new_event_loop()
        self._flowing, self._closed = asyncio.Event(), asyncio.Event()
        self._flowing.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._refusing = False
        self._cut_at_commit = False
        self._delay_seconds = 0.0
        self.commits_cut = 0
        self.refused = 0
        self.packets_delayed = 0

    @property
    def port(self) -> int:
        """Where clients connect."""
        port: int = self._listener.getsockname()[1]
        return port

    def through(self, url: str) -> str:
        """A database's connection string by way of the proxy, without encryption so that it can look inside."""
        return make_conninfo(url, host=LOOPBACK, port=self.port, sslmode="disable")

    def cut_next_commit(self) -> None:
        """Let the next COMMIT reach the server, and reset the client's connection instead of answering it."""
        self._cut_at_commit = True

    def cut(self) -> None:
        """Reset what is connected."""
        self._tell(self._reset_all)

    def refuse(self) -> None:
        """Reset what is connected, and everything that connects from now on."""
        self._refusing = True
        self.cut()

    def swallow(self) -> None:
        """Acknowledge everything and forward nothing, in neither direction: nobody learns that anything is wrong."""
        self._tell(self._flowing.clear)

    def delay(self, seconds: float) -> None:
        """Hold every packet back for so long, in each direction."""
        self._delay_seconds = seconds

    def heal(self) -> None:
        """Be a faultless wire again; what was swallowed is delivered, late."""
        self._cut_at_commit = self._refusing = False
        self._delay_seconds = 0.0
        self._tell(self._flowing.set)

    def serve(self) -> None:
        """Forward until closed."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def close(self) -> None:
        """Stop listening and cut everything."""
        self._tell(self._closed.set)

    def _tell(self, act: Callable[[], None]) -> None:
        """Have the loop do something, and return once it has."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(act)
        self._loop.call_soon_threadsafe(done.set)
        done.wait(timeout=10)

    def _reset_all(self) -> None:
        for end in list(self._ends):
            _reset(end)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connect, sock=self._listener, limit=_PACKET_BYTES)
        await self._closed.wait()
        server.close()
        self._refusing = True
        self._flowing.set()
        # What was accepted a moment ago is met first, and what is reset gets round to closing.
        await _take_turns()
        while self._ends:
            self._reset_all()
            await asyncio.sleep(_POLL_SECONDS)
        await _take_turns()

    async def _connect(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if self._refusing:
            self.refused += 1
            _reset(client)
            return
        ends = {client}
        self._ends.add(client)
        try:
            with suppress(OSError):
                from_server, server = await asyncio.open_connection(*self._target, limit=_PACKET_BYTES)
                ends.add(server)
                self._ends.add(server)
                await asyncio.gather(self._forward(reader, server, client), self._copy(from_server, client))
        finally:
            self._ends -= ends
            for end in ends:
                _reset(end)

    async def _forward(
        self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await self._next_packet(reader):
                if self._cut_at_commit and COMMIT in data:
                    self._cut_at_commit = False
                    self.commits_cut += 1
                    _reset(client)
                    # Half closed: the server reads the COMMIT and then the end, in this order.
                    server.write(data)
                    server.write_eof()
                    return
                server.write(data)
                await server.drain()
            server.write_eof()

    async def _copy(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await self._next_packet(reader):
                client.write(data)
                await client.drain()
        client.close()

    async def _next_packet(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(_PACKET_BYTES)
        await self._flowing.wait()
        if self._delay_seconds:
            self.packets_delayed += 1
            await asyncio.sleep(self._delay_seconds)
        return data


async def _take_turns() -> None:
    """Let the loop do what is due, and what follows from it: on a busy machine a pause alone may be one turn."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    await asyncio.sleep(_POLL_SECONDS)


def _reset(end: asyncio.StreamWriter) -> None:
    connection = end.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    end.transport.abort()


@contextmanager
def tcp_proxy(target: tuple[str, int]) -> Iterator[TcpProxy]:
    """A proxy in front of a server for as long as the block runs."""
    proxy = TcpProxy(target)
    thread = threading.Thread(target=proxy.serve, name="tcp-proxy", daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(timeout=10)


@contextmanager
def database_proxy(url: str) -> Iterator[TcpProxy]:
    """A proxy in front of the server of a database."""
    server = conninfo_to_dict(url)
    with tcp_proxy((str(server["host"]), int(str(server["port"])))) as proxy:
        yield proxy
