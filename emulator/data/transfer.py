"""`python -m emulator export` and `import`: documents of a running emulator to a file of JSON lines and back."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from emulator.data.errors import TransferFailed

IMPORT_BYTES = 4 << 20
_SECONDS = 600


def export_documents(address: str, project: str, database: str, file: Path) -> int:
    """Write all documents of a database to a file, one a line; their number."""
    content = _request(address, "GET", _path(project, database, "export"))
    file.write_bytes(content)
    return content.count(b"\n")


def import_documents(address: str, project: str, database: str, file: Path) -> int:
    """Write the documents of a file, whatever database they come from, to a database; their number."""
    path = _path(project, database, "import")
    return sum(json.loads(_request(address, "POST", path, part))["documents"] for part in _parts(file))


def _path(project: str, database: str, action: str) -> str:
    return f"/emulator/v1/projects/{quote(project)}/databases/{quote(database)}/documents:{action}"


def _parts(file: Path) -> Iterator[bytes]:
    """Whole lines, together no longer than a request should be."""
    part: list[bytes] = []
    size = 0
    with file.open("rb") as lines:
        for line in lines:
            if size + len(line) > IMPORT_BYTES and part:
                yield b"".join(part)
                part, size = [], 0
            part.append(line)
            size += len(line)
    yield b"".join(part)


def _request(address: str, method: str, path: str, body: bytes | None = None) -> bytes:
    connection = http.client.HTTPConnection(address, timeout=_SECONDS)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        content = response.read()
    except OSError as error:
        raise TransferFailed(f"no emulator answers at {address}: {error}") from error
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise TransferFailed(_reason(content))
    return content


def _reason(content: bytes) -> str:
    try:
        return str(json.loads(content)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace")
