"""What requests have evaluated: how often each expression had which value."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from emulator.rules.evaluation.described import MAX_TEXT, plain
from emulator.rules.issues import Lines
from emulator.rules.parsing.nodes import Expression, Function, Literal, Match, Name, Source, children
from emulator.rules.values.types import TYPE_NAMES, EvaluationError, Value

MAX_DISTINCT = 20
"""Further values of an expression are counted together, by type."""

_EXACT: dict[type, str] = {int: "intValue", float: "floatValue", str: "stringValue"}


class Coverage:
    """Counts of the values of every expression of one source."""

    def __init__(self, text: str, tree: Source) -> None:
        self.text = text
        self.roots = tuple(_roots(tree))
        """Conditions and function bodies, in source order."""
        self._counts: dict[Expression, dict[Hashable, int]] = {}

    def add(self, trace: Iterable[tuple[Expression, Value]]) -> None:
        """Count the expressions of one evaluation."""
        for node, value in trace:
            counts = self._counts.get(node)
            if counts is None:
                counts = self._counts[node] = {}
            key = value if value is True or value is False else _key(value)
            if key not in counts and len(counts) >= MAX_DISTINCT:
                key = (type(value), None)
            counts[key] = counts.get(key, 0) + 1

    def clear(self) -> None:
        """Forget all counts."""
        self._counts.clear()

    def values(self, node: Expression) -> list[tuple[dict[str, Any], int]]:
        """The values of an expression in the report's form, each with its count, in order of appearance."""
        return [(_report_value(key), count) for key, count in self._counts.get(node, {}).items()]

    def to_json(self) -> dict[str, Any]:
        """The body of the emulator's `:ruleCoverage` answer."""
        lines = Lines(self.text)
        return {
            "rules": {"files": [{"name": "security.rules", "content": self.text}]},
            "report": [self._report(root, lines) for root in self.roots],
        }

    def _report(self, node: Expression, lines: Lines) -> dict[str, Any]:
        line, column = lines.locate(node.span.start)
        report: dict[str, Any] = {
            "sourcePosition": {
                "line": line,
                "column": column,
                "currentOffset": node.span.start,
                "endOffset": node.span.end - 1,
            }
        }
        values = [{"value": value, "count": count} for value, count in self.values(node)]
        if values:
            report["values"] = values
        inner = [self._report(child, lines) for child in counted(node)]
        if inner:
            report["children"] = inner
        return report


def counted(node: Expression) -> list[Expression]:
    """The expressions directly inside another that are counted: all but literals and variables."""
    return [child for child in children(node) if not isinstance(child, Literal | Name)]


def _roots(tree: Source) -> Iterator[Expression]:
    found = list(_function_roots(tree.functions))
    for service in tree.services:
        found += _function_roots(service.functions)
        for match in service.matches:
            found += _match_roots(match)
    yield from sorted(found, key=lambda node: node.span)


def _match_roots(match: Match) -> Iterator[Expression]:
    yield from _function_roots(match.functions)
    for allow in match.allows:
        if allow.condition is not None:
            yield allow.condition
    for inner in match.matches:
        yield from _match_roots(inner)


def _function_roots(functions: tuple[Function, ...]) -> Iterator[Expression]:
    for function in functions:
        yield from (let.value for let in function.lets)
        yield function.body


def _key(value: Value) -> tuple[type, Value]:
    """What values other than booleans are counted under: small scalars by value, the rest by type."""
    kind = type(value)
    if kind in _EXACT and (kind is not str or len(value) <= MAX_TEXT):
        return (kind, value)
    if isinstance(value, EvaluationError):
        return (EvaluationError, str(value))
    return (kind, None)


def _report_value(key: Hashable) -> dict[str, Any]:
    if not isinstance(key, tuple):
        return {"boolValue": key}
    kind, value = key
    if kind is EvaluationError:
        return {"undefined": {"causeMessage": value}}
    if kind is type(None):
        return {"nullValue": None}
    if value is None:
        return {f"{TYPE_NAMES.get(kind, 'partial')}Value": {}}
    return {_EXACT[kind]: str(value) if kind is int else plain(value)}
