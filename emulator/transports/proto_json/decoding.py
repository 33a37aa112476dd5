"""JSON texts as messages: a decoder compiled per message type for what clients send, protobuf's own for the rest.

Whatever is unusual, right or wrong, is left to protobuf, which either understands it or says what is wrong with it.
"""

import json
from base64 import b64decode
from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from emulator.core.errors import InvalidArgument

MAX_NESTING = 100
"""As for messages in their binary form."""
Fill = Callable[[Any, Any, int], None]
"""Puts JSON into an empty message, at some depth of nesting."""
Convert = Callable[[Any], Any]


class _Unusual(Exception):
    """Not the plain form of a value."""


def parse_text(message: Any, text: str | bytes, where: str = "the request") -> Any:
    """A `message` (a class) from JSON text; InvalidArgument with the place for anything else than its JSON form."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidArgument(f"Invalid JSON payload received: {where} is not JSON: {error}") from None
    return parse_content(message, content, where)


def parse_content(message: Any, content: object, where: str = "the request") -> Any:
    """A `message` (a class) from decoded JSON."""
    if not isinstance(content, dict):
        raise InvalidArgument(f"Invalid JSON payload received: {where} is not an object")
    parsed = message()
    try:
        _filler(message.DESCRIPTOR)(parsed, content, 0)
    except (_Unusual, ValueError, TypeError):
        return _parse_unusual(message, content)
    return parsed


def _parse_unusual(message: Any, content: dict[str, Any]) -> Any:
    try:
        return json_format.ParseDict(content, message(), max_recursion_depth=MAX_NESTING)
    except (json_format.ParseError, ValueError, RecursionError, TypeError, AttributeError) as error:
        raise InvalidArgument(f"Invalid JSON payload received: {error}") from None


def _exactly(kind: type) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is not kind:
            raise _Unusual
        return value

    return convert


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is str and value.lstrip("-").isdecimal():
        return int(value)
    raise _Unusual


def _double(value: Any) -> float:
    if type(value) in (float, int) or value in ("NaN", "Infinity", "-Infinity", "-0"):
        return float(value)
    raise _Unusual


def _bytes(value: Any) -> bytes:
    return b64decode(_exactly(str)(value), validate=True)


def _enum(field: FieldDescriptor) -> Convert:
    enum: Any = field.enum_type
    numbers: dict[Any, int] = {value.name: value.number for value in enum.values}
    if enum.full_name == "google.protobuf.NullValue":
        numbers[None] = 0

    def convert(value: Any) -> int:
        number = numbers.get(value)
        if number is None:
            raise _Unusual
        return number

    return convert


_SCALARS: dict[int, Convert] = {
    FieldDescriptor.CPPTYPE_STRING: _exactly(str),
    FieldDescriptor.CPPTYPE_BOOL: _exactly(bool),
    FieldDescriptor.CPPTYPE_DOUBLE: _double,
    FieldDescriptor.CPPTYPE_INT32: _integer,
    FieldDescriptor.CPPTYPE_INT64: _integer,
}
_WRAPPERS = {"google.protobuf.Int32Value", "google.protobuf.Int64Value", "google.protobuf.DoubleValue"}


def _unknown(value: Any) -> Any:
    raise _Unusual


def _converter(field: FieldDescriptor) -> Convert:
    """Of scalar values."""
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return _enum(field)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes
    return _SCALARS.get(field.cpp_type, _unknown)


def _field_filler(field: FieldDescriptor) -> Fill:
    """Puts JSON into one field of a message."""
    name, inner = field.name, field.message_type
    if inner is None:
        convert = _converter(field)
        if field.is_repeated:
            return lambda message, value, depth: getattr(message, name).extend(
                map(convert, _exactly(list)(value))
            )
        return lambda message, value, depth: setattr(message, name, convert(value))
    if inner.GetOptions().map_entry:
        return _map_filler(name, inner.fields_by_name["value"])
    fill = _filler(inner)

    def fill_one(message: Any, value: Any, depth: int) -> None:
        part = getattr(message, name)
        part.SetInParent()
        fill(part, value, depth + 1)

    def fill_all(message: Any, values: Any, depth: int) -> None:
        parts = getattr(message, name)
        for value in _exactly(list)(values):
            fill(parts.add(), value, depth + 1)

    return fill_all if field.is_repeated else fill_one


def _map_filler(name: str, entry: FieldDescriptor) -> Fill:
    if entry.message_type is None:
        convert = _converter(entry)

        def set_entries(message: Any, values: Any, depth: int) -> None:
            entries = getattr(message, name)
            for key, value in _exactly(dict)(values).items():
                entries[key] = convert(value)

        return set_entries
    fill = _filler(entry.message_type)

    def fill_entries(message: Any, values: Any, depth: int) -> None:
        entries = getattr(message, name)
        for key, value in _exactly(dict)(values).items():
            fill(entries[key], value, depth + 1)

    return fill_entries


def _fill_timestamp(message: Any, value: Any, depth: int) -> None:
    message.FromJsonString(_exactly(str)(value))


def _wrapper_filler(descriptor: Descriptor) -> Fill:
    convert = _converter(descriptor.fields_by_name["value"])
    return lambda message, value, depth: setattr(message, "value", convert(value))


@cache
def _filler(descriptor: Descriptor) -> Fill:
    if descriptor.full_name == "google.protobuf.Timestamp":
        return _fill_timestamp
    if descriptor.full_name in _WRAPPERS:
        return _wrapper_filler(descriptor)
    if descriptor.full_name.startswith("google.protobuf."):
        return lambda message, value, depth: _unknown(value)
    fields: Any = descriptor.fields_by_camelcase_name
    # Filled when a field is first seen, because message types refer to each other in circles.
    known: dict[str, tuple[Fill, str | None]] = {}

    def fill(message: Any, content: Any, depth: int) -> None:
        if depth > MAX_NESTING:
            raise _Unusual
        for name, value in _exactly(dict)(content).items():
            found = known.get(name)
            if found is None:
                if name not in fields:
                    raise _Unusual
                oneof = fields[name].containing_oneof
                found = known[name] = _field_filler(fields[name]), oneof.name if oneof else None
            fill_field, alternatives = found
            if alternatives is not None and message.WhichOneof(alternatives) is not None:
                raise _Unusual
            fill_field(message, value, depth)

    return fill
