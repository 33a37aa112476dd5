"""The filter of a query as alternatives, each a set of facts about every result it admits."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product
from math import prod
from typing import Any

from emulator.core.errors import InvalidArgument
from emulator.core.paths import FieldPath, parse_field_path
from emulator.rules.values.types import Value
from emulator.rules.wire_values import value_of
from emulator.wire import StructuredQuery

MAX_ALTERNATIVES = 1000
"""Far above the 30 alternatives that the service permits a query."""


class Relation(Enum):
    """What a fact says of a field."""

    EQUAL = "=="
    EXCLUDES = "!="
    """It exists, is not null and not among some values."""
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    CONTAINS = "array-contains"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that holds for a field of every result; the value is a list for EXCLUDES, None for EXISTS."""

    field: FieldPath
    relation: Relation
    value: Value = None


Facts = tuple[Fact, ...]

_RELATIONS = {
    "EQUAL": Relation.EQUAL,
    "LESS_THAN": Relation.LESS,
    "LESS_THAN_OR_EQUAL": Relation.LESS_OR_EQUAL,
    "GREATER_THAN": Relation.GREATER,
    "GREATER_THAN_OR_EQUAL": Relation.GREATER_OR_EQUAL,
    "ARRAY_CONTAINS": Relation.CONTAINS,
}
_OF_SEVERAL = {"IN": Relation.EQUAL, "ARRAY_CONTAINS_ANY": Relation.CONTAINS}
_UNARY: dict[str, tuple[Relation, Value]] = {
    "IS_NULL": (Relation.EQUAL, None),
    "IS_NOT_NULL": (Relation.EXCLUDES, []),
    "IS_NAN": (Relation.EQUAL, float("nan")),
    "IS_NOT_NAN": (Relation.EXCLUDES, []),
}


def alternatives(where: Any) -> list[Facts]:
    """A filter in disjunctive normal form; InvalidArgument if that is out of proportion."""
    kind = where.WhichOneof("filter_type")
    if kind is None:
        return [()]
    if kind == "unary_filter":
        return [_unary(where.unary_filter)]
    if kind == "field_filter":
        return _comparison(where.field_filter)
    parts = [alternatives(part) for part in where.composite_filter.filters]
    if where.composite_filter.op == StructuredQuery.CompositeFilter.OR:
        _limit(sum(map(len, parts)))
        return [facts for part in parts for facts in part]
    _limit(prod(map(len, parts)))
    return [_joined(choice) for choice in product(*parts)]


def _joined(choice: Sequence[Facts]) -> Facts:
    return tuple(fact for facts in choice for fact in facts)


def _limit(count: int) -> None:
    if count > MAX_ALTERNATIVES:
        raise InvalidArgument(f"the query has more than {MAX_ALTERNATIVES} alternatives")


def _unary(where: Any) -> Facts:
    relation, value = _UNARY[StructuredQuery.UnaryFilter.Operator.Name(where.op)]
    return (Fact(parse_field_path(where.field.field_path), relation, value),)


def _comparison(where: Any) -> list[Facts]:
    field = parse_field_path(where.field.field_path)
    operator = StructuredQuery.FieldFilter.Operator.Name(where.op)
    value = value_of(where.value)
    if operator in _OF_SEVERAL:
        return [(Fact(field, _OF_SEVERAL[operator], item),) for item in value]
    if operator in ("NOT_EQUAL", "NOT_IN"):
        return [(Fact(field, Relation.EXCLUDES, value if operator == "NOT_IN" else [value]),)]
    return [(Fact(field, _RELATIONS[operator], value),)]
