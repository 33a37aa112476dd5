"""Documents with their recent versions, kept serialised; the ones in use are kept open as well."""

from collections import deque
from dataclasses import dataclass

from emulator.core.fields import find_value
from emulator.core.order import encode, encode_path
from emulator.core.paths import DOCUMENT_ID, FieldPath, last_segment, parent_of
from emulator.wire import Document

MAX_OPEN = 2000
MAX_OPEN_BYTES = 32 << 20


class _Opened:
    """A parsed version and the sort keys that were asked of it."""

    __slots__ = ("document", "keys")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.keys: dict[FieldPath, bytes | None] = {}


class Version:
    """A document as one commit left it.

    A parsed message takes some ten times the memory of its bytes, so only versions used lately stay parsed.
    """

    __slots__ = ("_opened", "created", "key", "time", "wire")

    def __init__(self, key: bytes, time: int, created: int, wire: bytes) -> None:
        self.key = key
        self.time = time
        self.created = created
        self.wire = wire
        """The document, serialised."""
        self._opened: _Opened | None = None

    @classmethod
    def of(cls, key: bytes, time: int, created: int, document: Document) -> "Version":
        """A version whose document is at hand."""
        version = cls(key, time, created, document.SerializeToString())
        version._opened = _Opened(document)
        _open_versions.add(version)
        return version

    @property
    def size(self) -> int:
        """The length of its serialised form in bytes."""
        return len(self.wire)

    @property
    def document(self) -> Document:
        """The document; must not be changed."""
        return self._open().document

    def _open(self) -> _Opened:
        opened = self._opened
        if opened is None:
            opened = self._opened = _Opened(Document.FromString(self.wire))
            _open_versions.add(self)
        return opened

    def close(self) -> None:
        """Keep the bytes only."""
        self._opened = None

    def field_key(self, path: FieldPath) -> bytes | None:
        """The sort key of the value at a path (of the document's path for its id), None where nothing is."""
        if path == DOCUMENT_ID:
            return self.key
        opened = self._open()
        try:
            return opened.keys[path]
        except KeyError:
            value = find_value(opened.document.fields, path)
            key = opened.keys[path] = None if value is None else encode(value)
            return key

    def element_keys(self, path: FieldPath) -> set[bytes]:
        """Sort keys of the elements of the array at a path; empty if there is no array."""
        value = find_value(self.document.fields, path)
        if value is None or value.WhichOneof("value_type") != "array_value":
            return set()
        return {encode(element) for element in value.array_value.values}


class _OpenVersions:
    """The versions opened last, in number and bytes no more than a bound."""

    def __init__(self) -> None:
        self._queue: deque[Version] = deque()
        self._bytes = 0

    def add(self, version: Version) -> None:
        self._queue.append(version)
        self._bytes += version.size
        while len(self._queue) > MAX_OPEN or (self._bytes > MAX_OPEN_BYTES and len(self._queue) > 1):
            oldest = self._queue.popleft()
            self._bytes -= oldest.size
            oldest.close()


_open_versions = _OpenVersions()


@dataclass(frozen=True, slots=True)
class Deletion:
    """That a commit at `time` (microseconds) deleted the document."""

    time: int


class Record:
    """All that is known of one document path: its versions, oldest first, the last one current."""

    __slots__ = ("collection", "key", "name", "path", "versions")

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.name = name
        self.key = encode_path(path)
        self.collection = parent_of(path)
        self.versions: list[Version | Deletion] = []

    @property
    def collection_id(self) -> str:
        """The id of the collection it is in."""
        return last_segment(self.collection)

    @property
    def current(self) -> Version | None:
        """The version that exists now, None if the document does not."""
        last = self.versions[-1] if self.versions else None
        return last if isinstance(last, Version) else None

    def at(self, time: int) -> Version | None:
        """The version that existed at `time` (microseconds), None if the document did not."""
        for version in reversed(self.versions):
            if version.time <= time:
                return version if isinstance(version, Version) else None
        return None


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did to one document; None stands for a document that does not exist."""

    record: Record
    old: Version | None
    new: Version | None
