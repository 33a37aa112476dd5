"""RPCs that read documents by name."""

from collections.abc import Iterator
from typing import Any

from emulator.core.databases import Databases
from emulator.core.documents import Version
from emulator.core.errors import NotFound
from emulator.core.fields import project
from emulator.core.paths import FieldPath, document_path, parse_database, parse_field_path, split_name
from emulator.core.rpc.snapshots import Snapshot, open_snapshot
from emulator.core.usage import note_reads
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


async def get_document(databases: Databases, request: Any) -> Any:
    """One document; NotFound if it does not exist."""
    instance = databases.get(split_name(request.name)[0])
    path = document_path(request.name, instance.database.name)
    mask = parse_mask(request)
    snapshot = open_snapshot(instance, request)
    await snapshot.lock([path])
    version = snapshot.get([path])[path]
    note_reads(1)
    if version is None:
        raise NotFound(f"Document {request.name!r} not found.")
    return masked(version.document, mask)


async def batch_get_documents(databases: Databases, request: Any) -> Iterator[Any]:
    """A response per document, found or missing, all of one moment."""
    instance = databases.get(parse_database(request.database))
    mask = parse_mask(request)
    names = {document_path(name, instance.database.name): name for name in request.documents}
    snapshot = open_snapshot(instance, request)
    await snapshot.lock(names)
    versions = snapshot.get(names)
    note_reads(len(names))
    return iter(_found_or_missing(snapshot, names, versions, mask))


def _found_or_missing(
    snapshot: Snapshot, names: dict[str, str], versions: dict[str, Version | None], mask: Mask
) -> list[Any]:
    response = MESSAGES["BatchGetDocumentsResponse"]
    read_time = snapshot.read_time()
    found, missing = [], []
    for path, name in names.items():
        version = versions[path]
        if version is None:
            missing.append(response(missing=name, read_time=read_time))
        else:
            found.append(response(found=masked(version.document, mask), read_time=read_time))
    # The service sends what it found first; clients match by name.
    responses = found + missing
    if snapshot.begun:
        responses = responses or [response(read_time=read_time)]
        responses[0].transaction = snapshot.begun
    return responses
