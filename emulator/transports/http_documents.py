"""Whole databases over HTTP: clear, export and import as JSON lines."""

import asyncio
import re
from collections.abc import AsyncGenerator
from http import HTTPStatus
from urllib.parse import unquote

from emulator.core.databases import Instance
from emulator.core.documents import Version
from emulator.core.errors import InvalidArgument
from emulator.core.paths import DatabaseName, split_name
from emulator.service.service import Service
from emulator.transports.http_server import Reply, Request, error_reply, json_reply
from emulator.transports.proto_json import parse_text, to_json
from emulator.wire import Document, Write

_DOCUMENTS = re.compile(r"/emulator/v1/projects/([^/]+)/databases/([^/]+)/documents(:export|:import)?/?")
_METHODS = {"": "DELETE", ":export": "GET", ":import": "POST"}
_BATCH = 500


async def serve_documents(service: Service, request: Request) -> Reply | None:
    """The reply to a request about a whole database, None if the request is of another kind."""
    match = _DOCUMENTS.fullmatch(unquote(request.path))
    if match is None:
        return None
    name, action = DatabaseName(match[1], match[2]), match[3] or ""
    if request.method != _METHODS[action]:
        return error_reply(
            HTTPStatus.METHOD_NOT_ALLOWED, "UNIMPLEMENTED", f"{request.path} understands {_METHODS[action]}"
        )
    if action == ":export":
        return Reply(body=exported(service.databases.get(name)), content_type="application/x-ndjson")
    if action == ":import":
        return json_reply({"documents": await import_lines(service.databases.get(name), request.body)})
    service.databases.clear(name)
    return json_reply({})


async def exported(instance: Instance) -> AsyncGenerator[bytes, None]:
    """Every document as the REST API shows it, of one moment, sorted by path."""
    found = sorted(instance.database.versions(), key=lambda entry: entry[0])
    for start in range(0, len(found), _BATCH):
        yield b"".join(_line(version) for _, version in found[start : start + _BATCH])
        await asyncio.sleep(0)


def _line(version: Version) -> bytes:
    # Parsed here and not kept, so that an export does not displace the documents that are in use.
    return to_json(Document.FromString(version.wire)).encode("ascii") + b"\n"


async def import_lines(instance: Instance, body: bytes) -> int:
    """Write documents, in batches that each take effect as a whole; InvalidArgument names the line that is wrong."""
    writes = [
        _write(line, f"line {number}", instance.database.name)
        for number, line in enumerate(body.splitlines(), 1)
        if line.strip()
    ]
    for start in range(0, len(writes), _BATCH):
        await instance.transactions.commit(writes[start : start + _BATCH], None)
    return len(writes)


def _write(line: bytes, where: str, database: DatabaseName) -> Write:
    document = parse_text(Document, line, where)
    try:
        _, path = split_name(document.name)
    except InvalidArgument as refusal:
        raise InvalidArgument(f"{where}: {refusal.message}") from None
    document.name = f"{database.documents}/{path}"
    return Write(update=document)
