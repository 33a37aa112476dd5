"""The bytes of a data file: a header, then records, each a length, a checksum and a batch of documents.

A batch is what one commit left of the documents it changed, or some documents of a snapshot. Integers are little
endian; times are microseconds since the epoch. No I/O.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zlib import crc32

from emulator.data.errors import Damaged

HEADER = b"courtside-firestore 1\n"
_FRAME = struct.Struct("<II")
_BATCH = struct.Struct("<QII")
_ENTRY = struct.Struct("<QQII")
_DELETED = 0xFFFFFFFF


class Entry(NamedTuple):
    """A document as a commit left it: its serialised message, or None if it was deleted."""

    path: str
    created: int
    time: int
    wire: bytes | None


class Batch(NamedTuple):
    """Documents of one database, as a commit at `time` left them."""

    database: str
    time: int
    entries: list[Entry]


def encode_batch(database: str, time: int, entries: Iterable[Entry]) -> bytes:
    """A record with its frame."""
    parts = []
    for path, created, changed, wire in entries:
        encoded = path.encode()
        parts.append(_ENTRY.pack(created, changed, len(encoded), _DELETED if wire is None else len(wire)))
        parts.append(encoded)
        parts.append(wire or b"")
    name = database.encode()
    body = b"".join((_BATCH.pack(time, len(name), len(parts) // 3), name, *parts))
    return _FRAME.pack(len(body), crc32(body)) + body


def decode_batches(data: bytes | memoryview) -> Iterator[tuple[Batch, int]]:
    """The batches of a file and the position after each; ends before a record that was not written whole.

    Damaged if the header is wrong or a record before the last one does not match its checksum.
    """
    view = memoryview(data)
    if len(view) < len(HEADER) and HEADER.startswith(bytes(view)):
        return
    if view[: len(HEADER)] != HEADER:
        raise Damaged("it does not begin like a data file of this emulator")
    position = len(HEADER)
    while position + _FRAME.size <= len(view):
        length, checksum = _FRAME.unpack_from(view, position)
        start = position + _FRAME.size
        end = start + length
        body = view[start:end]
        if end > len(view):
            return
        if crc32(body) != checksum:
            if end == len(view):
                return
            raise Damaged(f"the record at byte {position} does not match its checksum")
        yield _decode_body(body), end
        position = end


def _decode_body(body: memoryview) -> Batch:
    time, name_length, count = _BATCH.unpack_from(body)
    position = _BATCH.size + name_length
    database = str(body[_BATCH.size : position], "utf-8")
    entries = []
    for _ in range(count):
        created, changed, path_length, wire_length = _ENTRY.unpack_from(body, position)
        start = position + _ENTRY.size
        middle = start + path_length
        path = str(body[start:middle], "utf-8")
        if wire_length == _DELETED:
            position, wire = middle, None
        else:
            position = middle + wire_length
            wire = bytes(body[middle:position])
        entries.append(Entry(path, created, changed, wire))
    return Batch(database, time, entries)
