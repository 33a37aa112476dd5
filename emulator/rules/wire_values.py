"""Stored values and documents as rules compute with them."""

from collections.abc import Callable
from typing import Any

from emulator.rules.requests import Resource
from emulator.rules.values.types import LatLng, Path, Timestamp, Value
from emulator.wire import Document
from emulator.wire import Value as StoredValue

_PREFIX = 2
"""How many segments (`projects/{project}`) a resource name has before the path that rules see."""


def timestamp_of(message: Any) -> Timestamp:
    """A protobuf timestamp."""
    return Timestamp(message.seconds * 1_000_000_000 + message.nanos)


def path_of(name: str) -> Path:
    """`/databases/{database}/documents/…` of a document's resource name."""
    return Path(tuple(name.split("/")[_PREFIX:]))


def value_of(stored: StoredValue) -> Value:
    """A stored value; map entries are in the order of their keys."""
    kind = stored.WhichOneof("value_type")
    return None if kind is None else _READERS[kind](stored)


def map_of(fields: Any) -> dict[str, Value]:
    """The fields of a document or map value."""
    return {name: value_of(fields[name]) for name in sorted(fields)}


def _geo_point(stored: StoredValue) -> LatLng:
    return LatLng(stored.geo_point_value.latitude, stored.geo_point_value.longitude)


_READERS: dict[str, Callable[[StoredValue], Value]] = {
    "null_value": lambda stored: None,
    "boolean_value": lambda stored: stored.boolean_value,
    "integer_value": lambda stored: stored.integer_value,
    "double_value": lambda stored: stored.double_value,
    "timestamp_value": lambda stored: timestamp_of(stored.timestamp_value),
    "string_value": lambda stored: stored.string_value,
    "bytes_value": lambda stored: stored.bytes_value,
    "reference_value": lambda stored: path_of(stored.reference_value),
    "geo_point_value": _geo_point,
    "array_value": lambda stored: [value_of(item) for item in stored.array_value.values],
    "map_value": lambda stored: map_of(stored.map_value.fields),
}


def stored_resource(document: Document) -> Resource:
    """A stored document; its fields are read when a rule first looks at it."""

    def read() -> Value:
        name = path_of(document.name)
        return {"data": map_of(document.fields), "id": name.segments[-1], "__name__": name}

    return Resource(read)
