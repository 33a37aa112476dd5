"""One hot document, paced as the relay paces it: some writes at once, then one in each pause, changes coalesced."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """`burst` writes at once, then one every `pause_seconds`; a paced one waits for the next poll of a worker."""

    burst: int
    pause_seconds: float
    poll_seconds: float
    write_seconds: float


@dataclass(frozen=True)
class Written:
    """When a document was written, and how long each of its changes took to be seen, both in seconds."""

    times: Sequence[float]
    delays: Sequence[float]


def write_paced(changes: Sequence[float], pace: Pace) -> Written:
    """The writes that a document's changes come to; `changes` in order.

    A write carries every change committed before it began. What changes meanwhile is written by the same holder
    right after, or by a worker once the document may be written again: the rule of `settle_documents`.
    """
    times: list[float] = []
    delays: list[float] = []
    cooled = free = float("-inf")
    may_write = float("-inf")
    position = 0
    while position < len(changes):
        due = max(changes[position], free)
        starts = due if may_write <= due else may_write + pace.poll_seconds
        ends = starts + pace.write_seconds
        while position < len(changes) and changes[position] <= starts:
            delays.append(ends - changes[position])
            position += 1
        cooled = min(max(cooled, ends), ends + pace.burst * pace.pause_seconds) + pace.pause_seconds
        may_write = max(ends, cooled - (pace.burst - 1) * pace.pause_seconds)
        free = ends
        times.append(ends)
    return Written(times, delays)
