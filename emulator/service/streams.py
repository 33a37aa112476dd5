"""The calls that stream both ways, for every transport: requests into a stream's state machine, its responses out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from emulator.core.errors import InvalidArgument
from emulator.core.listen.messages import Response
from emulator.core.listen.stream import ListenStream
from emulator.service.callers import Caller
from emulator.service.service import OpenStream, Service
from emulator.wire import ListenRequest

Answer = Callable[[Any], Awaitable[None]]
Deliver = Callable[[], Coroutine[Any, Any, None]]


async def first_done(*actions: Coroutine[Any, Any, None]) -> None:
    """Run several until one ends or fails, and take the others back."""
    tasks = [asyncio.create_task(action) for action in actions]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def serve_listen(
    service: Service,
    caller: Caller,
    requests: AsyncIterator[ListenRequest],
    send: Callable[[Response], None],
    deliver: Deliver | None = None,
) -> None:
    """Serve one Listen stream until the client ends it; `send` must not block, `deliver` runs beside the stream."""
    first = await anext(requests, None)
    if first is None:
        return
    stream = await service.open_stream("Listen", first.database, caller)
    targets = stream.listen(send)
    beside = [] if deliver is None else [deliver()]
    try:
        await first_done(_take_requests(targets, first, requests), stream.dropped(), *beside)
    finally:
        targets.close()


async def _take_requests(
    stream: ListenStream, first: ListenRequest, requests: AsyncIterator[ListenRequest]
) -> None:
    _serve_request(stream, first)
    async for request in requests:
        if request.database not in ("", first.database):
            raise InvalidArgument("a Listen stream serves one database only")
        _serve_request(stream, request)


def _serve_request(stream: ListenStream, request: ListenRequest) -> None:
    change = request.WhichOneof("target_change")
    if change == "add_target":
        stream.add_target(request.add_target)
    elif change == "remove_target":
        stream.remove_target(request.remove_target)
    else:
        raise InvalidArgument("a Listen request must add or remove a target")


async def serve_write(service: Service, caller: Caller, requests: AsyncIterator[Any], answer: Answer) -> None:
    """Serve one Write stream until the client ends it."""
    first = await anext(requests, None)
    if first is None:
        return
    stream = await service.open_stream("Write", first.database, caller)
    await first_done(_answer_writes(stream, first, requests, answer), stream.dropped())


async def _answer_writes(
    stream: OpenStream, first: Any, requests: AsyncIterator[Any], answer: Answer
) -> None:
    commits = stream.writes()
    await answer(await stream.write(commits, first))
    async for request in requests:
        await answer(await stream.write(commits, request))
