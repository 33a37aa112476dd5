"""The matrix asked of the rules engine itself, in this process."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from emulator.rules.queries.proofs import query_requests
from emulator.rules.requests import Request, Verdict
from emulator.rules.ruleset import Ruleset
from emulator.rules.values.types import Timestamp
from tests.rules.matrix.documents import DOCUMENTS
from tests.rules.matrix.moments import FromNow, Moment, ServerTime
from tests.rules.matrix.table import Case, Query
from tests.unit.rules.builders import NOW, documents, request
from tests.unit.rules.queries import query_of

_NANOS = 1_000_000_000


@cache
def stored() -> Mapping[str, Mapping[str, Any]]:
    """The documents of the matrix as rules see them."""
    return {path: _fields(fields) for path, fields in DOCUMENTS.items()}


@cache
def requests_of(case: Case) -> tuple[Request, ...]:
    """What the rules are asked for a case: one request, or one for each alternative of a query."""
    row, actor = case.row, case.actor
    path = row.where.removeprefix("**/")
    asked = request(
        row.operation,
        path,
        uid=None if actor.claims is None else actor.name,
        token=actor.claims,
        data=None if row.operation in ("create", "list") else stored().get(path),
        new=None if row.written is None else _fields(row.written),
    )
    query = row.query
    if query is None:
        return (asked,)
    parent = path.split("/")[:-1]
    return tuple(query_requests(asked, _structured(query), parent))


def judge(ruleset: Ruleset, case: Case) -> tuple[Verdict, int]:
    """The verdict on a case, and how many other documents were read for it."""
    read = documents(stored())
    asked = requests_of(case)
    verdict = (
        ruleset.evaluate_query(asked, read)
        if case.row.operation == "list"
        else ruleset.evaluate(asked[0], read)
    )
    return verdict, len(read.paths)


def _structured(query: Query) -> Any:
    return query_of(
        *query.filters,
        collection=query.collection.split("/")[-1],
        group=query.is_group,
        limit=query.limit,
        order={query.order: "ASCENDING"} if query.order else None,
    )


def _fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in fields.items()}


def _value(value: Any) -> Any:
    match value:
        case Moment(seconds=seconds):
            return Timestamp(seconds * _NANOS)
        case FromNow(minutes=minutes):
            return Timestamp(NOW.nanos + minutes * 60 * _NANOS)
        case ServerTime():
            return NOW
    return value
