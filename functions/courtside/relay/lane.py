"""A lane: a thread of its own beside the worker, for what must hold up neither documents nor other lanes."""

import logging
import threading
from collections.abc import Callable, Sequence

from courtside.backends import Backends
from courtside.db.unit_of_work import OUTAGES
from courtside.errors import Unavailable

log = logging.getLogger(__name__)

_SHORTEST_POLL_SECONDS = 0.05
_LONGEST_POLL_SECONDS = 1.0


class Lane:
    """Carries out what is due, by `act`, which tells how much there was, until it is stopped.

    It looks again at once after `some` or more, soon after less, and ever more rarely while there is nothing; and
    whenever it is woken. What it did is news for the lanes that it `wakes`.
    """

    def __init__(
        self,
        name: str,
        backends: Backends,
        act: Callable[[Backends], int],
        *,
        some: int = 1,
        longest_poll_seconds: float = _LONGEST_POLL_SECONDS,
        wakes: Sequence["Lane"] = (),
    ) -> None:
        self._name, self._backends, self._act = name, backends, act
        self._some, self._longest_poll_seconds, self._wakes = some, longest_poll_seconds, wakes
        self._poll_seconds = longest_poll_seconds
        self._stopping, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()
        self.wake()

    def join(self) -> None:
        """Wait for what is under way."""
        self._thread.join(timeout=8)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            done = self._try()
            if done:
                for lane in self._wakes:
                    lane.wake()
            if done < self._some:
                self._woken.wait(self._next_poll_seconds(done))

    def _try(self) -> int:
        try:
            return self._act(self._backends)
        # Only outages: a bug must be seen, not retried for ever.
        except (*OUTAGES, Unavailable) as error:
            fields = {"lane": self._name, "error": type(error).__name__}
            log.warning("lane interrupted", extra={"fields": fields})
            return 0

    def _next_poll_seconds(self, done: int) -> float:
        longest = self._longest_poll_seconds
        self._poll_seconds = _SHORTEST_POLL_SECONDS if done else min(longest, self._poll_seconds * 2)
        return self._poll_seconds
