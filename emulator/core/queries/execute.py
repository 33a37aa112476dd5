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


def run(query: Query, documents: Documents, read_time: int | None = None) -> list[Version]:
    """The documents that a query finds now, or found at `read_time` (microseconds)."""
    found = _distinct(_ordered(query, documents, read_time))
    end = None if query.limit is None else query.offset + query.limit
    return list(islice(found, query.offset, end))


def count(query: Query, documents: Documents, read_time: int | None = None, up_to: int | None = None) -> int:
    """How many documents a query finds, `up_to` at most; by the positions in an index where that suffices."""
    steps = plan(query)
    (step,) = steps if len(steps) == 1 else (None,)
    if read_time is not None or not isinstance(step, Scan) or step.residual or _coverage(query.source):
        found = len(run(query, documents, read_time))
    else:
        found = max(0, documents.scope(query.source).index(step.shape).count(step.keys) - query.offset)
    return min(bound for bound in (found, query.limit, up_to) if bound is not None)


Keyed = tuple[bytes, Version]


def _ordered(query: Query, documents: Documents, read_time: int | None) -> Iterator[Keyed]:
    steps = plan(query)
    changed = _changed(query, documents, read_time)
    if len(steps) == 1 and not changed:
        return ((version.key, version) for _, version in _step(query, steps[0], documents))
    streams: list[Iterable[Keyed]] = [
        _keyed(query, (version for record, version in _step(query, step, documents) if record not in changed))
        for step in steps
    ]
    if read_time is not None:
        before = (record.at(read_time) for record in changed)
        streams.append(
            sorted(_keyed(query, (old for old in before if old and query.admits(old))), key=_key_of)
        )
    return merge(*streams, key=_key_of)


def _changed(query: Query, documents: Documents, read_time: int | None) -> set[Record]:
    if read_time is None:
        return set()
    return {record for record in documents.changed_after(read_time) if query.source.covers(record)}


def _key_of(keyed: Keyed) -> bytes:
    return keyed[0]


def _keyed(query: Query, versions: Iterable[Version]) -> Iterator[Keyed]:
    for version in versions:
        key = query.order_key(version)
        if key is not None:
            yield key, version


def _distinct(found: Iterable[Keyed]) -> Iterator[Version]:
    """Each document once: order keys end with the document id, so equal ones are the same document."""
    last: bytes | None = None
    for key, version in found:
        if key != last:
            last = key
            yield version


def _step(query: Query, step: Scan | Lookup, documents: Documents) -> Iterator[tuple[Record, Version]]:
    covers = _coverage(query.source)
    if isinstance(step, Lookup):
        record = documents.find_by_key(step.key)
        if record and record.current and query.source.covers(record) and query.admits(record.current):
            yield record, record.current
        return
    index = documents.scope(query.source).index(step.shape)
    residual = step.residual
    for record in index.scan(step.keys, step.backwards):
        version = record.current
        if version is None or (covers and not covers(record)):
            continue
        if all(comparison.matches(version) for comparison in residual):
            yield record, version


def _coverage(source: Source) -> Callable[[Record], bool] | None:
    """The check a scope's documents still need, None where the scope is exactly the source."""
    exact = bool(source.collection_id) and (not source.all_descendants or not source.parent)
    return None if exact else source.covers
