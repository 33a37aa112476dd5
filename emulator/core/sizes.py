"""How large the service says that documents are (https://firebase.google.com/docs/firestore/storage-size)."""

from collections.abc import Callable, Mapping

from emulator.core.paths import split_name
from emulator.wire import Document, Value

DOCUMENT_OVERHEAD = 32
_NAME_OVERHEAD = 16


def stored_size(document: Document) -> int:
    """The size of a document in bytes: its name, its fields and a constant."""
    return name_size(document.name) + _fields_size(document.fields) + DOCUMENT_OVERHEAD


def name_size(name: str) -> int:
    """The size of a document's resource name in bytes."""
    _, path = split_name(name)
    return sum(len(segment.encode()) + 1 for segment in path.split("/")) + _NAME_OVERHEAD


def value_size(value: Value) -> int:
    """The size of a value in bytes."""
    return _SIZES.get(value.WhichOneof("value_type"), _one)(value)


def _fields_size(fields: Mapping[str, Value]) -> int:
    return sum(len(name.encode()) + 1 + value_size(value) for name, value in fields.items())


def _one(value: Value) -> int:
    return 1


_SIZES: dict[str | None, Callable[[Value], int]] = {
    "integer_value": lambda value: 8,
    "double_value": lambda value: 8,
    "timestamp_value": lambda value: 8,
    "geo_point_value": lambda value: 16,
    "string_value": lambda value: len(value.string_value.encode()) + 1,
    "bytes_value": lambda value: len(value.bytes_value),
    "reference_value": lambda value: name_size(value.reference_value),
    "array_value": lambda value: sum(map(value_size, value.array_value.values)),
    "map_value": lambda value: _fields_size(value.map_value.fields),
}
