"""Structured queries for tests, and their verdicts."""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.rules.queries.proofs import query_requests
from emulator.rules.requests import Verdict
from emulator.rules.ruleset import Ruleset
from emulator.wire import StructuredQuery
from tests.emulator.values import value
from tests.unit.rules.builders import documents, request, rules

_OPERATORS = {
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "==": "EQUAL",
    "!=": "NOT_EQUAL",
    "array-contains": "ARRAY_CONTAINS",
    "in": "IN",
    "array-contains-any": "ARRAY_CONTAINS_ANY",
    "not-in": "NOT_IN",
}
Condition = tuple[str, str, Any]


def filter_of(condition: Condition | tuple[str, str] | Mapping[str, Any]) -> Any:
    """A filter: (field, operator, value), (field, unary operator), or {"and" | "or": [filters]}."""
    found = StructuredQuery.Filter()
    if isinstance(condition, Mapping):
        ((name, parts),) = condition.items()
        found.composite_filter.op = StructuredQuery.CompositeFilter.Operator.Value(name.upper())
        found.composite_filter.filters.extend(map(filter_of, parts))
    elif len(condition) == 2:
        found.unary_filter.field.field_path = condition[0]
        found.unary_filter.op = StructuredQuery.UnaryFilter.Operator.Value(condition[1])
    else:
        found.field_filter.field.field_path = condition[0]
        found.field_filter.op = StructuredQuery.FieldFilter.Operator.Value(_OPERATORS[condition[1]])
        found.field_filter.value.CopyFrom(value(condition[2]))
    return found


def query_of(
    *conditions: Any,
    collection: str = "rooms",
    group: bool = False,
    limit: int | None = None,
    offset: int = 0,
    order: Mapping[str, str] | None = None,
) -> StructuredQuery:
    """A query of a collection (or collection group) whose conditions must all hold."""
    query = StructuredQuery()
    query.from_.add(collection_id=collection, all_descendants=group)
    if len(conditions) == 1:
        query.where.CopyFrom(filter_of(conditions[0]))
    elif conditions:
        query.where.CopyFrom(filter_of({"and": conditions}))
    if limit is not None:
        query.limit.value = limit
    query.offset = offset
    for field, direction in (order or {}).items():
        query.order_by.add(field={"field_path": field}, direction=direction)
    return query


def list_verdict(
    ruleset: Ruleset, query: StructuredQuery, *, parent: Sequence[str] = (), found: Any = None
) -> Verdict:
    """The verdict on a query by u1."""
    requests = query_requests(request("list", uid="u1"), query, parent)
    return ruleset.evaluate_query(requests, documents(found))


def proved(condition: str, *conditions: Any, found: Any = None, **options: Any) -> bool:
    """Whether a query of rooms is allowed by a condition on listing them."""
    ruleset = rules(f"match /rooms/{{room}} {{ allow list: if {condition}; }}")
    return list_verdict(ruleset, query_of(*conditions, **options), found=found).allowed
