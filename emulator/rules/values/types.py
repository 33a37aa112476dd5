"""The values of the rules language as Python objects, and the names of their types.

null, booleans, integers, floats, strings, bytes, lists and maps are `None`, `bool`, `int`, `float`, `str`, `bytes`,
`list` and `dict`; the rest are the classes below. Every value has exactly one of these classes, so that tables
can be keyed by `type(value)`.
"""

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

Value = Any
"""A value of the rules language; its type is known at run time only."""

INT_MIN = -(1 << 63)
INT_MAX = (1 << 63) - 1


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """A point in time, in nanoseconds since 1970 (UTC)."""

    nanos: int


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time in nanoseconds."""

    nanos: int


@dataclass(frozen=True, slots=True)
class LatLng:
    """A point on earth, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Path:
    """A path; a segment `{name}` is a place that `bind` fills."""

    segments: tuple[str, ...]

    def __str__(self) -> str:
        return "/" + "/".join(self.segments)


class ValueSet:
    """Unique values in the order in which they were first seen."""

    __slots__ = ("by_key",)

    def __init__(self, values: Iterable[Value]) -> None:
        self.by_key: dict[Hashable, Value] = {}
        for value in values:
            self.by_key.setdefault(key_of(value), value)

    def __repr__(self) -> str:
        return f"ValueSet({list(self.by_key.values())!r})"


@dataclass(frozen=True, slots=True)
class MapDiff:
    """The map on which `diff` was called, and the map it was given."""

    map: dict[str, Value]
    other: dict[str, Value]


class Partial:
    """A value of which only something is known: the field of any result of a query (see `emulator.rules.queries`)."""

    __slots__ = ()


class EvaluationError(Exception):
    """An expression has no value; `&&` and `||` absorb it where the other side decides."""


class NotFixed(EvaluationError):
    """The expression depends on what the query leaves open."""

    def __init__(self) -> None:
        super().__init__("The query does not determine the value.")


TYPE_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "bool",
    int: "int",
    float: "float",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "map",
    ValueSet: "set",
    Path: "path",
    Timestamp: "timestamp",
    Duration: "duration",
    LatLng: "latlng",
    MapDiff: "map_diff",
}


def type_name(value: Value) -> str:
    """The name that `is` tests; NotFixed for a partial value."""
    name = TYPE_NAMES.get(type(value))
    if name is None:
        raise NotFixed
    return name


def key_of(value: Value) -> Hashable:
    """A key that two values share exactly if `==` holds between them; NotFixed if a part is partial."""
    kind = type(value)
    if kind is float and math.isnan(value):
        return object()
    if kind is int or kind is float:
        return ("number", value)
    if kind is list:
        return ("list", *map(key_of, value))
    if kind is dict:
        return ("map", frozenset((name, key_of(item)) for name, item in value.items()))
    if kind is ValueSet:
        return ("set", frozenset(value.by_key))
    if kind is MapDiff:
        return ("map_diff", key_of(value.map), key_of(value.other))
    return (type_name(value), value)


def check_int(value: int) -> int:
    """The same integer; EvaluationError if it does not fit 64 bits."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise EvaluationError("Integer overflow.")
