"""Documents with their recent versions."""

from dataclasses import dataclass

from emulator.core.fields import find_value
from emulator.core.order import encode, encode_path
from emulator.core.paths import DOCUMENT_ID, FieldPath, last_segment, parent_of
from emulator.wire import Document


class Version:
    """A document as one commit left it; `document` is None where it deleted it."""

    __slots__ = ("created", "document", "key", "keys", "time")

    def __init__(self, key: bytes, time: int, created: int, document: Document | None) -> None:
        self.key = key
        self.time = time
        self.created = created
        self.document = document
        self.keys: dict[FieldPath, bytes | None] = {}

    def field_key(self, path: FieldPath) -> bytes | None:
        """The sort key of the value at a path (of the document's path for its id), None where nothing is."""
        try:
            return self.keys[path]
        except KeyError:
            key = self._encode_field(path)
            self.keys[path] = key
            return key

    def _encode_field(self, path: FieldPath) -> bytes | None:
        if path == DOCUMENT_ID:
            return self.key
        if self.document is None:
            return None
        value = find_value(self.document.fields, path)
        return None if value is None else encode(value)

    def element_keys(self, path: FieldPath) -> set[bytes]:
        """Sort keys of the elements of the array at a path; empty if there is no array."""
        value = find_value(self.document.fields, path) if self.document is not None else None
        if value is None or value.WhichOneof("value_type") != "array_value":
            return set()
        return {encode(element) for element in value.array_value.values}


class Record:
    """All that is known of one document path: its versions, oldest first, the last one current."""

    __slots__ = ("collection", "key", "name", "path", "versions")

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.name = name
        self.key = encode_path(path)
        self.collection = parent_of(path)
        self.versions: list[Version] = []

    @property
    def collection_id(self) -> str:
        """The id of the collection it is in."""
        return last_segment(self.collection)

    @property
    def current(self) -> Version | None:
        """The version that exists now, None if the document does not."""
        return self.versions[-1] if self.versions and self.versions[-1].document is not None else None

    def at(self, time: int) -> Version | None:
        """The version that existed at `time` (microseconds), None if the document did not."""
        for version in reversed(self.versions):
            if version.time <= time:
                return version if version.document is not None else None
        return None


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit did to one document; None stands for a document that does not exist."""

    record: Record
    old: Version | None
    new: Version | None
