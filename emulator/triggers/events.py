"""Changes of documents as CloudEvents in binary mode: headers and a serialised DocumentEventData.

Source: google/events/cloud/firestore/v1/data.proto, whose documents have the encoding of the API's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.core.clock import to_timestamp
from emulator.core.documents import Change, Version
from emulator.core.fields import Fields
from emulator.core.paths import DatabaseName, FieldPath, format_field_path
from emulator.wire import DocumentMask

LOCATION = "us-central1"
_SCHEMA = "https://github.com/googleapis/google-cloudevents/blob/main/proto/google/events/cloud/firestore/v1/data.proto"
_VALUE, _OLD_VALUE, _UPDATE_MASK = 1, 2, 3
_LENGTH_DELIMITED = 2


@dataclass(frozen=True, slots=True)
class Principal:
    """Who made a change: `type` is service_account, api_key (a user, whose uid is the id) or unauthenticated."""

    type: str
    id: str


UNAUTHENTICATED = Principal("unauthenticated", "")


@dataclass(frozen=True, slots=True)
class Event:
    """What one function is told of one change; `time` of the commit in microseconds."""

    id: str
    type: str
    database: DatabaseName
    path: str
    time: int
    body: bytes
    principal: Principal | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The attributes of the event."""
        headers = {
            "content-type": "application/protobuf",
            "ce-specversion": "1.0",
            "ce-id": self.id,
            "ce-type": self.type,
            "ce-source": f"//firestore.googleapis.com/{self.database}",
            "ce-subject": f"documents/{self.path}",
            "ce-time": to_timestamp(self.time).ToJsonString(),
            "ce-dataschema": _SCHEMA,
            "ce-datacontenttype": "application/protobuf",
            "ce-location": LOCATION,
            "ce-project": self.database.project,
            "ce-namespace": "(default)",
            "ce-database": self.database.database,
            "ce-document": self.path,
        }
        if self.principal is not None:
            headers |= {"ce-authtype": self.principal.type, "ce-authid": self.principal.id}
        return headers


def event_data(change: Change) -> bytes:
    """The document before and after a change, and which fields an update changed."""
    old, new = change.old, change.new
    data = b""
    if new is not None:
        data += _field(_VALUE, new.wire)
    if old is not None:
        data += _field(_OLD_VALUE, old.wire)
    if old is not None and new is not None:
        data += _field(_UPDATE_MASK, _mask(old, new).SerializeToString())
    return data


def _mask(old: Version, new: Version) -> DocumentMask:
    changed = _changed_paths(old.document.fields, new.document.fields)
    return DocumentMask(field_paths=[format_field_path(path) for path in changed])


def _changed_paths(old: Fields, new: Fields, above: FieldPath = ()) -> Iterator[FieldPath]:
    """The paths at which two maps of values differ, each as deep as both still have maps."""
    for name in sorted(old.keys() | new.keys()):
        path = (*above, name)
        if name not in old or name not in new:
            yield path
        elif old[name].HasField("map_value") and new[name].HasField("map_value"):
            yield from _changed_paths(old[name].map_value.fields, new[name].map_value.fields, path)
        elif old[name] != new[name]:
            yield path


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
