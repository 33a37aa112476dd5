"""Field transforms: new values computed from the stored ones."""

from collections.abc import Callable, Iterable
from math import isnan

from emulator.core.clock import to_timestamp
from emulator.core.errors import InvalidArgument
from emulator.core.fields import Fields, find_value, set_value
from emulator.core.order import encode
from emulator.core.paths import parse_field_path
from emulator.wire import ArrayValue, DocumentTransform, Value

_NUMBERS = ("integer_value", "double_value")
_MIN_INT, _MAX_INT = -(1 << 63), (1 << 63) - 1


def apply_transforms(
    fields: Fields, transforms: Iterable[DocumentTransform.FieldTransform], commit_time: int
) -> list[Value]:
    """Apply transforms to `fields` in order; the result of each, null for those on arrays."""
    return [_apply(fields, transform, commit_time) for transform in transforms]


def _apply(fields: Fields, transform: DocumentTransform.FieldTransform, commit_time: int) -> Value:
    path = parse_field_path(transform.field_path)
    kind = transform.WhichOneof("transform_type")
    if kind == "set_to_server_value":
        stored = result = _server_value(transform, commit_time)
    elif kind in _ARITHMETIC:
        operand = getattr(transform, kind)
        if _number(operand) is None:
            raise InvalidArgument(f"{kind} of {transform.field_path!r} needs a number")
        stored = result = _ARITHMETIC[kind](find_value(fields, path), operand)
    elif kind in _ARRAYS:
        stored = _ARRAYS[kind](find_value(fields, path), getattr(transform, kind).values)
        result = Value(null_value=0)
    else:
        raise InvalidArgument(f"transform of {transform.field_path!r} names no operation")
    set_value(fields, path, stored)
    return result


def _server_value(transform: DocumentTransform.FieldTransform, commit_time: int) -> Value:
    if transform.set_to_server_value != DocumentTransform.FieldTransform.REQUEST_TIME:
        raise InvalidArgument(f"unknown server value for {transform.field_path!r}")
    # The service stores request times with millisecond precision.
    return Value(timestamp_value=to_timestamp(commit_time // 1000 * 1000))


def _number(value: Value | None) -> int | float | None:
    if value is None or (kind := value.WhichOneof("value_type")) not in _NUMBERS:
        return None
    number: int | float = getattr(value, kind)
    return number


def increment(stored: Value | None, operand: Value) -> Value:
    """The sum; two integers saturate at the limits of 64 bits; what is not a number counts as missing."""
    left, right = _number(stored), _number(operand)
    if left is None or right is None:
        return operand
    if isinstance(left, int) and isinstance(right, int):
        return Value(integer_value=min(max(left + right, _MIN_INT), _MAX_INT))
    return Value(double_value=float(left) + float(right))


def _extreme(wanted: Callable[[bytes, bytes], bool]) -> Callable[[Value | None, Value], Value]:
    def choose(stored: Value | None, operand: Value) -> Value:
        number = _number(stored)
        if stored is None or number is None:
            return operand
        if isnan(number) or isnan(_number(operand) or 0):
            return Value(double_value=float("nan"))
        return operand if wanted(encode(operand), encode(stored)) else stored

    return choose


maximum = _extreme(lambda operand, stored: operand > stored)
minimum = _extreme(lambda operand, stored: operand < stored)


def _elements(stored: Value | None) -> list[Value]:
    if stored is None or stored.WhichOneof("value_type") != "array_value":
        return []
    return list(stored.array_value.values)


def array_union(stored: Value | None, added: Iterable[Value]) -> Value:
    """The stored elements, then those added that are not among them yet."""
    elements = _elements(stored)
    seen = {encode(element) for element in elements}
    for element in added:
        key = encode(element)
        if key not in seen:
            seen.add(key)
            elements.append(element)
    return Value(array_value=ArrayValue(values=elements))


def array_remove(stored: Value | None, removed: Iterable[Value]) -> Value:
    """The stored elements without all that equal a removed one."""
    unwanted = {encode(element) for element in removed}
    kept = [element for element in _elements(stored) if encode(element) not in unwanted]
    return Value(array_value=ArrayValue(values=kept))


_ARITHMETIC = {"increment": increment, "maximum": maximum, "minimum": minimum}
_ARRAYS = {"append_missing_elements": array_union, "remove_all_from_array": array_remove}
