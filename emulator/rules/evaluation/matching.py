"""Which match blocks apply to a path, and what their wildcards capture."""

from collections.abc import Iterator

from emulator.rules.evaluation.context import Failure
from emulator.rules.parsing.nodes import Capture
from emulator.rules.requests import Segments, Unfixed
from emulator.rules.values.types import NotFixed, Path, Value

Pattern = tuple[str | Capture, ...]


def bind(
    pattern: Pattern, segments: Segments, start: int, *, least: int
) -> Iterator[tuple[int, list[Value]]]:
    """Every way to match a pattern from `start` on: the end of what it matches, and the captured values.

    `least` is how many segments a recursive wildcard needs (1 in rules_version 1, 0 in 2). A segment that a query
    leaves open matches wildcards only, so that what matches does so for every possible path.
    """
    if not pattern:
        yield start, []
        return
    first, rest = pattern[0], pattern[1:]
    if isinstance(first, Capture) and first.is_glob:
        for end in range(start, len(segments) + 1):
            taken = segments[start:end]
            if sum(segment is not Unfixed.PATH for segment in taken) >= least:
                for stop, captured in bind(rest, segments, end, least=least):
                    yield stop, [_captured_path(taken), *captured]
        return
    if start >= len(segments):
        return
    segment = segments[start]
    if isinstance(first, Capture):
        if segment is Unfixed.PATH:
            return
        value = segment if isinstance(segment, str) else Failure(NotFixed())
        for stop, captured in bind(rest, segments, start + 1, least=least):
            yield stop, [value, *captured]
    elif segment == first:
        yield from bind(rest, segments, start + 1, least=least)


def _captured_path(taken: Segments) -> Value:
    texts = tuple(segment for segment in taken if isinstance(segment, str))
    return Path(texts) if len(texts) == len(taken) else Failure(NotFixed())
