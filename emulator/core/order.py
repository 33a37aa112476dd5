"""An encoding of values into bytes that sort as Firestore sorts values.

Comparing two encodings compares the values, so that indexes, cursors, `in` lookups and equality are all
comparisons of bytes. Order across types (https://firebase.google.com/docs/firestore/manage-data/data-types):
null, booleans, NaN, numbers, timestamps, strings (by UTF-8), bytes, references, geographical points, arrays,
vectors, maps. No encoding is a prefix of another, so encodings can be concatenated, and inverted for
descending order.
"""

import struct
from functools import lru_cache

from emulator.core.bson import bson_key, encode_bson, terminated
from emulator.core.errors import InvalidArgument
from emulator.core.numbers import NAN, double_bits, encode_double, encode_integer
from emulator.core.paths import numeric_id
from emulator.wire import Value

NULL, BOOLEAN, NUMBER, TIMESTAMP, STRING, BYTES, REFERENCE, GEO_POINT, ARRAY, VECTOR, MAP = (
    bytes([10 * position]) for position in range(1, 12)
)
_BSON_TAGS = {
    "__min__": b"\x0e",  # after null
    "__int__": NUMBER,
    "__decimal128__": NUMBER,
    "__request_timestamp__": b"\x2c",  # after timestamps
    "__binary__": b"\x40",  # after bytes
    "__oid__": b"\x4a",  # after references
    "__regex__": b"\x54",  # after geographical points
    "__max__": b"\x72",  # after maps
}
END = b"\x00"
"""Closes what has no fixed length; below every type tag."""

NULL_KEY = NULL
NAN_KEY = NUMBER + NAN

_INVERT = bytes(255 - byte for byte in range(256))
_SIGN = 1 << 63
_pack_u64 = struct.Struct(">Q").pack


def descending(key: bytes) -> bytes:
    """The encoding that sorts the other way round."""
    return key.translate(_INVERT)


def bracket(key: bytes) -> tuple[bytes, bytes]:
    """Lower (inclusive) and upper (exclusive) bound of all values of the same type as `key`."""
    return key[:1], bytes([key[0] + 1])


def after(prefix: bytes) -> bytes:
    """The least bytes that are greater than everything starting with `prefix`."""
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes([trimmed[-1] + 1]) if trimmed else b"\xff" * (len(prefix) + 1)


def encode(value: Value) -> bytes:
    """The sort key of a value; InvalidArgument for kinds that cannot be stored."""
    kind = value.WhichOneof("value_type")
    try:
        return _ENCODERS[kind](value)
    except KeyError:
        raise InvalidArgument(f"a value of kind {kind or 'unset'} cannot be stored or compared") from None


def encode_text(tag: bytes, content: bytes) -> bytes:
    """Bytes of any length, escaped so that no encoding is a prefix of another."""
    return tag + terminated(content)


@lru_cache(maxsize=65536)
def encode_path(path: str) -> bytes:
    """Sort key of a document path within its database."""
    parent, _, last = path.rpartition("/")
    return _encode_segments(parent) + _encode_segment(last) + END if path else END


@lru_cache(maxsize=4096)
def _encode_segments(path: str) -> bytes:
    return b"".join(map(_encode_segment, path.split("/"))) if path else b""


def _encode_segment(segment: str) -> bytes:
    number = numeric_id(segment) if segment.startswith("__") else None
    if number is None:
        return encode_text(b"\x02", segment.encode())
    return b"\x01" + _pack_u64(number + _SIGN)


def _encode_reference(value: Value) -> bytes:
    return REFERENCE + encode_path(value.reference_value)


def _encode_timestamp(value: Value) -> bytes:
    time = value.timestamp_value
    return TIMESTAMP + _pack_u64(time.seconds + _SIGN) + struct.pack(">I", time.nanos)


def _encode_geo_point(value: Value) -> bytes:
    point = value.geo_point_value
    return GEO_POINT + _pack_u64(double_bits(point.latitude)) + _pack_u64(double_bits(point.longitude))


def _encode_array(value: Value) -> bytes:
    return ARRAY + b"".join(map(encode, value.array_value.values)) + END


def is_vector(value: Value) -> bool:
    """Whether a map value is a vector embedding (`__type__` is `__vector__`)."""
    fields = value.map_value.fields
    return "__type__" in fields and fields["__type__"].string_value == "__vector__"


def _encode_map(value: Value) -> bytes:
    fields = value.map_value.fields
    if is_vector(value):
        elements = fields["value"].array_value.values
        return VECTOR + struct.pack(">I", len(elements)) + b"".join(map(encode, elements))
    special = bson_key(value)
    if special is not None:
        return _BSON_TAGS[special] + encode_bson(value, special)
    keyed = sorted((encode_text(STRING, name.encode()), name) for name in fields)
    return MAP + b"".join(key + encode(fields[name]) for key, name in keyed) + END


_ENCODERS = {
    "null_value": lambda value: NULL,
    "boolean_value": lambda value: BOOLEAN + (b"\x01" if value.boolean_value else b"\x00"),
    "integer_value": lambda value: NUMBER + encode_integer(value.integer_value),
    "double_value": lambda value: NUMBER + encode_double(value.double_value),
    "timestamp_value": _encode_timestamp,
    "string_value": lambda value: encode_text(STRING, value.string_value.encode()),
    "bytes_value": lambda value: encode_text(BYTES, value.bytes_value),
    "reference_value": _encode_reference,
    "geo_point_value": _encode_geo_point,
    "array_value": _encode_array,
    "map_value": _encode_map,
}
