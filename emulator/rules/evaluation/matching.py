"""Which match blocks apply to a path, and what their wildcards capture."""

from collections.abc import Iterator

from emulator.rules.access import LimitExceeded
from emulator.rules.evaluation.context import Failure
from emulator.rules.parsing.nodes import Capture
from emulator.rules.requests import Segments, Unfixed
from emulator.rules.values.types import NotFixed, Path, Value

Pattern = tuple[str | Capture, ...]


MAX_STEPS = 100_000
"""Far above what rules need; several recursive wildcards in one path can match in very many ways."""


class Matcher:
    """Matches patterns against the path of one request.

    `least` is how many segments a recursive wildcard needs (1 in rules_version 1, 0 in 2). A segment that a query
    leaves open matches wildcards only, so that what matches does so for every possible path.
    """

    __slots__ = ("_least", "_segments", "_steps")

    def __init__(self, segments: Segments, least: int) -> None:
        self._segments = segments
        self._least = least
        self._steps = 0

    def bind(self, pattern: Pattern, start: int) -> Iterator[tuple[int, list[Value]]]:
        """Every way to match from `start` on: the end of what matches, and the captured values."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise LimitExceeded("The path matches in too many ways.")
        if not pattern:
            yield start, []
            return
        first, rest = pattern[0], pattern[1:]
        if isinstance(first, Capture) and first.is_glob:
            yield from self._bind_glob(rest, start)
            return
        if start >= len(self._segments):
            return
        segment = self._segments[start]
        if not isinstance(first, Capture):
            if segment == first:
                yield from self.bind(rest, start + 1)
        elif segment is not Unfixed.PATH:
            value = segment if isinstance(segment, str) else Failure(NotFixed())
            for stop, captured in self.bind(rest, start + 1):
                yield stop, [value, *captured]

    def _bind_glob(self, rest: Pattern, start: int) -> Iterator[tuple[int, list[Value]]]:
        for end in range(start, len(self._segments) + 1):
            taken = self._segments[start:end]
            if sum(segment is not Unfixed.PATH for segment in taken) >= self._least:
                for stop, captured in self.bind(rest, end):
                    yield stop, [_captured_path(taken), *captured]


def _captured_path(taken: Segments) -> Value:
    texts = tuple(segment for segment in taken if isinstance(segment, str))
    return Path(texts) if len(texts) == len(taken) else Failure(NotFixed())
