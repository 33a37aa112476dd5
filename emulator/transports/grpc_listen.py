"""The Listen call over gRPC: requests into the stream's state machine, its responses out."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from emulator.core.databases import Databases
from emulator.core.errors import InvalidArgument
from emulator.core.listen.messages import Response
from emulator.core.listen.stream import ListenStream
from emulator.core.paths import parse_database
from emulator.wire import ListenRequest

Write = Callable[[bytes], Awaitable[None]]


class _Outbox:
    """Responses on their way out, in order."""

    def __init__(self) -> None:
        self._waiting: deque[Response] = deque()
        self._filled = asyncio.Event()

    def put(self, response: Response) -> None:
        self._waiting.append(response)
        self._filled.set()

    async def drain_into(self, write: Write) -> None:
        """Write what is put, for ever."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                await write(self._waiting.popleft().wire)


async def serve_listen(databases: Databases, requests: AsyncIterator[ListenRequest], write: Write) -> None:
    """Serve one stream until the client ends it."""
    outbox = _Outbox()
    writer = asyncio.create_task(outbox.drain_into(write))
    reader = asyncio.create_task(_take_requests(databases, requests, outbox))
    try:
        done, _ = await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (reader, writer):
            task.cancel()
        await asyncio.gather(reader, writer, return_exceptions=True)


async def _take_requests(
    databases: Databases, requests: AsyncIterator[ListenRequest], outbox: _Outbox
) -> None:
    stream: ListenStream | None = None
    name = ""
    try:
        async for request in requests:
            if stream is None:
                name = request.database
                instance = databases.get(parse_database(name))
                stream = ListenStream(instance.database, instance.listeners, outbox.put)
            elif request.database not in ("", name):
                raise InvalidArgument("a Listen stream serves one database only")
            _serve_request(stream, request)
    finally:
        if stream is not None:
            stream.close()


def _serve_request(stream: ListenStream, request: ListenRequest) -> None:
    change = request.WhichOneof("target_change")
    if change == "add_target":
        stream.add_target(request.add_target)
    elif change == "remove_target":
        stream.remove_target(request.remove_target)
    else:
        raise InvalidArgument("a Listen request must add or remove a target")
