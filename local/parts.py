"""The running parts of a suite: started, watched and stopped together."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from local.errors import PartFailed


class Supervised(Protocol):
    """What can be watched and ended: a child process, or a supervisor of several."""

    def has_ended(self) -> bool: ...

    def last_lines(self) -> list[str]: ...

    def ask_to_stop(self) -> None: ...

    def kill(self) -> object: ...


@dataclass
class Part:
    """One part; `seconds` is how long it took to become ready, None until then."""

    name: str
    where: str
    process: Supervised
    is_ready: Callable[[], bool]
    stops_last: bool = False
    started: float = field(default_factory=time.monotonic)
    seconds: float | None = None

    def note_if_ready(self) -> bool:
        """Whether it became ready just now."""
        if self.seconds is not None or not self.is_ready():
            return False
        self.seconds = time.monotonic() - self.started
        return True


class Parts:
    """The parts in the order in which they were started."""

    def __init__(self) -> None:
        self._parts: list[Part] = []

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts)

    def add(self, part: Part) -> Part:
        self._parts.append(part)
        return part

    def check(self) -> None:
        """Raise PartFailed for the first part that ended by itself."""
        for part in self._parts:
            if part.process.has_ended():
                what = "ended before it was ready" if part.seconds is None else "ended"
                raise PartFailed(part.name, what, part.process.last_lines())

    def stop(self, grace: float, is_hurried: Callable[[], bool]) -> list[str]:
        """End all parts, those that others need until their end last.

        Returns the names of those that had to be killed, after `grace` seconds or when `is_hurried()`.
        """
        first, last = ([part for part in self._parts if part.stops_last is turn] for turn in (False, True))
        killed = _stop(first, grace, is_hurried) + _stop(last, grace, is_hurried)
        self._parts.clear()
        return killed


def _stop(parts: Sequence[Part], grace: float, is_hurried: Callable[[], bool]) -> list[str]:
    for part in parts:
        if part.seconds is None:  # it has nothing to lose yet, and may not know how to end in order
            part.process.kill()
        else:
            part.process.ask_to_stop()
    deadline = time.monotonic() + grace
    while any(not part.process.has_ended() for part in parts) and time.monotonic() < deadline:
        if is_hurried():
            break
        time.sleep(0.02)
    late = [part.name for part in parts if not part.process.has_ended()]
    for part in parts:
        part.process.kill()
    return late
