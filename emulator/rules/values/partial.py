"""What a query says of the fields of its results, as values that rules can compute with.

An operation on a partial value either has the same outcome whatever the value is, or raises NotFixed. As an
error never becomes true, a rule that is true of partial values is true of every result of the query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.rules.values.types import (
    Duration,
    NotFixed,
    Partial,
    Timestamp,
    Value,
    ValueSet,
    key_of,
    type_name,
)


@dataclass(frozen=True, slots=True, eq=False)
class SomeMap(Partial):
    """A map of which some entries are known."""

    known: dict[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class SomeList(Partial):
    """A list of which some elements are known."""

    elements: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range."""

    value: Value
    inclusive: bool


@dataclass(frozen=True, slots=True, eq=False)
class Ranged(Partial):
    """A value within bounds, all of whose candidates have the type of a bound; or one that is merely not
    among some excluded values, with no bound at all."""

    low: Bound | None = None
    high: Bound | None = None
    excluded: tuple[Value, ...] = field(default=())

    @property
    def sample(self) -> Value:
        """A value of the only possible type; NotFixed without bounds."""
        bound = self.low or self.high
        if bound is None:
            raise NotFixed
        return bound.value


_FAMILIES = {int: "number", float: "number", str: "string", Timestamp: "timestamp", Duration: "duration"}


def _family(value: Value) -> str:
    return _FAMILIES.get(type(value)) or type_name(value)


def partial_equal(left: Value, right: Value) -> bool:
    """`==` where at least one side is partial."""
    partial, other = (left, right) if isinstance(left, Partial) else (right, left)
    if isinstance(other, Partial):
        raise NotFixed
    if isinstance(partial, Ranged):
        return _ranged_equal(partial, other)
    expected = "map" if isinstance(partial, SomeMap) else "list"
    if type_name(other) != expected:
        return False
    raise NotFixed


def _ranged_equal(ranged: Ranged, other: Value) -> bool:
    key = key_of(other)
    if any(key == key_of(value) for value in ranged.excluded):
        return False
    if ranged.low is None and ranged.high is None:
        raise NotFixed
    if _family(other) != _family(ranged.sample) or _outside(ranged, other):
        return False
    if ranged.low and ranged.high and key_of(ranged.low.value) == key_of(ranged.high.value) == key:
        return True
    raise NotFixed


def _outside(ranged: Ranged, value: Value) -> bool:
    low, high = ranged.low, ranged.high
    if low is not None and (value < low.value or (value == low.value and not low.inclusive)):
        return True
    return high is not None and (value > high.value or (value == high.value and not high.inclusive))


def partial_less(left: Value, right: Value, *, or_equal: bool) -> bool:
    """`left < right`, or `<=`, where at least one side is partial."""
    if isinstance(left, Ranged) and not isinstance(right, Partial):
        return _all_below(left, right, or_equal=or_equal)
    if isinstance(right, Ranged) and not isinstance(left, Partial):
        return not _all_below(right, left, or_equal=not or_equal)
    raise NotFixed


def _all_below(ranged: Ranged, limit: Value, *, or_equal: bool) -> bool:
    """Whether every candidate is below the limit (True) or none is (False); NotFixed for some."""
    if _family(limit) != _family(ranged.sample) or _family(limit) not in _FAMILIES.values():
        raise NotFixed
    low, high = ranged.low, ranged.high
    if high and (high.value < limit or (high.value == limit and (or_equal or not high.inclusive))):
        return True
    if low and (low.value > limit or (low.value == limit and not (or_equal and low.inclusive))):
        return False
    raise NotFixed


def partial_is(value: Value, name: str) -> bool:
    """`value is name` of a partial value."""
    if isinstance(value, SomeMap):
        return name == "map"
    if isinstance(value, SomeList):
        return name == "list"
    if isinstance(value, Ranged) and value.excluded and name == "null" and value.low is value.high is None:
        return _ranged_equal(value, None)
    family = _family(value.sample)
    if family == "number":
        if name in ("int", "float"):
            raise NotFixed
        return name == "number"
    return name == family


def partial_contains(container: Value, item: Value) -> bool:
    """`item in container` of a partial map or list."""
    if isinstance(container, SomeMap) and isinstance(item, str) and item in container.known:
        return True
    if isinstance(container, SomeList) and _has(container.elements, item):
        return True
    raise NotFixed


def partial_method(target: Value, name: str, arguments: Sequence[Value]) -> Value:
    """A method of a partial value, or a method with a partial argument."""
    if isinstance(target, SomeMap):
        return _map_method(target, name, arguments)
    if isinstance(target, SomeList):
        return _list_method(target, name, arguments)
    if name == "hasAny" and isinstance(target, list) and len(arguments) == 1:
        argument = arguments[0]
        if isinstance(argument, SomeList) and any(_has(target, element) for element in argument.elements):
            return True
    raise NotFixed


def _map_method(target: SomeMap, name: str, arguments: Sequence[Value]) -> Value:
    if name == "keys" and not arguments:
        return SomeList(tuple(target.known))
    if name != "get" or len(arguments) != 2:
        raise NotFixed
    key = arguments[0]
    found: Value = target
    for step in key if isinstance(key, list) else [key]:
        entries = found.known if isinstance(found, SomeMap) else found
        if not isinstance(entries, dict) or not isinstance(step, str):
            raise NotFixed
        if step not in entries:
            if isinstance(found, SomeMap):
                raise NotFixed
            return arguments[1]
        found = entries[step]
    return found


def _list_method(target: SomeList, name: str, arguments: Sequence[Value]) -> Value:
    if name == "toSet" and not arguments:
        return target
    if name not in ("hasAny", "hasAll") or len(arguments) != 1:
        raise NotFixed
    wanted = arguments[0]
    if isinstance(wanted, ValueSet):
        wanted = list(wanted.by_key.values())
    if isinstance(wanted, list):
        found = [_has(target.elements, item) for item in wanted]
        if any(found) if name == "hasAny" else all(found):
            return True
    raise NotFixed


def _has(elements: Sequence[Value], item: Value) -> bool:
    key = key_of(item)
    return any(key == key_of(element) for element in elements)
