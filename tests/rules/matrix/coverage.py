"""What a coverage report of the emulator says of conditions."""

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.rules.issues import Lines
from tests.rules.matrix.conditions import conditions

Seen = Mapping[tuple[int, int], frozenset[bool]]


def one_sided(report: Mapping[str, Any]) -> list[str]:
    """The conditions of the reported source that were never true, or never false, with their places."""
    text = report["rules"]["files"][0]["content"]
    seen: dict[tuple[int, int], frozenset[bool]] = {
        place: values for root in report["report"] for place, values in _seen(root)
    }
    lines = Lines(text)
    return [
        f"{lines.locate(node.span.start)} {text[node.span.start : node.span.end]}: {sorted(values)}"
        for node in conditions(text)
        if (values := seen.get((node.span.start, node.span.end), frozenset())) != {True, False}
    ]


def _seen(node: Mapping[str, Any]) -> Iterator[tuple[tuple[int, int], frozenset[bool]]]:
    place = node["sourcePosition"]
    values = (counted["value"].get("boolValue") for counted in node.get("values", ()))
    yield (place["currentOffset"], place["endOffset"] + 1), frozenset(v for v in values if v is not None)
    for child in node.get("children", ()):
        yield from _seen(child)
