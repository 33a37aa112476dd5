"""What the call that is being served reads and writes, counted as Firestore bills it.

https://firebase.google.com/docs/firestore/pricing: a read per document returned, found missing or skipped by an
offset, at least one per query, one per 1,000 index entries that an aggregation goes through and per 100 vectors that
a search goes through, one per request for collection ids, one per document that rules look up; a write or a delete per
document.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

ENTRIES_PER_READ = 1000
VECTORS_PER_READ = 100


@dataclass(slots=True)
class Usage:
    """Billed operations on documents."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0

    def add(self, other: "Usage") -> None:
        """Count the operations of another as well."""
        self.reads += other.reads
        self.writes += other.writes
        self.deletes += other.deletes


_current: ContextVar[Usage | None] = ContextVar("usage", default=None)


@contextmanager
def measured() -> Iterator[Usage]:
    """What is noted while the context lasts."""
    usage = Usage()
    token = _current.set(usage)
    try:
        yield usage
    finally:
        _current.reset(token)


def note_reads(documents: int) -> None:
    """The current call read so many documents."""
    usage = _current.get()
    if usage is not None:
        usage.reads += documents


def note_query(results: int, skipped: int) -> None:
    """The current call ran a query that returned and skipped so many documents."""
    note_reads(max(1, results + skipped))


def note_nearest(vectors: int, results: int) -> None:
    """The current call compared so many vectors and returned so many documents."""
    note_reads(max(1, results + -(-vectors // VECTORS_PER_READ)))


def note_aggregation(entries: int) -> None:
    """The current call went through so many index entries to aggregate them."""
    note_reads(max(1, -(-entries // ENTRIES_PER_READ)))


def note_writes(writes: int, deletes: int) -> None:
    """The current call wrote and deleted so many documents, changed or not."""
    usage = _current.get()
    if usage is not None:
        usage.writes += writes
        usage.deletes += deletes
