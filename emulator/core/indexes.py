"""Sorted indexes over a set of documents, built for the first query that needs them, kept by every commit."""

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import product
from typing import NamedTuple

from sortedcontainers import SortedDict

from emulator.core.documents import Change, Record, Version
from emulator.core.order import descending
from emulator.core.paths import DOCUMENT_ID, FieldPath

MAX_INDEXES_PER_SCOPE = 100


class Kind(Enum):
    """How a field enters an index."""

    ASCENDING = "asc"
    DESCENDING = "desc"
    CONTAINS = "contains"


class Component(NamedTuple):
    """One field of an index."""

    path: FieldPath
    kind: Kind


Shape = tuple[Component, ...]
"""The fields of an index in order; the last one is always the document id, which makes keys unique."""

BY_NAME: Shape = (Component(DOCUMENT_ID, Kind.ASCENDING),)


class KeyRange(NamedTuple):
    """Keys from `low` (inclusive) to `high` (exclusive); None is unbounded."""

    low: bytes | None
    high: bytes | None


def index_keys(shape: Shape, version: Version) -> list[bytes]:
    """The keys of a document in an index: none if it lacks a field, several where an array is indexed."""
    parts: list[Iterable[bytes]] = []
    for path, kind in shape:
        if kind is Kind.CONTAINS:
            parts.append(version.element_keys(path))
            continue
        key = version.field_key(path)
        if key is None:
            return []
        parts.append((key if kind is Kind.ASCENDING else descending(key),))
    return [b"".join(combination) for combination in product(*parts)]


def _entries(shape: Shape, records: Iterable[Record]) -> Iterator[tuple[bytes, Record]]:
    """The entries of existing documents; by name there is one for each, whose key is known."""
    present = ((record, record.current) for record in records)
    if shape == BY_NAME:
        return ((record.key, record) for record, version in present if version)
    return ((key, record) for record, version in present if version for key in index_keys(shape, version))


class Index:
    """Documents sorted by the fields of a shape."""

    def __init__(self, shape: Shape, records: Iterable[Record]) -> None:
        self.shape = shape
        self._entries: SortedDict[bytes, Record] = SortedDict(_entries(shape, records))

    def apply(self, change: Change) -> None:
        """Move a document from where its old version was to where its new one is."""
        old = index_keys(self.shape, change.old) if change.old else []
        new = index_keys(self.shape, change.new) if change.new else []
        if old == new:
            return
        for key in old:
            del self._entries[key]
        for key in new:
            self._entries[key] = change.record

    def scan(self, keys: KeyRange, backwards: bool = False) -> Iterator[Record]:
        """Records of a range in order; the index must not change while this is read."""
        entries = self._entries
        for key in entries.irange(keys.low, keys.high, (True, False), backwards):
            yield entries[key]

    def count(self, keys: KeyRange) -> int:
        """How many entries a range has."""
        low = 0 if keys.low is None else self._entries.bisect_left(keys.low)
        high = len(self._entries) if keys.high is None else self._entries.bisect_left(keys.high)
        return max(0, int(high - low))


class Scope:
    """The documents that a kind of query ranges over (collection, collection group or all), with indexes."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._by_name = Index(BY_NAME, records)
        self._indexes: dict[Shape, Index] = {BY_NAME: self._by_name}

    def __len__(self) -> int:
        return self._by_name.count(KeyRange(None, None))

    def records(self) -> Iterator[Record]:
        """Every existing document by name."""
        return self._by_name.scan(KeyRange(None, None))

    def index(self, shape: Shape) -> Index:
        """The index of a shape, built now if this is its first use."""
        found = self._indexes.pop(shape, None)
        if found is None:
            if len(self._indexes) >= MAX_INDEXES_PER_SCOPE:
                del self._indexes[next(known for known in self._indexes if known != BY_NAME)]
            found = Index(shape, self.records())
        self._indexes[shape] = found
        return found

    def apply(self, change: Change) -> None:
        """Take over what a commit did to one document."""
        for index in self._indexes.values():
            index.apply(change)
