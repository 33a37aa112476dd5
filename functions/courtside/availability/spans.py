"""Sets of whole numbers as spans (first, end) with the end exclusive: the arithmetic of hours and slots."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]

BEGINNING = -(1 << 62)
FOREVER = 1 << 62


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same numbers as sorted spans that neither overlap nor touch; empty spans vanish."""
    merged: list[Span] = []
    for first, end in sorted(spans):
        if first >= end:
            continue
        if merged and first <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((first, end))
    return merged


def gaps(merged: Iterable[Span]) -> list[Span]:
    """Every number that is in none of the merged spans."""
    found: list[Span] = []
    reached = BEGINNING
    for first, end in merged:
        found.append((reached, first))
        reached = end
    found.append((reached, FOREVER))
    return found


def intersect(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """The numbers in both of two merged sets."""
    found: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        first, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first < end:
            found.append((first, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found


def contains(merged: Sequence[Span], number: int) -> bool:
    """Whether the number is in the merged set."""
    at = bisect_right(merged, number, key=_first)
    return at > 0 and number < merged[at - 1][1]


def pick(progression: range, merged: Sequence[Span]) -> Iterator[range]:
    """The parts of a rising progression that lie in the merged set, in order."""
    if not progression:
        return
    origin, step = progression.start, progression.step
    for first, end in merged[bisect_right(merged, origin, key=_end) :]:
        if first > progression[-1]:
            return
        yield progression[max(0, -((origin - first) // step)) : max(0, -((origin - end) // step))]


def _first(span: Span) -> int:
    return span[0]


def _end(span: Span) -> int:
    return span[1]
