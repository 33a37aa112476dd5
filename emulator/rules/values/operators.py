"""The operators of the rules language.

Equality never fails across types; order and arithmetic do. Integers have 64 bits and overflow is an error, division
of integers truncates towards zero, a float operand makes the result a float.
"""

import math
from collections.abc import Callable
from typing import Any

from emulator.rules.values.partial import SomeMap, partial_contains, partial_equal, partial_is, partial_less
from emulator.rules.values.types import (
    Duration,
    EvaluationError,
    NotFixed,
    Partial,
    Path,
    Timestamp,
    Value,
    ValueSet,
    check_int,
    key_of,
    type_name,
)

_SCALARS = frozenset({str, bool, bytes, int, Timestamp, Duration, type(None)})
_Table = dict[tuple[type, type], Callable[[Any, Any], Value]]


def equal(left: Value, right: Value) -> bool:
    """`left == right`: by value, across integers and floats, false across other types."""
    kind = type(left)
    if kind is type(right) and kind in _SCALARS:
        return bool(left == right)
    if isinstance(left, Partial) or isinstance(right, Partial):
        return partial_equal(left, right)
    if left is None or right is None:
        return left is right
    return key_of(left) == key_of(right)


def contains(item: Value, container: Value) -> bool:
    """`item in container`: of a list or set, or a key of a map."""
    kind = type(container)
    if kind is dict:
        if type(item) is str:
            return item in container
        raise unsupported("in", item, container)
    if kind is list:
        return any(equal(item, element) for element in container)
    if kind is ValueSet:
        return key_of(item) in container.by_key
    if isinstance(container, Partial):
        return partial_contains(container, item)
    raise unsupported("in", item, container)


def is_type(value: Value, name: str) -> bool:
    """`value is name`, where `number` stands for integers and floats."""
    if isinstance(value, Partial):
        return partial_is(value, name)
    actual = type_name(value)
    return actual == name or (name == "number" and actual in ("int", "float"))


def unsupported(operator: str, left: Value, right: Value) -> EvaluationError:
    """What to raise where a binary operator has no meaning for these types."""
    if left is None or right is None:
        return EvaluationError("Null value error.")
    names = f"{type_name(left)} {operator} {type_name(right)}"
    return EvaluationError(f"Unsupported operation error. Received: {names}.")


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise EvaluationError("Division by zero.")
    return check_int(_quotient(left, right))


def _quotient(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int:
    if right == 0:
        raise EvaluationError("Division by zero.")
    return left - right * _quotient(left, right)


def _divide_floats(left: float, right: float) -> float:
    if right:
        return left / right
    return (
        math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
    )


def _remainder_floats(left: float, right: float) -> float:
    if right == 0 or math.isinf(left):
        return math.nan
    return math.fmod(left, right)


def _numeric(on_ints: Callable[[int, int], int], on_floats: Callable[[float, float], float]) -> _Table:
    def mixed(left: int | float, right: int | float) -> float:
        return on_floats(float(left), float(right))

    return {(int, int): on_ints, (int, float): mixed, (float, int): mixed, (float, float): mixed}


_ARITHMETIC: dict[str, _Table] = {
    "+": {
        **_numeric(lambda left, right: check_int(left + right), lambda left, right: left + right),
        (str, str): lambda left, right: left + right,
        (Timestamp, Duration): lambda left, right: Timestamp(left.nanos + right.nanos),
        (Duration, Timestamp): lambda left, right: Timestamp(left.nanos + right.nanos),
        (Duration, Duration): lambda left, right: Duration(left.nanos + right.nanos),
    },
    "-": {
        **_numeric(lambda left, right: check_int(left - right), lambda left, right: left - right),
        (Timestamp, Duration): lambda left, right: Timestamp(left.nanos - right.nanos),
        (Timestamp, Timestamp): lambda left, right: Duration(left.nanos - right.nanos),
        (Duration, Duration): lambda left, right: Duration(left.nanos - right.nanos),
    },
    "*": _numeric(lambda left, right: check_int(left * right), lambda left, right: left * right),
    "/": _numeric(_divide, _divide_floats),
    "%": _numeric(_remainder, _remainder_floats),
}
_ORDERED = frozenset(
    {(left, right) for left in (int, float) for right in (int, float)}
    | {(kind, kind) for kind in (str, bytes, Timestamp, Duration)}
)


def arithmetic(operator: str) -> Callable[[Value, Value], Value]:
    """The function of `+`, `-`, `*`, `/` or `%`."""
    table = _ARITHMETIC[operator]

    def apply(left: Value, right: Value) -> Value:
        function = table.get((type(left), type(right)))
        if function is None:
            raise unsupported(operator, left, right)
        return function(left, right)

    return apply


def less(left: Value, right: Value) -> bool:
    """`left < right`; EvaluationError across types that have no common order."""
    if (type(left), type(right)) in _ORDERED:
        return bool(left < right)
    return _less_otherwise(left, right, or_equal=False)


def less_or_equal(left: Value, right: Value) -> bool:
    """`left <= right`; EvaluationError across types that have no common order."""
    if (type(left), type(right)) in _ORDERED:
        return bool(left <= right)
    return _less_otherwise(left, right, or_equal=True)


def _less_otherwise(left: Value, right: Value, *, or_equal: bool) -> bool:
    if isinstance(left, Partial) or isinstance(right, Partial):
        return partial_less(left, right, or_equal=or_equal)
    raise unsupported("<=" if or_equal else "<", left, right)


def negate(value: Value) -> Value:
    """`-value`"""
    if type(value) is int:
        return check_int(-value)
    if type(value) is float:
        return -value
    if type(value) is Duration:
        return Duration(-value.nanos)
    raise EvaluationError(f"Unsupported operation error. Received: -{type_name(value)}.")


def truth(value: Value) -> bool:
    """The operand of a logical operator, which must be a boolean."""
    if value is True or value is False:
        return bool(value)
    if value is None:
        raise EvaluationError("Null value error.")
    raise type_error(value, "bool")


def type_error(value: Value, expected: str) -> EvaluationError:
    """What to raise where a value has another type than expected (names separated by commas)."""
    if value is None:
        return EvaluationError("Null value error.")
    if isinstance(value, Partial):
        return NotFixed()
    return EvaluationError(f"Type error. Received: [{type_name(value)}] Expected: [{expected}].")


def member(target: Value, name: str) -> Value:
    """`target.name`: the entry of a map."""
    if type(target) is dict:
        try:
            return target[name]
        except KeyError:
            raise EvaluationError(f"Property {name} is undefined on object.") from None
    if isinstance(target, SomeMap) and name not in target.known:
        raise EvaluationError(f"Property {name} is undefined on object.")
    if isinstance(target, SomeMap):
        return target.known[name]
    raise type_error(target, "map")


def index(target: Value, key: Value) -> Value:
    """`target[key]`: the entry of a map, the element of a list or path, the character of a string."""
    kind = type(target)
    if kind is dict or isinstance(target, SomeMap):
        if type(key) is not str:
            raise type_error(key, "string")
        return member(target, key)
    if kind not in (list, str, Path):
        raise type_error(target, "map,list,string,path")
    if type(key) is not int:
        raise type_error(key, "int")
    elements = target.segments if kind is Path else target
    if 0 <= key < len(elements):
        return elements[key]
    raise EvaluationError(f"Index {key} is out of bounds.")


def slice_of(target: Value, low: Value, high: Value) -> Value:
    """`target[low:high]` of a list or string; bounds beyond its size are errors."""
    if type(target) not in (list, str):
        raise type_error(target, "list,string")
    for bound in (low, high):
        if type(bound) is not int:
            raise type_error(bound, "int")
    if 0 <= low <= high <= len(target):
        return target[low:high]
    raise EvaluationError(f"Range [{low}:{high}] is out of bounds.")
