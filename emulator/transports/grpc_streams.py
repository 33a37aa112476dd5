"""Responses of a Listen stream on their way out over gRPC."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from emulator.core.listen.messages import Response

Write = Callable[[bytes], Awaitable[None]]


class Outbox:
    """Responses in the order in which they were put."""

    def __init__(self) -> None:
        self._waiting: deque[Response] = deque()
        self._filled = asyncio.Event()

    def put(self, response: Response) -> None:
        """Queue a response."""
        self._waiting.append(response)
        self._filled.set()

    async def drain_into(self, write: Write) -> None:
        """Write what is put, for ever."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                await write(self._waiting.popleft().wire)
