"""Delivered feed events against their entries.

An entry is forgotten some days after its delivery; from then on nobody can say what its document should be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from courtside.backends import Backends
from courtside.db.unit_of_work import read_snapshot
from courtside.firestore.stored import read_stored
from courtside.relay.feeds import event_fields, path_of_event
from courtside.relay.reconcile import store
from courtside.relay.reconcile.looks import READ_TIMEOUT_SECONDS, Look, judge_all
from courtside.relay.reconcile.store import EntryRow
from courtside.relay.reconcile.verdicts import Subject


@dataclass(frozen=True)
class FeedEvents:
    """Every delivered entry that is remembered; an item is an entry's id."""

    backends: Backends
    name: str = "feed events"

    def page(self, after: str, limit: int) -> Sequence[str]:
        """The next ids."""
        return read_snapshot(self.backends.pool, lambda reader: store.list_entry_ids(reader, after, limit))

    def look(self, items: Sequence[str]) -> Look:
        """Judge events."""
        ids = [UUID(item) for item in items]
        rows = read_snapshot(self.backends.pool, lambda reader: list(store.list_entries(reader, ids)))
        settled = [row for row in rows if row.settled]
        item_of = {path_of_event(row.target, row.id): str(row.id) for row in settled}
        stored = read_stored(self.backends.firestore, list(item_of), timeout_seconds=READ_TIMEOUT_SECONDS)
        return Look(len(items), len(rows) - len(settled), judge_all(item_of, map(_subject, settled), stored))


def _subject(row: EntryRow) -> Subject:
    path = path_of_event(row.target, row.id)
    return Subject(path, row.version, row.committed_at, event_fields(row.payload), row.update_time)
