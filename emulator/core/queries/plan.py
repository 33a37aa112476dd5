"""Which index ranges answer a query: one scan per disjunct, each in the order of the results."""

from dataclasses import dataclass

from emulator.core.errors import InvalidArgument
from emulator.core.indexes import Component, KeyRange, Kind, Shape
from emulator.core.order import after, descending
from emulator.core.paths import DOCUMENT_ID
from emulator.core.queries.model import RANGES, AllOf, AnyOf, Comparison, Filter, Op, Order, Query

MAX_DISJUNCTS = 30
Conjunction = tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """A range of an index; what it yields must still satisfy `residual` and be covered by the source."""

    shape: Shape
    keys: KeyRange
    backwards: bool
    residual: Conjunction


@dataclass(frozen=True, slots=True)
class Lookup:
    """A conjunction that names its document needs no index: the document's sort key."""

    key: bytes


def plan(query: Query) -> list[Scan | Lookup]:
    """The scans whose merged results are the query's; InvalidArgument above 30 disjuncts."""
    disjuncts = dict.fromkeys(disjunctions(query.where))
    return [plan_conjunction(query, conjunction) for conjunction in disjuncts]


def disjunctions(where: Filter) -> list[Conjunction]:
    """The filter in disjunctive normal form, with `in` and `array-contains-any` taken apart."""
    if isinstance(where, AnyOf):
        found = [conjunction for part in where.parts for conjunction in disjunctions(part)]
    elif isinstance(where, AllOf):
        found = [()]
        for part in where.parts:
            found = [left + right for left in found for right in _bounded(disjunctions(part))]
            _bounded(found)
    elif where.op is Op.IN:
        found = [(Comparison(where.path, Op.EQUAL, (key,)),) for key in where.keys]
    elif where.op is Op.CONTAINS_ANY:
        found = [(Comparison(where.path, Op.CONTAINS, (key,)),) for key in where.keys]
    else:
        found = [(where,)]
    return _bounded(found)


def _bounded(conjunctions: list[Conjunction]) -> list[Conjunction]:
    if len(conjunctions) > MAX_DISJUNCTS:
        raise InvalidArgument(f"the query has more than {MAX_DISJUNCTS} disjunctions after normalisation")
    return conjunctions


def plan_conjunction(query: Query, conjunction: Conjunction) -> Scan | Lookup:
    """The scan that answers one conjunction: equal values, then the order, with a range of its first field."""
    used: dict[Component, bytes] = {}
    residual: list[Comparison] = []
    ranges: list[Comparison] = []
    lookup: Comparison | None = None
    for comparison in conjunction:
        if comparison.op is Op.EQUAL and comparison.path == DOCUMENT_ID and lookup is None:
            lookup = comparison
        elif (component := _pinned(comparison)) and component not in used and _fits(component, used):
            used[component] = comparison.keys[0]
        elif comparison.op in RANGES and comparison.path == query.orders[0].path:
            ranges.append(comparison)
        else:
            residual.append(comparison)
    if lookup is not None:
        return Lookup(lookup.keys[0])
    pinned = sorted(used, key=lambda component: (component.kind.value, component.path))
    prefix = b"".join(used[component] for component in pinned)
    return _ordered_scan(query, tuple(pinned), prefix, ranges, tuple(residual))


def _pinned(comparison: Comparison) -> Component | None:
    if comparison.op is Op.EQUAL:
        return Component(comparison.path, Kind.ASCENDING)
    return Component(comparison.path, Kind.CONTAINS) if comparison.op is Op.CONTAINS else None


def _fits(component: Component, used: dict[Component, bytes]) -> bool:
    """An index holds the elements of one array only."""
    return component.kind is not Kind.CONTAINS or all(other.kind is not Kind.CONTAINS for other in used)


def _ordered_scan(
    query: Query, pinned: Shape, prefix: bytes, ranges: list[Comparison], residual: Conjunction
) -> Scan:
    keys = query.bounds
    for comparison in ranges:
        keys = _intersect(keys, _order_range(comparison, query.orders[0]))
    backwards = query.orders[0].descending
    if backwards:
        keys = _inverted(keys)
    ordered = tuple(
        Component(order.path, Kind.DESCENDING if order.descending != backwards else Kind.ASCENDING)
        for order in query.orders
    )
    low = prefix + (keys.low or b"")
    high = (
        after(prefix) if keys.high is None and prefix else None if keys.high is None else prefix + keys.high
    )
    return Scan(pinned + ordered, KeyRange(low or None, high), backwards, residual)


def _order_range(comparison: Comparison, order: Order) -> KeyRange:
    keys = KeyRange(*comparison.key_range())
    return _inverted(keys) if order.descending else keys


def _inverted(keys: KeyRange) -> KeyRange:
    """The same range among inverted keys, high for low; a bound stands for all that starts with it."""
    return KeyRange(
        None if keys.high is None else after(descending(keys.high)),
        None if keys.low is None or keys.low == b"" else after(descending(keys.low)),
    )


def _intersect(left: KeyRange, right: KeyRange) -> KeyRange:
    lows = [low for low in (left.low, right.low) if low is not None]
    highs = [high for high in (left.high, right.high) if high is not None]
    return KeyRange(max(lows, default=None), min(highs, default=None))
