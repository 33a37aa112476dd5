"""What a document may hold, and the form in which the service stores it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from emulator.core.bson import bson_key, check_bson
from emulator.core.clock import check_timestamp
from emulator.core.errors import InvalidArgument
from emulator.core.order import is_vector
from emulator.core.paths import split_name
from emulator.core.sizes import stored_size
from emulator.wire import Document, Value

MAX_DOCUMENT_BYTES = 1_048_576
MAX_FIELD_NAME_BYTES = 1500
MAX_MAP_DEPTH = 20
MAX_VECTOR_LENGTH = 2048
# Values that are as they may be, whatever they are.
_PLAIN = frozenset(
    {"string_value", "integer_value", "boolean_value", "double_value", "bytes_value", "null_value"}
)
# A document's name, or a place and the field in it; spelt out only for a refusal.
_Place = Any


@lru_cache(maxsize=4096)  # the names of a collection's fields come again and again
def check_field_name(name: str) -> None:
    """Refuse empty, over-long and reserved (`__name__`-like) field names."""
    if not name:
        raise InvalidArgument("a field name must not be empty")
    if len(name) > 4 and name.startswith("__") and name.endswith("__"):
        raise InvalidArgument(f"the field name {name!r} is reserved")
    if len(name.encode()) > MAX_FIELD_NAME_BYTES:
        raise InvalidArgument(f"the field name {name[:40]!r}… is longer than {MAX_FIELD_NAME_BYTES} bytes")


def check_size(document: Document) -> None:
    """Refuse documents that are larger than 1 MiB as the service counts."""
    # The service's count is at most eight times that of protobuf, so small documents need no counting.
    if document.ByteSize() * 8 <= MAX_DOCUMENT_BYTES:
        return
    size = stored_size(document)
    if size > MAX_DOCUMENT_BYTES:
        raise InvalidArgument(
            f"Document '{document.name}' cannot be written because its size ({size:,} bytes) "
            f"exceeds the maximum allowed size of {MAX_DOCUMENT_BYTES:,} bytes."
        )


def normalise_fields(fields: Mapping[str, Value], name: str) -> None:
    """Bring the values of the document `name` into stored form; refuses values that cannot be stored.

    Times are cut to microseconds.
    """
    _check_map(fields, name, 1)


def _check_map(fields: Mapping[str, Value], where: _Place, depth: int) -> None:
    for name in fields:
        check_field_name(name)
        value = fields[name]  # items() of a protobuf map takes a quarter longer
        kind = value.WhichOneof("value_type")
        if kind not in _PLAIN:
            _check_value(value, kind, (where, name), depth)


def _check_value(value: Value, kind: str | None, where: _Place, depth: int) -> None:
    if depth > MAX_MAP_DEPTH:
        raise InvalidArgument(f"{_spelt(where)}: maps and arrays are nested deeper than {MAX_MAP_DEPTH}")
    if kind == "map_value":
        _check_map_value(value, where, depth)
    elif kind == "array_value":
        _check_array(value, where, depth)
    elif kind == "timestamp_value":
        check_timestamp(value.timestamp_value)
        value.timestamp_value.nanos -= value.timestamp_value.nanos % 1000
    elif kind == "geo_point_value":
        _check_geo_point(value, where)
    elif kind == "reference_value":
        split_name(value.reference_value)
    else:
        raise InvalidArgument(f"{_spelt(where)}: a value of kind {kind or 'unset'} cannot be stored")


def _check_map_value(value: Value, where: _Place, depth: int) -> None:
    if is_vector(value):
        elements = value.map_value.fields["value"].array_value.values
        if len(elements) > MAX_VECTOR_LENGTH:
            raise InvalidArgument(f"{_spelt(where)}: a vector has at most {MAX_VECTOR_LENGTH} dimensions")
    elif (special := bson_key(value)) is not None:
        check_bson(value, special, _spelt(where))
    else:
        _check_map(value.map_value.fields, where, depth + 1)


def _check_array(value: Value, where: _Place, depth: int) -> None:
    for element in value.array_value.values:
        kind = element.WhichOneof("value_type")
        if kind == "array_value":
            raise InvalidArgument(f"{_spelt(where)}: an array cannot hold another array directly")
        if kind not in _PLAIN:
            _check_value(element, kind, where, depth + 1)


def _check_geo_point(value: Value, where: _Place) -> None:
    point = value.geo_point_value
    if not (-90 <= point.latitude <= 90 and -180 <= point.longitude <= 180):
        raise InvalidArgument(
            f"{_spelt(where)}: latitude must be within ±90 and longitude within ±180 degrees"
        )


def _spelt(where: _Place) -> str:
    if isinstance(where, str):
        return where
    outer, field = where
    return f"{_spelt(outer)}, field {field!r}"
