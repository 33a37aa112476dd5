"""Exports on disk as the Firebase CLI asks for them at its end and gives them back at the next start.

An export is a directory with a metadata file, which the CLI knows by its name, and the documents as JSON lines.
Google's emulator writes a binary format of its own, which is not read.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.core.databases import Databases
from emulator.core.errors import FirestoreError, InvalidArgument, PermissionDenied
from emulator.core.paths import DatabaseName, parse_database
from emulator.data.errors import TransferFailed
from emulator.service.service import Service
from emulator.transports.http_documents import exported, import_lines
from emulator.transports.http_server import Reply, Request, json_reply

_ENDPOINT = re.compile(r"/emulator/v1/projects/[^/:]+:export")
_FORMAT = "courtside-firestore-export 1"
_DOCUMENTS = "documents.jsonl"


async def serve_export(service: Service, request: Request) -> Reply | None:
    """The reply to the request for an export, None if the request is of another kind."""
    if request.method != "POST" or _ENDPOINT.fullmatch(request.path) is None:
        return None
    if "origin" in request.headers:
        raise PermissionDenied("web pages cannot make the emulator write files")
    try:
        content = json.loads(request.body)
    except ValueError as error:
        raise InvalidArgument(f"the body is not JSON: {error}") from None
    return json_reply({"metadata_file": str(await write_export(service.databases, content))})


async def write_export(databases: Databases, content: Any) -> Path:
    """Carry out `{"database", "export_directory", "export_name"}`; the metadata file. InvalidArgument says why not."""
    database = parse_database(_text(content, "database"))
    name = _text(content, "export_name")
    if Path(name).name != name or name.startswith("."):
        raise InvalidArgument(f"export_name {name!r} is not the name of a directory")
    directory = Path(_text(content, "export_directory")) / name
    metadata = directory / f"{name}.overall_export_metadata"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / _DOCUMENTS).open("wb") as file:
            async for piece in exported(databases.get(database)):
                file.write(piece)
        metadata.write_text(json.dumps({"format": _FORMAT, "database": str(database), "file": _DOCUMENTS}))
    except OSError as error:
        raise InvalidArgument(f"{directory} cannot be written: {error.strerror}") from error
    return metadata


def _text(content: Any, key: str) -> str:
    value = content.get(key) if isinstance(content, Mapping) else None
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"{key} must be a text")
    return value


async def seed_from_export(databases: Databases, metadata: Path, project: str | None = None) -> int:
    """Write the documents of an export to its database, in `project` if one is named; their number.

    TransferFailed says what is wrong with the export.
    """
    try:
        database, lines = _read(metadata)
        target = DatabaseName(project or database.project, database.database)
        return await import_lines(databases.get(target), lines)
    except OSError as error:
        raise TransferFailed(f"{error.filename} cannot be read: {error.strerror}") from error
    except FirestoreError as refusal:
        raise TransferFailed(f"{metadata}: {refusal.message}") from refusal


def _read(metadata: Path) -> tuple[DatabaseName, bytes]:
    try:
        content = json.loads(metadata.read_bytes())
    except ValueError:
        content = None
    if not isinstance(content, Mapping) or content.get("format") != _FORMAT:
        raise TransferFailed(
            f"{metadata} is not an export of this emulator; exports of Google's are not supported"
        )
    database = parse_database(_text(content, "database"))
    return database, (metadata.parent / Path(_text(content, "file")).name).read_bytes()
