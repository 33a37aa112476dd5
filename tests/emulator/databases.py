"""A database in memory, with short ways to write to it and to ask it."""

from collections.abc import Iterable, Sequence
from typing import Any

from emulator.core.clock import CommitClock
from emulator.core.database import Committed, Database
from emulator.core.documents import Version
from emulator.core.paths import parse_database
from emulator.core.queries.model import Query
from emulator.core.queries.parse import parse_query
from emulator.wire import StructuredQuery, Write
from tests.emulator.values import DATABASE, document, value

DOCUMENTS = f"{DATABASE}/documents"
OPERATORS = {
    "==": "EQUAL",
    "!=": "NOT_EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "in": "IN",
    "not-in": "NOT_IN",
    "array-contains": "ARRAY_CONTAINS",
    "array-contains-any": "ARRAY_CONTAINS_ANY",
}


def empty_database() -> Database:
    return Database(parse_database(DATABASE), CommitClock())


def set_document(path: str, fields: dict[str, Any]) -> Write:
    """A write that replaces a document."""
    return Write(update=document(path, fields))


def delete_document(path: str) -> Write:
    """A write that deletes a document."""
    return Write(delete=f"{DOCUMENTS}/{path}")


def store(database: Database, documents: dict[str, dict[str, Any]]) -> Committed:
    """Commit documents by path."""
    return database.commit([set_document(path, fields) for path, fields in documents.items()])


def where(condition: tuple[Any, ...]) -> StructuredQuery.Filter:
    """`("and"|"or", parts…)` or `(field, operator, value)` as a filter."""
    if condition[0] in ("and", "or"):
        return StructuredQuery.Filter(
            composite_filter={"op": condition[0].upper(), "filters": [where(part) for part in condition[1:]]}
        )
    field, operator, operand = condition
    filtered = StructuredQuery.Filter()
    filtered.field_filter.field.field_path = field
    filtered.field_filter.op = StructuredQuery.FieldFilter.Operator.Value(OPERATORS[operator])
    filtered.field_filter.value.CopyFrom(value(operand))
    return filtered


def structured_query(
    collection: str = "a",
    condition: tuple[Any, ...] | None = None,
    orders: Iterable[tuple[str, int]] = (),
    *,
    start: tuple[list[Any], bool] | None = None,
    end: tuple[list[Any], bool] | None = None,
    offset: int = 0,
    limit: int | None = None,
    all_descendants: bool = False,
) -> StructuredQuery:
    """A query; orders are fields with direction 1 or -1, cursors are values and whether they stand before."""
    query = StructuredQuery(offset=offset)
    query.from_.add(collection_id=collection, all_descendants=all_descendants)
    if condition is not None:
        query.where.CopyFrom(where(condition))
    for field, direction in orders:
        query.order_by.add(field={"field_path": field}, direction=1 if direction > 0 else 2)
    for cursor, bound in ((query.start_at, start), (query.end_at, end)):
        if bound is not None:
            cursor.values.extend(map(value, bound[0]))
            cursor.before = bound[1]
    if limit is not None:
        query.limit.value = limit
    return query


def parsed(query: StructuredQuery, parent: str = "") -> Query:
    """A query below the root or a document."""
    below = f"{DOCUMENTS}/{parent}" if parent else DOCUMENTS
    return parse_query(below, query, parse_database(DATABASE))


def paths(found: Sequence[Version]) -> list[str]:
    """The paths of query results."""
    return [version.document.name.removeprefix(f"{DOCUMENTS}/") for version in found]
