"""Back-pressure: how long this process leaves Firestore alone after trouble, and how much it then asks of it."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum


class Trouble(StrEnum):
    """What a call as a whole failed of: nobody answered, or somebody asked for less."""

    AWAY = "away"
    OVERLOADED = "overloaded"


# Google's service levels ask for pauses that double from 1 s to 32 s after RESOURCE_EXHAUSTED.
_FIRST_PAUSE_SECONDS = {Trouble.OVERLOADED: 1.0, Trouble.AWAY: 0.1}
# Who is only away is looked for often: everything waits for the first call that succeeds.
_LONGEST_PAUSE_SECONDS = {Trouble.OVERLOADED: 32.0, Trouble.AWAY: 0.5}
_LEAST_SHARE = 1 / 16
# Of what may be asked, after each call that went well.
_REGAINED_SHARE = 1 / 8


@dataclass(frozen=True)
class Pressure:
    """The share of a full batch that may be asked at once, and the pause before it."""

    share: float = 1.0
    pause_seconds: float = 0.0

    def after(self, trouble: Trouble | None) -> "Pressure":
        """Doubled pauses and halved batches with each trouble; no pause, and a little more, once all went well."""
        if trouble is None:
            return Pressure(min(1.0, self.share + _REGAINED_SHARE))
        pause = max(_FIRST_PAUSE_SECONDS[trouble], 2 * self.pause_seconds)
        pause = min(pause, max(_LONGEST_PAUSE_SECONDS[trouble], self.pause_seconds))
        share = max(_LEAST_SHARE, self.share / 2) if trouble is Trouble.OVERLOADED else self.share
        return replace(self, share=share, pause_seconds=pause)


class Valve:
    """The pressure of one process, shared by its threads."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, jitter: Callable[[], float] = random.random
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._lock = threading.Lock()
        self._pressure = Pressure()
        self._opens_at = 0.0

    @property
    def share(self) -> float:
        """Of a full batch, what may be asked at once."""
        return self._pressure.share

    @property
    def closed_seconds(self) -> float:
        """For how long nobody should call; 0.0 while it is open."""
        return max(0.0, self._opens_at - self._clock())

    def note(self, trouble: Trouble | None) -> None:
        """Take in how a call went; the pause after trouble is spread over its upper half."""
        if trouble is None and self._pressure == _FULL:
            return
        with self._lock:
            # What fails while it is closed was under way before, and tells nothing new.
            if trouble is not None and self.closed_seconds:
                return
            self._pressure = self._pressure.after(trouble)
            self._opens_at = self._clock() + self._pressure.pause_seconds * (0.5 + self._jitter() / 2)


_FULL = Pressure()
