"""The commit clock: strictly increasing times in microseconds since the epoch."""

import time
from collections.abc import Callable

from emulator.core.errors import InvalidArgument
from emulator.wire import Timestamp

MICROS_PER_SECOND = 1_000_000
_MIN_SECONDS = -62_135_596_800
_MAX_SECONDS = 253_402_300_799


def wall_micros() -> int:
    """The machine's time in microseconds since the epoch."""
    return time.time_ns() // 1000


def to_timestamp(micros: int) -> Timestamp:
    """The protobuf form of a time in microseconds."""
    seconds, rest = divmod(micros, MICROS_PER_SECOND)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def to_micros(timestamp: Timestamp) -> int:
    """Microseconds of a protobuf time, rounded down as the service does."""
    return int(timestamp.seconds * MICROS_PER_SECOND + timestamp.nanos // 1000)


def check_timestamp(timestamp: Timestamp) -> None:
    """Refuse times outside years 1 to 9999 or with impossible nanoseconds."""
    if not (_MIN_SECONDS <= timestamp.seconds <= _MAX_SECONDS and 0 <= timestamp.nanos < 1_000_000_000):
        raise InvalidArgument(f"timestamp out of range: {timestamp.seconds}s {timestamp.nanos}ns")


class CommitClock:
    """Gives every commit its own time, later than all before it even if the wall clock steps back."""

    def __init__(self, wall: Callable[[], int] = wall_micros) -> None:
        self._wall = wall
        self._last = 0

    @property
    def last(self) -> int:
        """The latest time given out."""
        return self._last

    def tick(self) -> int:
        """A time for a commit, strictly later than every time given out or read before."""
        self._last = max(self._wall(), self._last + 1)
        return self._last

    def now(self) -> int:
        """A time for a read: every commit until now is at or before it, every later commit after it."""
        self._last = max(self._wall(), self._last)
        return self._last

    def advance_to(self, micros: int) -> None:
        """Never give out a time at or before `micros` (when a journal is replayed)."""
        self._last = max(self._last, micros)
