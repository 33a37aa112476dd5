"""Running planned scans against the documents of a database."""

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Protocol

from emulator.core.documents import Record, Version
from emulator.core.indexes import Scope
from emulator.core.queries.model import Query, Source
from emulator.core.queries.plan import Lookup, Scan, plan


class Documents(Protocol):
    """What a query needs to know of the database."""

    def scope(self, source: Source) -> Scope:
        """The documents that the source ranges over (possibly more than it covers)."""

    def find_by_key(self, key: bytes) -> Record | None:
        """The record whose path has this sort key."""

    def changed_after(self, time: int) -> Iterable[Record]:
        """The records that a commit later than `time` touched."""


Keyed = tuple[bytes, Version]
"""A result with its order key."""


class Execution:
    """One run of a query now or at `read_time` (microseconds); `entries` counts the index entries it looked at."""

    def __init__(self, query: Query, documents: Documents, read_time: int | None = None) -> None:
        self.query = query
        self.steps = plan(query)
        self.entries = 0
        self._documents = documents
        self._read_time = read_time

    def results(self) -> list[Version]:
        """The documents found, in order."""
        query = self.query
        end = None if query.limit is None else query.offset + query.limit
        return list(islice(_distinct(self._ordered()), query.offset, end))

    def count(self, up_to: int | None = None) -> int:
        """How many documents are found, `up_to` at most; by the positions in an index where that suffices."""
        found = self._count_positions()
        if found is None:
            found = len(self.results())
        return min(bound for bound in (found, self.query.limit, up_to) if bound is not None)

    def _count_positions(self) -> int | None:
        query = self.query
        (step,) = self.steps if len(self.steps) == 1 else (None,)
        if (
            self._read_time is not None
            or not isinstance(step, Scan)
            or step.residual
            or _coverage(query.source)
        ):
            return None
        self.entries = self._documents.scope(query.source).index(step.shape).count(step.keys)
        return max(0, self.entries - query.offset)

    def _ordered(self) -> Iterator[Keyed]:
        changed = self._changed()
        if len(self.steps) == 1 and not changed:
            return ((version.key, version) for _, version in self._step(self.steps[0]))
        streams: list[Iterable[Keyed]] = [
            self._keyed(version for record, version in self._step(step) if record not in changed)
            for step in self.steps
        ]
        streams.append(sorted(self._keyed(self._as_they_were(changed)), key=_key_of))
        return merge(*streams, key=_key_of)

    def _changed(self) -> set[Record]:
        """The records that may have been different at the read time."""
        if self._read_time is None:
            return set()
        covers = self.query.source.covers
        return {record for record in self._documents.changed_after(self._read_time) if covers(record)}

    def _as_they_were(self, changed: Iterable[Record]) -> Iterator[Version]:
        for record in changed:
            version = record.at(self._read_time or 0)
            if version is not None and self.query.admits(version):
                yield version

    def _keyed(self, versions: Iterable[Version]) -> Iterator[Keyed]:
        for version in versions:
            key = self.query.order_key(version)
            if key is not None:
                yield key, version

    def _step(self, step: Scan | Lookup) -> Iterator[tuple[Record, Version]]:
        source = self.query.source
        if isinstance(step, Lookup):
            self.entries += 1
            record = self._documents.find_by_key(step.key)
            if record and record.current and source.covers(record) and self.query.admits(record.current):
                yield record, record.current
            return
        covers = _coverage(source)
        for record in self._documents.scope(source).index(step.shape).scan(step.keys, step.backwards):
            self.entries += 1
            version = record.current
            if version is None or (covers and not covers(record)):
                continue
            if all(comparison.matches(version) for comparison in step.residual):
                yield record, version


def _key_of(keyed: Keyed) -> bytes:
    return keyed[0]


def _distinct(found: Iterable[Keyed]) -> Iterator[Version]:
    """Each document once: order keys end with the document id, so equal ones are the same document."""
    last: bytes | None = None
    for key, version in found:
        if key != last:
            last = key
            yield version


def _coverage(source: Source) -> Callable[[Record], bool] | None:
    """The check a scope's documents still need, None where the scope is exactly the source."""
    exact = bool(source.collection_id) and (not source.all_descendants or not source.parent)
    return None if exact else source.covers
