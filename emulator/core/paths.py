"""Resource names of databases, collections and documents, and paths of fields."""

import re
from dataclasses import dataclass
from functools import lru_cache

from emulator.core.errors import InvalidArgument

FieldPath = tuple[str, ...]
DOCUMENT_ID: FieldPath = ("__name__",)
"""The pseudo field that stands for a document's name."""

MAX_ID_BYTES = 1500
MAX_DEPTH = 100
_RESERVED_ID = re.compile(r"__.*__\Z", re.DOTALL)
_NUMERIC_ID = re.compile(r"__id(-?\d+)__\Z")
_SIMPLE_FIELD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_QUOTED_FIELD = re.compile(r"`((?:[^`\\]|\\.)+)`", re.DOTALL)
_DATABASE = re.compile(r"projects/([^/]+)/databases/([^/]+)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DatabaseName:
    """Which database of which project."""

    project: str
    database: str

    def __str__(self) -> str:
        return f"projects/{self.project}/databases/{self.database}"

    @property
    def documents(self) -> str:
        """The resource name of the root of its documents."""
        return f"{self}/documents"


@lru_cache(maxsize=1024)
def parse_database(name: str) -> DatabaseName:
    """`projects/{project}/databases/{database}`; InvalidArgument for anything else."""
    match = _DATABASE.fullmatch(name)
    if match is None:
        raise InvalidArgument(
            f"not a database name: {name!r}; expected projects/{{project}}/databases/{{database}}"
        )
    return DatabaseName(match[1], match[2])


def split_name(name: str) -> tuple[DatabaseName, str]:
    """The database of a resource name and the path below its `documents` (empty for the root)."""
    parts = name.split("/", 5)
    if len(parts) < 5 or parts[4] != "documents":
        raise InvalidArgument(f"not a resource name below a database's documents: {name!r}")
    return parse_database("/".join(parts[:4])), parts[5] if len(parts) == 6 else ""


def document_path(name: str, database: DatabaseName) -> str:
    """The path of a document's resource name relative to its database, checked."""
    owner, path = split_name(name)
    if owner != database:
        raise InvalidArgument(f"document {name!r} is not in database {database}")
    check_document_path(path)
    return path


@lru_cache(maxsize=65536)
def check_document_path(path: str) -> None:
    """Refuse paths that do not name a document, or hold empty, reserved or over-long ids."""
    segments = path.split("/")
    if len(segments) % 2 or not path:
        raise InvalidArgument(f"document path {path!r} must have an even number of segments")
    if len(segments) > MAX_DEPTH * 2:
        raise InvalidArgument(f"document path is deeper than {MAX_DEPTH} collections")
    for segment in segments:
        check_id(segment, path)


def check_id(segment: str, where: str) -> None:
    """Refuse an id of a collection or document that the service does not allow."""
    if not segment or segment in (".", ".."):
        raise InvalidArgument(f"{where!r} holds the invalid id {segment!r}")
    if len(segment.encode()) > MAX_ID_BYTES:
        raise InvalidArgument(f"an id in {where[:80]!r}… is longer than {MAX_ID_BYTES} bytes")
    if _RESERVED_ID.match(segment) and not _NUMERIC_ID.match(segment):
        raise InvalidArgument(f"{where!r} holds the id {segment!r}, which is reserved")


def parent_of(path: str) -> str:
    """The collection of a document, or the document of a collection (empty for a root collection)."""
    return path.rpartition("/")[0]


def last_segment(path: str) -> str:
    """The id of a document or collection."""
    return path.rpartition("/")[2]


def numeric_id(segment: str) -> int | None:
    """The number of an id of the form `__id7__`; such ids sort before all others, by number."""
    match = _NUMERIC_ID.match(segment)
    number = int(match[1]) if match else None
    return number if number is not None and -(1 << 63) <= number < 1 << 63 else None


@lru_cache(maxsize=4096)
def parse_field_path(text: str) -> FieldPath:
    """Segments of a dotted field path; a segment between backquotes may hold any character.

    InvalidArgument when a segment is empty, badly quoted, or not a simple name where it is unquoted.
    """
    segments: list[str] = []
    position = 0
    while True:
        match = _SIMPLE_FIELD.match(text, position) or _QUOTED_FIELD.match(text, position)
        if match is None:
            raise InvalidArgument(f"invalid field path {text!r}")
        quoted = match.re is _QUOTED_FIELD
        segments.append(_ESCAPED.sub(r"\1", match[1]) if quoted else match[0])
        position = match.end()
        if position == len(text):
            return tuple(segments)
        if text[position] != ".":
            raise InvalidArgument(f"invalid field path {text!r}")
        position += 1


def format_field_path(path: FieldPath) -> str:
    """The text form of a field path, quoted where needed."""
    return ".".join(
        segment
        if _SIMPLE_FIELD.fullmatch(segment)
        else "`" + segment.replace("\\", "\\\\").replace("`", "\\`") + "`"
        for segment in path
    )
