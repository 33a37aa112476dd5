"""Carries out leased work: render from one snapshot, write under guard, settle; over again while newer is wanted."""

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from psycopg import errors

from courtside import crash_points
from courtside.backends import Backends
from courtside.config import Settings
from courtside.db import outbox
from courtside.db.outbox import DocumentLease, EntryLease, Failure, Pace, Work, Written
from courtside.db.reader import Reader
from courtside.db.unit_of_work import OUTAGES, read_snapshot, run_transaction
from courtside.firestore.writer import Document, Outcome, write_documents
from courtside.observer import Landing, Round
from courtside.relay.documents import Rendered, kind_of, render
from courtside.relay.feeds import FEED, event_fields, path_of_event
from courtside.relay.heart import heart_of

_CALL_TIMEOUT_SECONDS = 10.0
_LEAST_CALL_TIMEOUT_SECONDS = 0.05
# However late it is, what was written is to be recorded, and what was not is to be given back.
_LEAST_WAIT_SECONDS = 0.25

log = logging.getLogger(__name__)


@dataclass
class Report:
    """What became of leased work: counts of documents and entries."""

    written: int = 0
    delivered: int = 0
    failures: list[Failure] = field(default_factory=list)
    lost: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether all of it is in Firestore."""
        return not self.failures and not self.lost


@dataclass(frozen=True)
class _Round:
    """What one pass over the documents came to."""

    written: tuple[Written, ...]
    vanished: tuple[str, ...]
    failures: tuple[Failure, ...]
    delivered: tuple[UUID, ...]
    # What is in Firestore now, and since when.
    landed: tuple[Landing, ...]
    written_at: float


def carry_out(backends: Backends, work: Work, *, until: float, lease_seconds: float) -> Report:
    """Carry out leased work until it is done or the monotonic time `until` has come.

    What fails, or is left over, is given back with a pause; a lease that was lost to another holder is left alone.
    """
    report = Report()
    documents, entries = work.documents, work.entries
    observer, leased = backends.observer, time.monotonic()
    with (
        observer.span("relay.drain", documents=len(documents), entries=len(entries)),
        heart_of(backends.pool).holding(work, lease_seconds),
    ):
        while documents or entries:
            if time.monotonic() >= until:
                _give_back(backends, work.token, documents, entries, report, until)
                break
            crash_points.reach(crash_points.LEASED)
            made = _write_round(backends, documents, entries, until)
            crash_points.reach(crash_points.WRITTEN)
            with observer.span("relay.settle"):
                documents = _settle(backends, work.token, made, report, until, lease_seconds)
            crash_points.reach(crash_points.SETTLED)
            observer.carried_out(Round(leased, made.written_at, made.landed, _kinds(made.failures)))
            entries = ()
    return report


def _write_round(
    backends: Backends, leases: Sequence[DocumentLease], entries: Sequence[EntryLease], until: float
) -> _Round:
    observer = backends.observer
    with observer.span("relay.render", documents=len(leases)):
        rendered, unrenderable = _render(backends, leases, until)
    feeds, undeliverable = _feed_documents(entries)
    by_path = {lease.path: lease for lease in leases}
    documents = [Document(r.path, r.version, r.fields, by_path[r.path].update_time) for r in rendered] + list(
        feeds.values()
    )
    crash_points.reach(crash_points.RENDERED)
    timeout = min(_CALL_TIMEOUT_SECONDS, max(_LEAST_CALL_TIMEOUT_SECONDS, until - time.monotonic()))
    with observer.span("firestore.write", documents=len(documents)):
        outcomes = {
            o.path: o for o in write_documents(backends.firestore, documents, timeout_seconds=timeout)
        }
    written_at = time.monotonic()
    delivered = tuple(id_ for id_, document in feeds.items() if outcomes[document.path].error is None)
    attempts = {entry.id: entry.attempts for entry in entries}
    failed_entries = tuple(
        _failure(str(id_), outcomes[document.path], attempts[id_])
        for id_, document in feeds.items()
        if outcomes[document.path].error is not None
    )
    own = [outcomes[r.path] for r in rendered]
    return _Round(
        written=tuple(Written(o.path, o.version, o.update_time) for o in own if o.error is None),
        vanished=tuple(o.path for o in own if o.vanished),
        failures=unrenderable
        + undeliverable
        + failed_entries
        + tuple(
            _failure(o.path, o, by_path[o.path].attempts)
            for o in own
            if o.error is not None and not o.vanished
        ),
        delivered=delivered,
        landed=_landed(rendered, own, entries, frozenset(delivered)),
        written_at=written_at,
    )


def _landed(
    rendered: Sequence[Rendered],
    outcomes: Sequence[Outcome],
    entries: Sequence[EntryLease],
    delivered: frozenset[UUID],
) -> tuple[Landing, ...]:
    there = (r for r, outcome in zip(rendered, outcomes, strict=True) if outcome.error is None)
    return (
        *(Landing(kind_of(document.path), document.committed_at) for document in there),
        *(Landing(FEED, entry.created_at) for entry in entries if entry.id in delivered),
    )


def _kinds(failures: Sequence[Failure]) -> tuple[str, ...]:
    return tuple(kind_of(failure.item) if "/" in failure.item else FEED for failure in failures)


def _render(
    backends: Backends, leases: Sequence[DocumentLease], until: float
) -> tuple[list[Rendered], tuple[Failure, ...]]:
    """Render all together; if that fails, each on its own, so that one poisoned document stops no other.

    Raises:
        psycopg.OperationalError: Postgres is away; the leases run out.
    """
    if not leases:
        return [], ()
    paths = [lease.path for lease in leases]
    try:
        wait_seconds = _wait_seconds(backends.settings, until)
        return read_snapshot(
            backends.pool, lambda reader: render(reader, paths), wait_seconds=wait_seconds
        ), ()
    except Exception as error:
        if _is_outage(error):
            raise
        if len(leases) == 1:
            log.exception("cannot render", extra={"fields": {"path": paths[0]}})
            return [], (_poisoned(paths[0], error, leases[0].attempts),)
    rendered: list[Rendered] = []
    failures: tuple[Failure, ...] = ()
    for lease in leases:
        made, failed = _render(backends, [lease], until)
        rendered += made
        failures += failed
    return rendered, failures


def _feed_documents(entries: Sequence[EntryLease]) -> tuple[dict[UUID, Document], tuple[Failure, ...]]:
    feeds: dict[UUID, Document] = {}
    failures: tuple[Failure, ...] = ()
    for entry in entries:
        try:
            feeds[entry.id] = _feed_document(entry)
        except Exception as error:
            failures += (_poisoned(str(entry.id), error, entry.attempts),)
    return feeds, failures


def _feed_document(entry: EntryLease) -> Document:
    if entry.kind != FEED:
        raise ValueError(f"nobody delivers entries of kind {entry.kind}")
    fields = {**event_fields(entry.payload), "committed_at": entry.created_at}
    return Document(path_of_event(entry.target, entry.id), 1, fields, None, once=True)


def _settle(
    backends: Backends, token: UUID, made: _Round, report: Report, until: float, lease_seconds: float
) -> tuple[DocumentLease, ...]:
    """Record a round. Returns the documents that this holder has to write again."""

    def settle(reader: Reader) -> tuple[tuple[DocumentLease, ...], tuple[str, ...]]:
        again: tuple[DocumentLease, ...] = ()
        lost: tuple[str, ...] = ()
        if made.written:
            settlement = outbox.settle_documents(
                reader, token, made.written, lease_seconds=lease_seconds, pace=_pace(backends.settings)
            )
            again, lost = settlement.again, settlement.lost
        if made.vanished:
            again += tuple(outbox.forget_update_times(reader, token, made.vanished))
        if lost:
            # Written without holding the lease: whatever that did, the next version repairs.
            outbox.mark_documents(reader, lost)
        if made.delivered:
            outbox.settle_entries(reader, token, made.delivered)
        _release(reader, token, made.failures)
        return again, lost

    again, lost = run_transaction(
        backends.pool,
        lambda connection: settle(Reader(connection)),
        durable=False,
        wait_seconds=_wait_seconds(backends.settings, until),
    )
    report.written += len(made.written) - len(lost)
    report.delivered += len(made.delivered)
    report.failures += made.failures
    report.lost += len(lost)
    return again


def _wait_seconds(settings: Settings, until: float) -> float:
    """How long to wait for a connection: a caller who waits for the answer does not wait for one that is not free."""
    return min(settings.pool_wait_seconds, max(_LEAST_WAIT_SECONDS, until - time.monotonic()))


def _pace(settings: Settings) -> Pace:
    return Pace(settings.document_burst, timedelta(seconds=settings.document_pause_seconds))


def _give_back(
    backends: Backends,
    token: UUID,
    documents: Sequence[DocumentLease],
    entries: Sequence[EntryLease],
    report: Report,
    until: float,
) -> None:
    left = tuple(Failure(lease.path, "out of time", 0) for lease in documents)
    left += tuple(Failure(str(entry.id), "out of time", 0) for entry in entries)
    run_transaction(
        backends.pool,
        lambda connection: _release(Reader(connection), token, left),
        durable=False,
        wait_seconds=_wait_seconds(backends.settings, until),
    )
    report.failures += left


def _release(reader: Reader, token: UUID, failures: Sequence[Failure]) -> None:
    documents = [failure for failure in failures if "/" in failure.item]
    entries = [failure for failure in failures if "/" not in failure.item]
    if documents:
        outbox.release_documents(reader, token, documents, random.random())
    if entries:
        outbox.release_entries(reader, token, entries, random.random())


def _failure(item: str, outcome: Outcome, attempts: int) -> Failure:
    return Failure(item, outcome.error or "", attempts, outcome.poisoned)


def _poisoned(item: str, error: Exception, attempts: int) -> Failure:
    return Failure(item, f"{type(error).__name__}: {error}", attempts, poisoned=True)


def _is_outage(error: Exception) -> bool:
    """Whether Postgres is away; a query that takes too long is the fault of what it reads."""
    return isinstance(error, OUTAGES) and not isinstance(error, errors.QueryCanceled)
