"""Reading, setting and deleting values inside a document's fields by path."""

from collections.abc import Iterable, MutableMapping

from emulator.core.order import is_vector
from emulator.core.paths import DOCUMENT_ID, FieldPath
from emulator.wire import Document, Value

Fields = MutableMapping[str, Value]


def find_value(fields: Fields, path: FieldPath) -> Value | None:
    """The value at a path, or None where nothing is."""
    for segment in path[:-1]:
        if segment not in fields:
            return None
        value = fields[segment]
        if value.WhichOneof("value_type") != "map_value" or is_vector(value):
            return None
        fields = value.map_value.fields
    return fields[path[-1]] if path[-1] in fields else None  # noqa: SIM401 - get() of a message map adds it


def set_value(fields: Fields, path: FieldPath, value: Value) -> None:
    """Put a value at a path; what is not a map on the way becomes one."""
    for segment in path[:-1]:
        step = fields[segment]
        if step.WhichOneof("value_type") != "map_value":
            step.map_value.SetInParent()
        fields = step.map_value.fields
    fields[path[-1]].CopyFrom(value)


def delete_value(fields: Fields, path: FieldPath) -> None:
    """Remove what is at a path, if anything."""
    for segment in path[:-1]:
        if segment not in fields or fields[segment].WhichOneof("value_type") != "map_value":
            return
        fields = fields[segment].map_value.fields
    if path[-1] in fields:
        del fields[path[-1]]


def project(document: Document, paths: Iterable[FieldPath]) -> Document:
    """A copy of a document with only the fields at `paths`; none for the document id."""
    copy = Document(name=document.name, create_time=document.create_time, update_time=document.update_time)
    for path in paths:
        if path == DOCUMENT_ID:
            continue
        value = find_value(document.fields, path)
        if value is not None:
            set_value(copy.fields, path, value)
    return copy
