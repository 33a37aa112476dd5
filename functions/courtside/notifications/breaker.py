"""One channel's circuit breaker: a receiver in trouble is left alone, then asked by a probe before all come back."""

import threading
import time
from collections.abc import Callable
from uuid import uuid4

FAILURES_TO_OPEN = 5
_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 120.0
# A probe that has not told by then how it went never will.
_PROBE_SECONDS = 10.0


class Breaker:
    """Shared by what one process sends on a channel: closed, open for a while, then half open for one probe.

    Closed, all may be sent. After FAILURES_TO_OPEN failures in a row it opens: nothing is sent for a pause that doubles
    with each failed probe. `pause` closes the channel for as long as its receiver asks, which is no failure.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, jitter: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._clock, self._jitter = clock, jitter
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = 0.0
        self._opens_at = 0.0
        self._probing_until = 0.0
        self._told = self._state
        self.id = uuid4()

    @property
    def closed_seconds(self) -> float:
        """For how long nothing may be sent; 0.0 when something may."""
        return max(0.0, self._opens_at - self._clock())

    @property
    def is_tripped(self) -> bool:
        """Whether failures opened it and no probe has succeeded since."""
        return self._pause > 0

    def take_change(self) -> bool:
        """Whether it opened, closed or was paused since this was asked last."""
        with self._lock:
            told, self._told = self._told, self._state
            return told != self._told

    def allowance(self, batch: int) -> int:
        """How many may be sent now, of a full batch: none, one as a probe, or all.

        Of several that ask while it is half open one gets the probe, until it is noted how that went or given back.
        """
        with self._lock:
            if self.closed_seconds or (self.is_tripped and self._clock() < self._probing_until):
                return 0
            if not self.is_tripped:
                return batch
            self._probing_until = self._clock() + _PROBE_SECONDS
            return 1

    def give_back(self) -> None:
        """What was allowed is not used."""
        with self._lock:
            self._probing_until = 0.0

    def note(self, *, answered: bool) -> None:
        """Take in how an attempt went; a refusal is an answer."""
        with self._lock:
            self._probing_until = 0.0
            if answered:
                self._failures, self._pause = 0, 0.0
                return
            self._failures += 1
            # What fails while nothing may be sent was under way before, and tells nothing new.
            if self.closed_seconds or (not self.is_tripped and self._failures < FAILURES_TO_OPEN):
                return
            self._pause = min(_LONGEST_PAUSE_SECONDS, max(_FIRST_PAUSE_SECONDS, 2 * self._pause))
            self._opens_at = self._clock() + self._pause * (1 + self._jitter() / 2)

    def pause(self, seconds: float) -> None:
        """Send nothing for so long, or longer if that was asked for already."""
        with self._lock:
            self._opens_at = max(self._opens_at, self._clock() + seconds)

    @property
    def _state(self) -> tuple[float, float]:
        return self._opens_at, self._pause
