"""One port for every protocol: the first bytes of a connection tell who serves it.

HTTP/2 with prior knowledge starts with `PRI`; such connections are spliced to the gRPC server's socket. All
others are HTTP/1.1.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import cast
from weakref import WeakSet

_PREFACE = b"PRI"
BURST = 8
BURST_SECONDS = 0.001
GULP_TURNS = 24
"""More than `BURST` pieces within that time are a stream, which is then read once in so many turns of the loop."""
HttpFactory = Callable[[], asyncio.Protocol]


def _no_delay(transport: asyncio.BaseTransport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _Half(asyncio.Protocol):
    """One side of a splice: what arrives here leaves there, at the speed of the slower side.

    A stream of many small pieces is read in gulps, because forwarding each of them costs more than its making.
    """

    def __init__(self, other: asyncio.Transport, transport: asyncio.Transport | None = None) -> None:
        self._other = other
        self.transport = transport
        self._loop = asyncio.get_running_loop()
        self._burst_began = 0.0
        self._burst = 0
        self._gathering = False
        self._held_up = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._other.write(data)
        now = self._loop.time()
        if now - self._burst_began > BURST_SECONDS:
            self._burst_began, self._burst = now, 0
        self._burst += 1
        if self._burst > BURST and not self._gathering:
            self._gathering = True
            self._read_if_free()
            self._loop.call_soon(self._gulp, GULP_TURNS)

    def _gulp(self, turns: int) -> None:
        if turns:
            self._loop.call_soon(self._gulp, turns - 1)
            return
        self._gathering = False
        # The next piece begins a gulp at once if it follows the last one closely.
        self._burst_began, self._burst = self._loop.time(), BURST
        self._read_if_free()

    def hold_up(self, held_up: bool) -> None:
        """Whether the other side cannot take more for now."""
        self._held_up = held_up
        self._read_if_free()

    def _read_if_free(self) -> None:
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if self._gathering or self._held_up:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def eof_received(self) -> bool:
        if self._other.can_write_eof() and not self._other.is_closing():
            self._other.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._other.close()

    def pause_writing(self) -> None:
        self._hold_up_other(True)

    def resume_writing(self) -> None:
        self._hold_up_other(False)

    def _hold_up_other(self, held_up: bool) -> None:
        other = self._other.get_protocol()
        if isinstance(other, _Half):
            other.hold_up(held_up)


class _Sniffer(asyncio.Protocol):
    """A new connection until its first bytes are known."""

    def __init__(self, grpc_socket: str, http: HttpFactory, clients: WeakSet[asyncio.Transport]) -> None:
        self._clients = clients
        self._grpc_socket = grpc_socket
        self._http = http
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._splicing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        _no_delay(transport)
        self._transport = cast(asyncio.Transport, transport)
        self._clients.add(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        transport = self._transport
        if transport is None or (len(self._buffer) < len(_PREFACE) and _PREFACE.startswith(self._buffer)):
            return
        if self._buffer.startswith(_PREFACE):
            transport.pause_reading()
            self._splicing = asyncio.get_running_loop().create_task(self._splice(transport))
        else:
            protocol = self._http()
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            protocol.data_received(self._buffer)

    async def _splice(self, client: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            server, _ = await loop.create_unix_connection(lambda: _Half(client), self._grpc_socket)
        except OSError:
            client.abort()
            return
        client.set_protocol(_Half(server, client))
        server.write(self._buffer)
        if client.is_closing():
            server.close()
        else:
            client.resume_reading()


class Port:
    """An open port and the connections that came in through it."""

    def __init__(self, server: asyncio.Server, clients: WeakSet[asyncio.Transport]) -> None:
        self._server = server
        self._clients = clients

    @property
    def number(self) -> int:
        """The number that clients connect to."""
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Accept nothing more and end what is open."""
        self._server.close()
        for client in list(self._clients):
            client.abort()
        # One turn of the loop closes what was aborted, the next the other halves of splices.
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def open_port(host: str, port: int, grpc_socket: str, http: HttpFactory) -> Port:
    """Accept connections; OSError if the port is taken."""
    clients: WeakSet[asyncio.Transport] = WeakSet()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Sniffer(grpc_socket, http, clients), host, port, backlog=1024)
    return Port(server, clients)
