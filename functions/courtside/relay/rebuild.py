"""Writes documents again, from the facts as they are: after Firestore was emptied, or a projection changed.

    python -m courtside.relay.rebuild

marks everything at once, for whoever relays; `rebuild` does it slice by slice beside live traffic. Documents that
are right already are written once more under a new version.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from courtside.backends import Backends
from courtside.config import settings
from courtside.db.outbox import mark_documents, want_everything
from courtside.db.pool import LazyPool
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import read_snapshot, run_transaction
from courtside.relay.feeds import EVENTS
from courtside.relay.worker import sweep

_QUERIES = Queries(__package__, "rebuild.sql")
# What a live change may find before it in the queue, at most.
SLICE = 200
_SLICE_SECONDS = 30.0
_FIRST_ID = UUID(int=0)


@dataclass(frozen=True)
class Selection:
    """What to write again: the documents of one collection, or those in which one trainer appears, or all."""

    collection: str | None = None
    trainer_id: str | None = None

    @property
    def with_documents(self) -> bool:
        return self.collection != EVENTS

    @property
    def with_events(self) -> bool:
        return self.trainer_id is None and self.collection in (None, EVENTS)


@dataclass(frozen=True)
class _Path:
    path: str


@dataclass(frozen=True)
class _Id:
    id: UUID


def rebuild(
    backends: Backends,
    selection: Selection,
    *,
    documents_per_second: float | None = None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Have documents and feed events written again, and carry them out, a slice at a time; how many.

    A slice is wanted when the one before is written: what changes meanwhile waits behind one slice at most.
    """
    started_at, done = time.monotonic(), 0
    for want, count in _slices(backends, selection):
        run_transaction(backends.pool, lambda connection, want=want: want(Reader(connection)))  # type: ignore[misc]
        sweep(backends, limit_seconds=_SLICE_SECONDS)
        done += count
        on_progress(done)
        if documents_per_second is not None:
            time.sleep(max(0.0, started_at + done / documents_per_second - time.monotonic()))
    return done


def _slices(backends: Backends, selection: Selection) -> Iterator[tuple[Callable[[Reader], object], int]]:
    """What to do for each slice, and of how many it is."""
    after = ""
    while selection.with_documents and (paths := _list_paths(backends, selection, after)):
        yield lambda reader, paths=paths: mark_documents(reader, paths), len(paths)  # type: ignore[misc]
        after = paths[-1]
    last = _FIRST_ID
    while selection.with_events and (ids := _list_entries(backends, last)):
        yield lambda reader, ids=ids: reader.execute(_QUERIES["deliver_again"], ids=ids), len(ids)  # type: ignore[misc]
        last = ids[-1]


def _list_paths(backends: Backends, selection: Selection, after: str) -> Sequence[str]:
    page = {"after": after, "limit": SLICE}

    def read(reader: Reader) -> list[str]:
        if selection.trainer_id is not None:
            rows = reader.list(
                _QUERIES["list_paths_of_trainer"], _Path, trainer_id=selection.trainer_id, **page
            )
        else:
            rows = reader.list(_QUERIES["list_paths_again"], _Path, collection=selection.collection, **page)
        return [row.path for row in rows]

    return read_snapshot(backends.pool, read)


def _list_entries(backends: Backends, after: UUID) -> list[UUID]:
    def read(reader: Reader) -> list[UUID]:
        return [row.id for row in reader.list(_QUERIES["list_entries_again"], _Id, after=after, limit=SLICE)]

    return read_snapshot(backends.pool, read)


def main() -> int:
    """Mark everything; the worker, or the sweep, does the writing."""
    pool = LazyPool(settings())
    try:
        documents, entries = run_transaction(pool, lambda connection: want_everything(Reader(connection)))
    finally:
        pool.close()
    sys.stdout.write(f"{documents} documents and {entries} feed events will be written again.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
