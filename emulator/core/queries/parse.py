"""From the wire's StructuredQuery to a Query, refusing what the service refuses."""

from collections.abc import Sequence

from emulator.core.errors import InvalidArgument
from emulator.core.indexes import KeyRange
from emulator.core.order import NAN_KEY, NULL_KEY, after, descending, encode, encode_path
from emulator.core.paths import (
    DOCUMENT_ID,
    DatabaseName,
    FieldPath,
    check_document_path,
    check_id,
    format_field_path,
    parse_field_path,
    split_name,
)
from emulator.core.queries.model import (
    INEQUALITIES,
    AllOf,
    AnyOf,
    Comparison,
    Filter,
    Op,
    Order,
    Query,
    Source,
)
from emulator.core.queries.nearest import parse_nearest
from emulator.wire import Cursor, StructuredQuery, Value

MAX_LIST_VALUES = 30
MAX_NOT_IN_VALUES = 10
_LISTS = frozenset({Op.IN, Op.NOT_IN, Op.CONTAINS_ANY})
_FIELD_OPS = {
    "EQUAL": Op.EQUAL,
    "NOT_EQUAL": Op.NOT_EQUAL,
    "LESS_THAN": Op.LESS,
    "LESS_THAN_OR_EQUAL": Op.LESS_OR_EQUAL,
    "GREATER_THAN": Op.GREATER,
    "GREATER_THAN_OR_EQUAL": Op.GREATER_OR_EQUAL,
    "ARRAY_CONTAINS": Op.CONTAINS,
    "ARRAY_CONTAINS_ANY": Op.CONTAINS_ANY,
    "IN": Op.IN,
    "NOT_IN": Op.NOT_IN,
}
_UNARY_OPS = {
    "IS_NULL": (Op.EQUAL, NULL_KEY),
    "IS_NOT_NULL": (Op.NOT_EQUAL, NULL_KEY),
    "IS_NAN": (Op.EQUAL, NAN_KEY),
    "IS_NOT_NAN": (Op.NOT_EQUAL, NAN_KEY),
}


def parse_query(parent: str, query: StructuredQuery, database: DatabaseName) -> Query:
    """The query below `parent`, a resource name of a document or of the database's documents."""
    source = _parse_source(parent, query, database)
    where = _parse_filter(query.where, database) if query.HasField("where") else AllOf(())
    orders = _complete_orders([_parse_order(order) for order in query.order_by], where)
    if query.offset < 0 or (query.HasField("limit") and query.limit.value < 0):
        raise InvalidArgument("offset and limit must not be negative")
    return Query(
        source,
        where,
        orders,
        KeyRange(
            _cursor_key(query.start_at, orders, database) if query.HasField("start_at") else None,
            _cursor_key(query.end_at, orders, database) if query.HasField("end_at") else None,
        ),
        query.offset,
        query.limit.value if query.HasField("limit") else None,
        _parse_select(query),
        parse_nearest(query.find_nearest) if query.HasField("find_nearest") else None,
    )


def _parse_source(parent: str, query: StructuredQuery, database: DatabaseName) -> Source:
    owner, path = split_name(parent)
    if owner != database:
        raise InvalidArgument(f"parent {parent!r} is not in database {database}")
    if path:
        check_document_path(path)
    if len(query.from_) != 1:
        raise InvalidArgument("a query must name exactly one collection in 'from'")
    selector = query.from_[0]
    if selector.collection_id:
        if "/" in selector.collection_id:
            raise InvalidArgument(f"collection id {selector.collection_id!r} must not hold a slash")
        check_id(selector.collection_id, selector.collection_id)
    return Source(path, selector.collection_id, selector.all_descendants)


def _parse_select(query: StructuredQuery) -> tuple[FieldPath, ...] | None:
    if not query.HasField("select"):
        return None
    return tuple(parse_field_path(field.field_path) for field in query.select.fields) or (DOCUMENT_ID,)


def _parse_order(order: StructuredQuery.Order) -> Order:
    return Order(parse_field_path(order.field.field_path), order.direction == StructuredQuery.DESCENDING)


def inequality_paths(where: Filter) -> set[FieldPath]:
    """The fields that inequality operators look at."""
    if isinstance(where, Comparison):
        return {where.path} if where.op in INEQUALITIES else set()
    return set().union(*map(inequality_paths, where.parts))


def _complete_orders(orders: list[Order], where: Filter) -> tuple[Order, ...]:
    """Append what is implied: inequality fields by name, then the document id, in the last direction."""
    seen = {order.path for order in orders}
    if len(seen) < len(orders):
        raise InvalidArgument("a query cannot order by the same field twice")
    last = orders[-1].descending if orders else False
    if DOCUMENT_ID in seen:
        orders = orders[: [order.path for order in orders].index(DOCUMENT_ID) + 1]
    implied = sorted(inequality_paths(where) - seen - {DOCUMENT_ID}, key=format_field_path)
    if DOCUMENT_ID not in seen:
        orders = [*orders, *(Order(path, last) for path in implied), Order(DOCUMENT_ID, last)]
    return tuple(orders)


def _parse_filter(where: StructuredQuery.Filter, database: DatabaseName) -> Filter:
    kind = where.WhichOneof("filter_type")
    if kind == "composite_filter":
        return _parse_composite(where.composite_filter, database)
    if kind == "field_filter":
        return _parse_field_filter(where.field_filter, database)
    if kind == "unary_filter":
        return _parse_unary(where.unary_filter)
    raise InvalidArgument("an empty filter in 'where'")


def _parse_composite(composite: StructuredQuery.CompositeFilter, database: DatabaseName) -> Filter:
    parts = tuple(_parse_filter(part, database) for part in composite.filters)
    if not parts:
        raise InvalidArgument("a composite filter must hold at least one filter")
    if composite.op == StructuredQuery.CompositeFilter.AND:
        return AllOf(parts)
    if composite.op == StructuredQuery.CompositeFilter.OR:
        return AnyOf(parts)
    raise InvalidArgument("a composite filter must be AND or OR")


def _parse_unary(unary: StructuredQuery.UnaryFilter) -> Comparison:
    name = StructuredQuery.UnaryFilter.Operator.Name(unary.op)
    if name not in _UNARY_OPS:
        raise InvalidArgument("a unary filter without an operator")
    op, key = _UNARY_OPS[name]
    return Comparison(parse_field_path(unary.field.field_path), op, (key,))


def _parse_field_filter(field: StructuredQuery.FieldFilter, database: DatabaseName) -> Comparison:
    op = _FIELD_OPS.get(StructuredQuery.FieldFilter.Operator.Name(field.op))
    path = parse_field_path(field.field.field_path)
    if op is None:
        raise InvalidArgument(f"the filter on {field.field.field_path!r} has no operator")
    values: Sequence[Value] = [field.value]
    if op in _LISTS:
        values = _list_values(field, op)
    if path == DOCUMENT_ID:
        return Comparison(path, op, tuple(_name_key(value, database) for value in values))
    return Comparison(path, op, tuple(dict.fromkeys(map(encode, values))))


def _list_values(field: StructuredQuery.FieldFilter, op: Op) -> Sequence[Value]:
    if field.value.WhichOneof("value_type") != "array_value" or not field.value.array_value.values:
        raise InvalidArgument(f"'{op.value}' requires a non-empty array")
    values: Sequence[Value] = field.value.array_value.values
    most = MAX_NOT_IN_VALUES if op is Op.NOT_IN else MAX_LIST_VALUES
    if len(values) > most:
        raise InvalidArgument(f"'{op.value}' supports up to {most} comparison values")
    return values


def _name_key(value: Value, database: DatabaseName) -> bytes:
    if value.WhichOneof("value_type") != "reference_value":
        raise InvalidArgument("__name__ can only be compared with a document reference")
    owner, path = split_name(value.reference_value)
    if owner != database:
        raise InvalidArgument(
            f"__name__ compared with a reference of another database: {value.reference_value!r}"
        )
    return encode_path(path)


def _cursor_key(cursor: Cursor, orders: Sequence[Order], database: DatabaseName) -> bytes:
    """The order key at which results start (inclusive) or end (exclusive)."""
    if len(cursor.values) > len(orders):
        raise InvalidArgument("a cursor has more values than the query has order fields")
    key = b""
    for order, value in zip(orders, cursor.values, strict=False):
        part = _name_key(value, database) if order.path == DOCUMENT_ID else encode(value)
        key += descending(part) if order.descending else part
    return key if cursor.before else after(key)
