"""Facts about the results of a query as one partial document."""

from collections import defaultdict
from collections.abc import Sequence

from emulator.core.paths import DOCUMENT_ID, FieldPath
from emulator.rules.queries.facts import Fact, Facts, Relation
from emulator.rules.values.partial import Bound, Ranged, SomeList, SomeMap
from emulator.rules.values.types import Path, Timestamp, Value

_BOUNDABLE = frozenset({bool, int, float, str, bytes, Timestamp})
"""Types whose order in queries is that of Python's `<`."""
_LOWER = {Relation.GREATER: False, Relation.GREATER_OR_EQUAL: True}
_UPPER = {Relation.LESS: False, Relation.LESS_OR_EQUAL: True}


def name_of(facts: Facts) -> Path | None:
    """The name of the only document that can be a result, if the facts fix it."""
    for fact in facts:
        if fact.field == DOCUMENT_ID and fact.relation is Relation.EQUAL and isinstance(fact.value, Path):
            return fact.value
    return None


def result_of(facts: Facts) -> SomeMap:
    """What `resource` is for every result: known fields, and the rest unknown."""
    data = SomeMap({})
    for field, of_field in sorted(_by_field(facts).items(), key=lambda item: len(item[0])):
        _insert(data, field, _value(of_field))
    name = name_of(facts)
    identity = {} if name is None else {"id": name.segments[-1], "__name__": name}
    return SomeMap({"data": data, **identity})


def _by_field(facts: Facts) -> dict[FieldPath, list[Fact]]:
    grouped: dict[FieldPath, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.field != DOCUMENT_ID:
            grouped[fact.field].append(fact)
    return grouped


def _insert(data: SomeMap, field: FieldPath, value: Value) -> None:
    """Make a nested field known, unless the value of a map around it is known anyway."""
    for name in field[:-1]:
        around = data.known.get(name)
        if around is None or isinstance(around, Ranged):
            around = data.known[name] = SomeMap({})
        if not isinstance(around, SomeMap):
            return
        data = around
    data.known[field[-1]] = value


def _value(facts: Sequence[Fact]) -> Value:
    for fact in facts:
        if fact.relation is Relation.EQUAL:
            return _equal_to(fact.value)
    contained = tuple(fact.value for fact in facts if fact.relation is Relation.CONTAINS)
    return SomeList(contained) if contained else _range(facts)


def _equal_to(value: Value) -> Value:
    """The value itself; but a number equals both the integer and the float, so only its size is known."""
    if type(value) in (int, float) and value == value:
        return Ranged(Bound(value, True), Bound(value, True))
    return value


def _range(facts: Sequence[Fact]) -> Ranged:
    low: Bound | None = None
    high: Bound | None = None
    excluded: tuple[Value, ...] = ()
    for fact in facts:
        if fact.relation is Relation.EXCLUDES:
            excluded += (None, *fact.value)
        elif type(fact.value) not in _BOUNDABLE:
            continue
        elif fact.relation in _LOWER:
            low = low or Bound(fact.value, _LOWER[fact.relation])
        elif fact.relation in _UPPER:
            high = high or Bound(fact.value, _UPPER[fact.relation])
    return Ranged(low, high, excluded)
