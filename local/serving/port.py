"""One port for both protocols: the first bytes of a connection tell which one it speaks."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import cast
from weakref import WeakSet

from local.serving.http1 import Http1Connection
from local.serving.http2 import Http2Connection
from local.serving.messages import Route

_HTTP2_PREFACE = b"PRI * HTTP/2.0"


class _Sniffer(asyncio.Protocol):
    """A new connection until it is known what it speaks."""

    def __init__(self, route: Route, number: int, clients: "WeakSet[asyncio.Transport]") -> None:
        self._route = route
        self._number = number
        self._clients = clients
        self._begun = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._clients.add(self._transport)

    def data_received(self, data: bytes) -> None:
        self._begun += data
        if len(self._begun) < len(_HTTP2_PREFACE) and _HTTP2_PREFACE.startswith(self._begun):
            return
        speaks_http2 = self._begun.startswith(_HTTP2_PREFACE)
        kind = Http2Connection if speaks_http2 else Http1Connection
        protocol = kind(self._route, self._number)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._begun)


@asynccontextmanager
async def open_port(host: str, port: int, route: Route) -> AsyncIterator[int]:
    """Serve on a port (0 for any free one) while the context lasts; the port's number. OSError when it is taken."""
    clients: WeakSet[asyncio.Transport] = WeakSet()
    loop, numbers = asyncio.get_running_loop(), count(1)
    server = await loop.create_server(lambda: _Sniffer(route, next(numbers), clients), host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for client in list(clients):
            client.abort()
        # They are closed with the next turn of the loop, which may be its last.
        await asyncio.sleep(0)
        await server.wait_closed()


async def until_told_to_stop() -> None:
    """Return at SIGTERM or SIGINT."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
