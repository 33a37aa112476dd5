"""Responses of a Listen stream on their way out over gRPC."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from emulator.core.listen.messages import Kind, Response

# However many commits come at once, a client sees a snapshot after so many changes.
MOST_CHANGES = 500

Write = Callable[[bytes], Awaitable[None]]


class Outbox:
    """Responses in the order in which they were put; commits that wait together are one snapshot, as in production."""

    def __init__(self) -> None:
        self._waiting: deque[Response] = deque()
        self._filled = asyncio.Event()
        self._joined = 0

    def put(self, response: Response) -> None:
        """Queue a response."""
        if response.kind is Kind.DOCUMENT and self._waiting and self._waiting[-1].kind is Kind.SNAPSHOT:
            self._join()
        self._waiting.append(response)
        self._filled.set()

    def _join(self) -> None:
        """Let the snapshot that waits last go on with what comes next."""
        if self._joined < MOST_CHANGES - 1:
            self._waiting.pop()
            self._joined += 1
        else:
            self._joined = 0

    async def drain_into(self, write: Write) -> None:
        """Write what is put, for ever."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                await write(self._waiting.popleft().wire)
