"""Work in lanes: one thing after another within a lane, lanes side by side, no more in all than a bound."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Lanes(Generic[Item]):
    """Waiting work, each lane in the order in which it was put."""

    def __init__(self, carry_out: Callable[[Item], Awaitable[None]], capacity: int) -> None:
        self._carry_out = carry_out
        self._capacity = capacity
        self._waiting: dict[Hashable, deque[Item]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.pending = 0
        """How much waits or is being carried out."""

    def put(self, lane: Hashable, item: Item) -> bool:
        """Add work without waiting; False when there is no room for it."""
        if self.pending >= self._capacity:
            return False
        self.pending += 1
        if lane in self._waiting:
            self._waiting[lane].append(item)
            return True
        self._waiting[lane] = deque([item])
        task = asyncio.get_running_loop().create_task(self._run(lane))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return True

    async def _run(self, lane: Hashable) -> None:
        waiting = self._waiting[lane]
        while waiting:
            await self._carry_out(waiting[0])
            waiting.popleft()
            self.pending -= 1
        del self._waiting[lane]

    async def close(self, seconds: float) -> int:
        """Finish what can be finished within `seconds` and give up the rest, whose number is returned."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        return self.pending
