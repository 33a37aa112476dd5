"""Values of BSON types, which clients send as maps with one reserved key, such as `{"__oid__": "…"}`.

They are what the client library's `bson` module writes (https://cloud.google.com/firestore, enterprise edition).
Here they are checked, brought into the form in which they are stored, and given their sort keys.
"""

import struct
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

from emulator.core.errors import InvalidArgument
from emulator.core.numbers import encode_double, encode_integer
from emulator.wire import Value

REGEX_OPTIONS = "imsux"
OBJECT_ID_DIGITS = 24
Kind = Literal["null_value", "integer_value", "string_value", "bytes_value", "map_value"]


class BsonType(NamedTuple):
    """One type: the kind of value under its key, its check, and its sort key without a type tag."""

    kind: Kind
    check: Callable[[Value], None]
    encode: Callable[[Value], bytes]


def bson_key(value: Value) -> str | None:
    """The reserved key of a map value of a BSON type, None for other values."""
    fields = value.map_value.fields
    if len(fields) != 1:
        return None
    (key,) = fields
    return key if key in TYPES else None


def check_bson(value: Value, key: str, where: str) -> None:
    """Refuse a malformed value of the type of `key`; bring a decimal into its stored form."""
    inner = value.map_value.fields[key]
    bson_type = TYPES[key]
    if inner.WhichOneof("value_type") != bson_type.kind:
        raise InvalidArgument(f"{where}: {key} must hold a {bson_type.kind.removesuffix('_value')}")
    try:
        bson_type.check(inner)
    except InvalidArgument as refusal:
        raise InvalidArgument(f"{where}: {refusal.message}") from None


def encode_bson(value: Value, key: str) -> bytes:
    """The sort key within the values of the same type (for numbers: among all numbers)."""
    return TYPES[key].encode(value.map_value.fields[key])


def _accept(inner: Value) -> None:
    """Nothing to check beyond the kind."""


def _check_int32(inner: Value) -> None:
    if not -(1 << 31) <= inner.integer_value < 1 << 31:
        raise InvalidArgument("__int__ must fit into 32 bits")


def _check_object_id(inner: Value) -> None:
    text = inner.string_value
    if len(text) != OBJECT_ID_DIGITS or any(digit not in "0123456789abcdefABCDEF" for digit in text):
        raise InvalidArgument(f"__oid__ must be {OBJECT_ID_DIGITS} hexadecimal digits")


def _check_binary(inner: Value) -> None:
    if not inner.bytes_value:
        raise InvalidArgument("__binary__ must begin with the subtype's byte")


def _integers(inner: Value, names: tuple[str, str]) -> tuple[int, int]:
    fields = inner.map_value.fields
    if set(fields) != set(names) or any(
        field.WhichOneof("value_type") != "integer_value" for field in fields.values()
    ):
        raise InvalidArgument(f"__request_timestamp__ must hold the integers {names[0]} and {names[1]}")
    first, second = (fields[name].integer_value for name in names)
    if not (0 <= first < 1 << 32 and 0 <= second < 1 << 32):
        raise InvalidArgument("the parts of __request_timestamp__ must fit into 32 bits without sign")
    return first, second


def _timestamp_parts(inner: Value) -> tuple[int, int]:
    return _integers(inner, ("seconds", "increment"))


def _check_timestamp(inner: Value) -> None:
    _timestamp_parts(inner)


def _regex_parts(inner: Value) -> tuple[str, str]:
    fields = inner.map_value.fields
    if set(fields) != {"pattern", "options"}:
        raise InvalidArgument("__regex__ must hold pattern and options")
    return fields["pattern"].string_value, fields["options"].string_value


def _check_regex(inner: Value) -> None:
    for option in _regex_parts(inner)[1]:
        if option not in REGEX_OPTIONS:
            raise InvalidArgument(
                f"Invalid regex option {option!r}; supported are {', '.join(REGEX_OPTIONS)}"
            )


def _decimal(inner: Value) -> Decimal:
    try:
        return Decimal(inner.string_value)
    except InvalidOperation:
        raise InvalidArgument(f"__decimal128__ is not a number: {inner.string_value!r}") from None


def _check_decimal(inner: Value) -> None:
    number = _decimal(inner)
    if not number.is_finite():
        inner.string_value = str(number)


def _encode_decimal(inner: Value) -> bytes:
    """Exact for integers of 64 bits, otherwise that of the nearest double."""
    number = _decimal(inner)
    if number.is_finite() and number == int(number) and -(1 << 63) <= number < 1 << 63:
        return encode_integer(int(number))
    return encode_double(float(number))


def _encode_regex(inner: Value) -> bytes:
    pattern, options = _regex_parts(inner)
    return terminated(pattern.encode()) + terminated(options.encode())


def terminated(content: bytes) -> bytes:
    """Bytes of any length, escaped and closed so that no encoding is a prefix of another."""
    return content.replace(b"\x00", b"\x00\xff") + b"\x00\x01"


TYPES: dict[str, BsonType] = {
    "__min__": BsonType("null_value", _accept, lambda inner: b""),
    "__int__": BsonType("integer_value", _check_int32, lambda inner: encode_integer(inner.integer_value)),
    "__decimal128__": BsonType("string_value", _check_decimal, _encode_decimal),
    "__request_timestamp__": BsonType(
        "map_value", _check_timestamp, lambda inner: struct.pack(">II", *_timestamp_parts(inner))
    ),
    "__binary__": BsonType("bytes_value", _check_binary, lambda inner: terminated(inner.bytes_value)),
    "__oid__": BsonType("string_value", _check_object_id, lambda inner: inner.string_value.lower().encode()),
    "__regex__": BsonType("map_value", _check_regex, _encode_regex),
    "__max__": BsonType("null_value", _accept, lambda inner: b""),
}
