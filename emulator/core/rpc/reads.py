"""RPCs that read documents by name."""

from collections.abc import Iterator
from typing import Any

from emulator.core.clock import to_micros, to_timestamp
from emulator.core.database import Database
from emulator.core.databases import Databases
from emulator.core.errors import NotFound
from emulator.core.fields import project
from emulator.core.paths import FieldPath, document_path, parse_database, parse_field_path, split_name
from emulator.wire import MESSAGES, Document

Mask = tuple[FieldPath, ...] | None


def parse_mask(request: Any) -> Mask:
    """The field paths of a request's mask, None when all fields are wanted."""
    if not request.HasField("mask"):
        return None
    return tuple(parse_field_path(path) for path in request.mask.field_paths)


def masked(document: Document, mask: Mask) -> Document:
    """The document, or a copy with the masked fields only."""
    return document if mask is None else project(document, mask)


def requested_time(request: Any) -> int | None:
    """The read time a request asks for in microseconds, None for now."""
    return to_micros(request.read_time) if request.HasField("read_time") else None


async def get_document(databases: Databases, request: Any) -> Any:
    """One document; NotFound if it does not exist."""
    database = databases.get(split_name(request.name)[0])
    time = requested_time(request)
    if time is not None:
        time = database.read_time(time)
    version = database.find(document_path(request.name, database.name), time)
    if version is None or version.document is None:
        raise NotFound(f"Document {request.name!r} not found.")
    return masked(version.document, parse_mask(request))


async def batch_get_documents(databases: Databases, request: Any) -> Iterator[Any]:
    """A response per document: found or missing."""
    database = databases.get(parse_database(request.database))
    time = requested_time(request)
    return _batch_get(database, request, time, database.read_time(time))


def _batch_get(database: Database, request: Any, time: int | None, read_at: int) -> Iterator[Any]:
    response = MESSAGES["BatchGetDocumentsResponse"]
    mask = parse_mask(request)
    read_time = to_timestamp(read_at)
    for name in dict.fromkeys(request.documents):
        version = database.find(document_path(name, database.name), time)
        if version is None or version.document is None:
            yield response(missing=name, read_time=read_time)
        else:
            yield response(found=masked(version.document, mask), read_time=read_time)
