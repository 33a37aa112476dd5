"""A query as requests about all its possible results.

Rules are evaluated on partial documents, one for each alternative of the filter; what they do not determine is an
error there, and an error never allows. So a query is allowed only if the rules hold for every document that it
could return, whatever is stored.
"""

from collections.abc import Sequence
from dataclasses import replace

from emulator.core.paths import parse_field_path
from emulator.rules.queries.facts import Fact, Facts, Relation, alternatives
from emulator.rules.queries.results import name_of, result_of
from emulator.rules.requests import Request, Resource, Segments, Unfixed
from emulator.rules.values.types import Value
from emulator.wire import StructuredQuery

_ROOT = 3
"""How many segments (`databases/{database}/documents`) come before a path below the documents."""


def query_requests(template: Request, query: StructuredQuery, parent: Sequence[str]) -> list[Request]:
    """One request for each alternative of a query below `parent` (the path of a document, or nothing).

    `template` gives what does not depend on the query: who asks, when, and of which database.
    """
    ordered = tuple(
        Fact(parse_field_path(order.field.field_path), Relation.EXISTS) for order in query.order_by
    )
    described = _described(query)
    path = _path(query, parent)
    return [
        _request(template, (*facts, *ordered), path, described) for facts in alternatives(query.where) or [()]
    ]


def _request(template: Request, facts: Facts, path: Segments, described: dict[str, Value]) -> Request:
    name = name_of(facts)
    return replace(
        template,
        method="list",
        path=path if name is None else name.segments[_ROOT:],
        query=described,
        resource=Resource(lambda: result_of(facts)),
    )


def _described(query: StructuredQuery) -> dict[str, Value]:
    """`request.query`: the limit where there is one, the offset, and the direction of each ordered field."""
    directions = {
        order.field.field_path: "DESC" if order.direction == StructuredQuery.DESCENDING else "ASC"
        for order in query.order_by
    }
    limit = {"limit": query.limit.value} if query.HasField("limit") else {}
    return {**limit, "offset": query.offset, "orderBy": directions}


def _path(query: StructuredQuery, parent: Sequence[str]) -> Segments:
    """Where the results are; what the query leaves open is unfixed."""
    selector = query.from_[0] if len(query.from_) == 1 else None
    if selector is None or not selector.collection_id:
        return (*parent, Unfixed.PATH)
    if selector.all_descendants:
        return (*parent, Unfixed.PATH, selector.collection_id, Unfixed.ID)
    return (*parent, selector.collection_id, Unfixed.ID)
