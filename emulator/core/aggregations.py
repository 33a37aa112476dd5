"""count, sum and avg over the results of a query."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import fsum, isfinite
from typing import Protocol

from emulator.core.documents import Version
from emulator.core.errors import InvalidArgument
from emulator.core.fields import find_value
from emulator.core.indexes import KeyRange
from emulator.core.paths import DOCUMENT_ID, FieldPath, format_field_path, parse_field_path
from emulator.core.queries.model import Order, Query
from emulator.wire import StructuredAggregationQuery, Value

MAX_AGGREGATIONS = 5
_MAX_INT = (1 << 63) - 1
Number = int | float


class Results(Protocol):
    """What answers the underlying query."""

    def query(self, query: Query) -> list[Version]:
        """The documents that it finds."""

    def count(self, query: Query, up_to: int | None) -> int:
        """How many it finds, `up_to` at most."""


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One aggregation: over a field, or for counting over none, up to `up_to` documents."""

    path: FieldPath | None
    compute: Callable[[Sequence[Number]], Value]
    up_to: int | None = None


@dataclass(frozen=True, slots=True)
class Aggregations:
    """Aggregations by alias, computed over the documents that have every field they are about."""

    by_alias: dict[str, Aggregation]

    def over(self, query: Query) -> Query:
        """The query as the service runs it: by an index of the aggregated fields, which therefore order it.

        That decides which documents a limit keeps. Cursors are about the query's own order, which then stays.
        """
        known = {order.path for order in query.orders}
        wanted = sorted(
            {one.path for one in self.by_alias.values() if one.path} - known, key=format_field_path
        )
        if query.bounds != KeyRange(None, None):
            return query
        *explicit, last = query.orders
        added = (Order(path, last.descending) for path in wanted)
        return replace(query, orders=(*explicit, *added, last))

    def compute(self, query: Query, source: Results) -> dict[str, Value]:
        """The value of each alias over the results of a query."""
        query = self.over(query)
        paths = {one.path for one in self.by_alias.values() if one.path is not None}
        if not paths:
            return {alias: _integer(source.count(query, one.up_to)) for alias, one in self.by_alias.items()}
        found = source.query(query)
        documents = [
            version for version in found if all(version.field_key(path) is not None for path in paths)
        ]
        return {alias: self._value(one, documents) for alias, one in self.by_alias.items()}

    def _value(self, aggregation: Aggregation, documents: list[Version]) -> Value:
        if aggregation.path is not None:
            return aggregation.compute(numbers_at(documents, aggregation.path))
        return _integer(
            min(len(documents), len(documents) if aggregation.up_to is None else aggregation.up_to)
        )


def _integer(number: int) -> Value:
    return Value(integer_value=number)


def numbers_at(documents: Iterable[Version], path: FieldPath) -> list[Number]:
    """The numbers at a path; other values are left out."""
    found: list[Number] = []
    for version in documents:
        value = find_value(version.document.fields, path)
        kind = value.WhichOneof("value_type") if value is not None else None
        if kind in ("integer_value", "double_value"):
            found.append(getattr(value, kind))
    return found


def sum_of(numbers: Sequence[Number]) -> Value:
    """Their sum: an integer if all are and it fits into 64 bits, otherwise a double; 0 of none."""
    if all(isinstance(number, int) for number in numbers):
        total = sum(numbers)
        if -_MAX_INT - 1 <= total <= _MAX_INT:
            return Value(integer_value=int(total))
    return Value(double_value=_float_sum(numbers))


def average_of(numbers: Sequence[Number]) -> Value:
    """Their mean as a double; null of none."""
    if not numbers:
        return Value(null_value=0)
    return Value(double_value=_float_sum(numbers) / len(numbers))


def _float_sum(numbers: Sequence[Number]) -> float:
    if all(isfinite(number) for number in numbers):
        try:
            return fsum(numbers)
        except OverflowError:
            pass
    return float(sum(map(float, numbers)))


def parse_aggregations(query: StructuredAggregationQuery) -> Aggregations:
    """The aggregations of a request; those without alias are named `field_1`, `field_2`, … in order."""
    if not query.aggregations:
        raise InvalidArgument("Aggregations can not be empty")
    if len(query.aggregations) > MAX_AGGREGATIONS:
        raise InvalidArgument(f"a query can have at most {MAX_AGGREGATIONS} aggregations")
    taken = {one.alias for one in query.aggregations if one.alias}
    free = (name for number in range(1, 2 * MAX_AGGREGATIONS) if (name := f"field_{number}") not in taken)
    by_alias: dict[str, Aggregation] = {}
    for one in query.aggregations:
        alias = one.alias or next(free)
        if alias in by_alias:
            raise InvalidArgument(f"Aggregation aliases contain duplicate alias: {alias!r}")
        by_alias[alias] = _parse_one(one)
    return Aggregations(by_alias)


def _parse_one(aggregation: StructuredAggregationQuery.Aggregation) -> Aggregation:
    operator = aggregation.WhichOneof("operator")
    if operator == "count":
        count = aggregation.count
        if count.HasField("up_to") and count.up_to.value <= 0:
            raise InvalidArgument("up_to must be positive")
        return Aggregation(None, sum_of, count.up_to.value if count.HasField("up_to") else None)
    if operator not in ("sum", "avg"):
        raise InvalidArgument("an aggregation must be count, sum or avg")
    path = parse_field_path(getattr(aggregation, operator).field.field_path)
    if path == DOCUMENT_ID:
        raise InvalidArgument("__name__ cannot be summed or averaged")
    return Aggregation(path, sum_of if operator == "sum" else average_of)
