"""Messages as JSON texts, in ASCII so that their length is the same in bytes and characters.

The encoder is compiled per message type, because a generic one takes seconds for a listener's 30,000 documents.
"""

import json
import math
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii as quote
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor

Encode = Callable[[Any], str]
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - every time here is UTC, and isoformat must not say so


def to_json(message: Any) -> str:
    """The JSON text of a message."""
    return _message_encoder(message.DESCRIPTOR)(message)


def _double(number: float) -> str:
    if math.isfinite(number):
        return repr(number)
    return '"NaN"' if math.isnan(number) else '"Infinity"' if number > 0 else '"-Infinity"'


@lru_cache(maxsize=4096)
def _civil_time(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()


def _timestamp(message: Any) -> str:
    return f'"{_civil_time(message.seconds)}{_fraction(message.nanos)}Z"'


def _duration(message: Any) -> str:
    sign = "-" if message.seconds < 0 or message.nanos < 0 else ""
    return f'"{sign}{abs(message.seconds)}{_fraction(abs(message.nanos))}s"'


def _fraction(nanos: int) -> str:
    if nanos == 0:
        return ""
    return f".{nanos // 1000:06d}" if nanos % 1000 == 0 else f".{nanos:09d}"


_WELL_KNOWN: dict[str, Encode] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.Struct": lambda message: json.dumps(json_format.MessageToDict(message)),
    "google.protobuf.Any": lambda message: json.dumps(json_format.MessageToDict(message)),
}
_WRAPPERS = {"google.protobuf.Int32Value", "google.protobuf.DoubleValue", "google.protobuf.BoolValue"}
_SCALARS: dict[int, Encode] = {
    FieldDescriptor.CPPTYPE_STRING: quote,
    FieldDescriptor.CPPTYPE_BOOL: lambda value: "true" if value else "false",
    FieldDescriptor.CPPTYPE_DOUBLE: _double,
    FieldDescriptor.CPPTYPE_FLOAT: _double,
    FieldDescriptor.CPPTYPE_INT32: str,
    FieldDescriptor.CPPTYPE_UINT32: str,
    FieldDescriptor.CPPTYPE_INT64: lambda value: f'"{value}"',
    FieldDescriptor.CPPTYPE_UINT64: lambda value: f'"{value}"',
}


def _bytes(value: bytes) -> str:
    return f'"{b64encode(value).decode()}"'


def _enum_encoder(field: FieldDescriptor) -> Encode:
    enum: Any = field.enum_type
    if enum.full_name == "google.protobuf.NullValue":
        return lambda _: "null"
    names = {value.number: quote(value.name) for value in enum.values}
    return lambda number: names.get(number) or str(number)


def _value_encoder(field: FieldDescriptor) -> Encode:
    """Of one value of a field: for repeated ones, of an element."""
    if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        return _message_encoder(field.message_type)
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return _enum_encoder(field)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes
    return _SCALARS[field.cpp_type]


def _field_encoder(field: FieldDescriptor) -> Encode:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        value = _value_encoder(entry.fields_by_name["value"])
        return lambda items: "{" + ",".join([f"{quote(key)}:{value(items[key])}" for key in items]) + "}"
    element = _value_encoder(field)
    if field.is_repeated:
        return lambda items: "[" + ",".join([element(item) for item in items]) + "]"
    return element


@cache
def _message_encoder(descriptor: Descriptor) -> Encode:
    if descriptor.full_name in _WELL_KNOWN:
        return _WELL_KNOWN[descriptor.full_name]
    if descriptor.full_name in _WRAPPERS:
        wrapped = _value_encoder(descriptor.fields_by_name["value"])
        return lambda message: wrapped(message.value)
    if len(descriptor.oneofs) == 1 and len(descriptor.oneofs[0].fields) == len(descriptor.fields):
        return _union_encoder(descriptor.oneofs[0].name, descriptor.fields_by_name)
    return _fields_encoder()


def _union_encoder(oneof: str, fields: Any) -> Encode:
    """Of messages that are one of several things, as values are: faster than asking for all their fields."""
    known: dict[str, tuple[str, Encode]] = {}

    def encode(message: Any) -> str:
        kind = message.WhichOneof(oneof)
        if kind is None:
            return "{}"
        found = known.get(kind)
        if found is None:
            field = fields[kind]
            found = known[kind] = "{" + quote(field.json_name) + ":", _field_encoder(field)
        return found[0] + found[1](getattr(message, kind)) + "}"

    return encode


def _fields_encoder() -> Encode:
    # Filled when a field is first seen, because message types refer to each other in circles.
    known: dict[int, tuple[str, Encode]] = {}

    def encode(message: Any) -> str:
        parts = []
        for field, value in message.ListFields():
            found = known.get(field.number)
            if found is None:
                found = known[field.number] = quote(field.json_name) + ":", _field_encoder(field)
            parts.append(found[0] + found[1](value))
        return "{" + ",".join(parts) + "}"

    return encode
