"""A TCP proxy whose connections a test can cut, to see clients recover."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

_CLOSING_SECONDS = 0.01


class Proxy:
    """Forwards connections to an address; runs on a loop in its own thread."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = host, port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._through: asyncio.Event | None = None
        self.address = ""

    def start(self) -> None:
        """Listen on a port that the system gives."""
        self._thread.start()
        self._run(self._listen())

    def cut(self) -> None:
        """Close every connection; new ones are held until `mend`."""
        self._run(self._cut())

    def mend(self) -> None:
        """Let connections through again."""
        self._run(self._mend())

    def stop(self) -> None:
        """Close everything."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, action: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(action, self._loop).result(5)

    async def _listen(self) -> None:
        self._through = asyncio.Event()
        self._through.set()
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        self.address = "{}:{}".format(*self._server.sockets[0].getsockname())

    async def _cut(self) -> None:
        assert self._through is not None
        self._through.clear()
        for writer in list(self._open):
            writer.transport.abort()

    async def _mend(self) -> None:
        assert self._through is not None
        self._through.set()

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._cut()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await task
        # What was aborted gets round to closing.
        await asyncio.sleep(_CLOSING_SECONDS)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._through is not None
        ends = {writer}
        try:
            await self._through.wait()
            up_reader, up_writer = await asyncio.open_connection(*self._upstream)
            ends.add(up_writer)
            self._open |= ends
            with contextlib.suppress(OSError):
                await asyncio.gather(_pump(reader, up_writer), _pump(up_reader, writer))
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@contextlib.contextmanager
def proxied(address: str) -> Iterator[Proxy]:
    """A running proxy in front of `host:port`."""
    host, _, port = address.rpartition(":")
    proxy = Proxy(host, int(port))
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
