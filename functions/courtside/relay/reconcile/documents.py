"""Projected documents against what their projections give now."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg import errors

from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.unit_of_work import OUTAGES, read_snapshot
from courtside.firestore.stored import read_stored
from courtside.firestore.values import Fields
from courtside.relay.documents import ask_for, follows_clock
from courtside.relay.reconcile import store
from courtside.relay.reconcile.looks import READ_TIMEOUT_SECONDS, Look, Suspicion, judge_all
from courtside.relay.reconcile.store import Row
from courtside.relay.reconcile.verdicts import Drift, Kind, Subject

# A write follows its rendering within the deadline of one call; and the two servers' clocks are not the same.
_LONGEST_WRITE = timedelta(seconds=12)
_CLOCK_SKEW = timedelta(seconds=2)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProjectedDocuments:
    """Every document with a row of its own, in the order of their paths; an item is a path."""

    backends: Backends
    name: str = "documents"

    def page(self, after: str, limit: int) -> Sequence[str]:
        """The next paths."""
        return read_snapshot(self.backends.pool, lambda reader: store.list_paths(reader, after, limit))

    def look(self, items: Sequence[str]) -> Look:
        """Judge documents; those that seem wrong where time changes them, as of their last write too."""
        look = self._look(items, closely=False)
        clocked = [suspicion.item for suspicion in look.suspicions if follows_clock(suspicion.item)]
        if not clocked:
            return look
        others = tuple(suspicion for suspicion in look.suspicions if suspicion.item not in clocked)
        return replace(look, suspicions=others + self._look(clocked, closely=True).suspicions)

    def _look(self, items: Sequence[str], *, closely: bool) -> Look:
        """First the rows and their rendering, from one snapshot, then what is in Firestore.

        In that order, what a relay writes in between has changed its row by the second look.
        """
        try:
            subjects, in_flight = read_snapshot(
                self.backends.pool, lambda reader: _list_subjects(reader, items, closely)
            )
        except Exception as error:
            if _is_outage(error):
                raise
            return self._look_apart(items, closely, error)
        paths = [subject.path for subject in subjects]
        stored = read_stored(self.backends.firestore, paths, timeout_seconds=READ_TIMEOUT_SECONDS)
        return Look(len(items), in_flight, judge_all(dict(zip(paths, paths, strict=True)), subjects, stored))

    def _look_apart(self, items: Sequence[str], closely: bool, error: Exception) -> Look:
        """Look at halves until those are alone that cannot be rendered."""
        if len(items) == 1:
            log.warning("cannot render", extra={"fields": {"path": items[0], "error": type(error).__name__}})
            drift = Drift(items[0], Kind.UNRENDERABLE, type(error).__name__)
            return Look(1, 0, (Suspicion(items[0], drift, None),))
        middle = len(items) // 2
        looks = [self._look(half, closely=closely) for half in (items[:middle], items[middle:])]
        return Look(
            len(items),
            sum(look.in_flight for look in looks),
            tuple(suspicion for look in looks for suspicion in look.suspicions),
        )


def _list_subjects(reader: Reader, paths: Sequence[str], closely: bool) -> tuple[list[Subject], int]:
    rows, make = store.list_rows(reader, paths), ask_for(reader, paths)
    settled = [row for row in rows if row.settled]
    fields = make(rows[0].now) if settled else {}
    subjects = [
        Subject(
            row.path,
            row.version,
            row.wanted_at,
            fields.get(row.path),
            row.update_time,
            _at_write(reader, row) if closely and follows_clock(row.path) else (),
        )
        for row in settled
    ]
    return subjects, len(rows) - len(settled)


def _at_write(reader: Reader, row: Row) -> tuple[Fields | None, ...]:
    make = ask_for(reader, [row.path])
    return tuple(make(moment).get(row.path) for moment in _moments(row))


def _moments(row: Row) -> tuple[datetime, ...]:
    """When a document may have been rendered for the last time: one that is not there was not wanted then."""
    if row.update_time is None:
        return (row.wanted_at,)
    return (row.update_time - _LONGEST_WRITE, row.update_time + _CLOCK_SKEW)


def _is_outage(error: Exception) -> bool:
    """Whether Postgres is away; a query that takes too long is the fault of what it reads."""
    return isinstance(error, OUTAGES) and not isinstance(error, errors.QueryCanceled)
