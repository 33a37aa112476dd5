"""Documents in projected collections that nobody put there: no row, and no feed entry, knows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg import errors

from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.unit_of_work import read_snapshot
from courtside.firestore.stored import Stored, count_stored, list_names, read_stored
from courtside.relay.documents import is_projected, kind_of, row_id
from courtside.relay.feeds import EVENTS
from courtside.relay.reconcile import store
from courtside.relay.reconcile.looks import READ_TIMEOUT_SECONDS, Look, Suspicion
from courtside.relay.reconcile.verdicts import Drift, Kind

# Less than entries are remembered for: an event without an entry that is older may have had one.
_ENTRIES_REMEMBERED = timedelta(days=6)
# What Firestore gives a count at most.
_COUNT_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Strays:
    """Every document in the collections of one name; an item is a path. Only names are read at first."""

    backends: Backends
    collection: str

    @property
    def name(self) -> str:
        """What is looked at."""
        return f"collection {self.collection}"

    def are_excluded_by(self, known: Mapping[str, int]) -> bool:
        """Whether there are as many documents as we know of: then none is a stray, unless another is missing."""
        there = count_stored(self.backends.firestore, self.collection, timeout_seconds=_COUNT_TIMEOUT_SECONDS)
        return there == known.get(self.collection, 0)

    def page(self, after: str, limit: int) -> Sequence[str]:
        """The next paths."""
        found = list_names(
            self.backends.firestore,
            self.collection,
            after=after,
            limit=limit,
            timeout_seconds=READ_TIMEOUT_SECONDS,
        )
        return [document.path for document in found]

    def look(self, items: Sequence[str]) -> Look:
        """Ask who knows of documents: their rows are older than they are, so one that is there now is known by now."""
        unknown = self._unknown(items)
        # Of the few that are left, whether they are still there, and since when.
        stored = read_stored(self.backends.firestore, unknown, timeout_seconds=READ_TIMEOUT_SECONDS)
        strays = [document for document in stored.values() if not _may_be_forgotten(document)]
        return Look(len(items), 0, tuple(map(_suspicion, strays)))

    def _unknown(self, paths: Sequence[str]) -> list[str]:
        projected = [path for path in paths if is_projected(path)]
        known = read_snapshot(self.backends.pool, lambda reader: _list_known(reader, projected))
        return [path for path in projected if path not in known]


def count_known(backends: Backends) -> Mapping[str, int]:
    """Collection → how many documents we know of; none, so that all are listed, if they cannot be counted in time."""
    try:
        return read_snapshot(backends.pool, store.count_present)
    except errors.QueryCanceled:
        return {}


def _list_known(reader: Reader, paths: Sequence[str]) -> set[str]:
    known = store.list_known_paths(reader, paths)
    entries = _entry_ids(paths)
    if entries:
        ids = store.list_known_entries(reader, list(entries.values()))
        known |= {path for path in entries if path.rsplit("/", 1)[1] in ids}
    return known


def _entry_ids(paths: Sequence[str]) -> Mapping[str, UUID]:
    """The entries that feed events would have."""
    events = [path for path in paths if kind_of(path) == EVENTS]
    return {path: entry_id for path in events if (entry_id := row_id(path)) is not None}


def _may_be_forgotten(document: Stored) -> bool:
    old = datetime.now(UTC) - _ENTRIES_REMEMBERED
    return kind_of(document.path) == EVENTS and document.created_at < old


def _suspicion(document: Stored) -> Suspicion:
    drift = Drift(document.path, Kind.EXTRA, "no row knows of it", document.version or 0)
    return Suspicion(document.path, drift, document.update_time)
