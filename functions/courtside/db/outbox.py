"""The outbox: what a commit leaves to be carried out, leased before the network is called and settled after.

Documents are state (`want > have`), entries are deliveries. A lease is a token and an end: whoever holds the
token may settle, and when its holder dies the end frees the work. A holder that wakes too late settles nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from courtside.db.idempotency import Answer, CommandKey
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork

_QUERIES = Queries(__package__, "outbox.sql")

# By these rules know who may do what: taking that away must not wait for a worker.
URGENT = "access/"
# After so many failed attempts a poisoned item is dead-lettered: about half an hour with the back-off below.
MAX_ATTEMPTS = 12
_FIRST_BACK_OFF_SECONDS = 0.5
_LONGEST_BACK_OFF_SECONDS = 300.0
# An outage ends for all items at once, so they look more often whether it has.
_LONGEST_OUTAGE_BACK_OFF_SECONDS = 15.0


@dataclass(frozen=True)
class DocumentLease:
    """A document to be written again; `update_time` is Firestore's of the version we know, None when absent."""

    path: str
    have: int
    update_time: datetime | None
    attempts: int


@dataclass(frozen=True)
class EntryLease:
    """An entry to be delivered; its id lets the receiver drop a repeat."""

    id: UUID
    kind: str
    target: str
    payload: dict[str, Any]
    created_at: datetime
    attempts: int


@dataclass(frozen=True)
class Work:
    """What one holder has leased, under one token; `left` says that more is due than it took."""

    token: UUID
    documents: tuple[DocumentLease, ...] = ()
    entries: tuple[EntryLease, ...] = ()
    left: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.documents and not self.entries

    def __len__(self) -> int:
        return len(self.documents) + len(self.entries)


@dataclass(frozen=True)
class Written:
    """A document as it now stands in Firestore; `update_time` None when it was deleted."""

    path: str
    version: int
    update_time: datetime | None


@dataclass(frozen=True)
class Failure:
    """An item that could not be carried out: the path of a document or the id of an entry, and why.

    A `poisoned` one is itself at fault and given up in the end; an outage never uses up an item's attempts.
    """

    item: str
    error: str
    attempts: int
    poisoned: bool = False


@dataclass(frozen=True)
class Wanted:
    """A document's wanted version, when it was last raised, and the time of the snapshot."""

    path: str
    want: int
    wanted_at: datetime
    now: datetime


@dataclass(frozen=True)
class Backlog:
    """What is due, what was given up, and how long the oldest due item has waited."""

    documents: int
    entries: int
    dead: int
    oldest_seconds: float | None


@dataclass(frozen=True)
class _Marked:
    path: str
    have: int
    update_time: datetime | None
    attempts: int
    leased: bool
    committed_at: datetime


@dataclass(frozen=True)
class _Settled:
    path: str
    have: int
    update_time: datetime | None
    attempts: int
    wanted: bool


@dataclass(frozen=True)
class Pace:
    """How often one document may be written: `burst` times at once, then once in each pause."""

    burst: int
    pause: timedelta


@dataclass(frozen=True)
class Settlement:
    """What settling found: documents to be written again at once, still leased; and those whose lease was lost."""

    again: tuple[DocumentLease, ...] = ()
    lost: tuple[str, ...] = ()


def finish_command(
    uow: UnitOfWork,
    key: CommandKey,
    answer: Answer,
    *,
    request_id: str,
    lease_seconds: float,
    lease_limit: int,
) -> Work:
    """Write all that a command leaves, in one statement, and lease it for the caller to carry out after the commit.

    Beyond `lease_limit` items only what is urgent is leased, and the rest is left to the worker.
    """
    token, paths = uuid4(), sorted(uow.documents)
    leasing = len(uow.documents) + len(uow.entries) <= lease_limit
    mine = {path for path in paths if leasing or (lease_limit and path.startswith(URGENT))}
    marked = uow.list(
        _QUERIES["finish_command"],
        _Marked,
        uid=key.uid,
        command_id=key.command_id,
        command=key.name,
        answer=Jsonb(answer),
        request_id=request_id,
        changes=Jsonb([asdict(change) for change in uow.changes]),
        reason=uow.reason,
        entries=Jsonb([_entry_row(entry) for entry in uow.entries]),
        paths=paths,
        leases=[lease_seconds if path in mine else 0.0 for path in paths],
        token=token,
        lease_seconds=lease_seconds if leasing else 0.0,
    )
    documents = tuple(
        DocumentLease(m.path, m.have, m.update_time, m.attempts)
        for m in marked
        if m.leased and m.path in mine
    )
    if not leasing:
        return Work(token, documents, left=True)
    created_at = marked[0].committed_at if marked else uow.now
    entries = tuple(EntryLease(e.id, e.kind, e.target, e.payload, created_at, 1) for e in uow.entries)
    return Work(token, documents, entries)


def mark_documents(reader: Reader, paths: Sequence[str]) -> None:
    """Want documents written again, outside a command: schedules, repair, back-fill."""
    reader.execute(_QUERIES["mark_documents"], paths=sorted(paths))


def read_wanted(reader: Reader, paths: Sequence[str]) -> Sequence[Wanted]:
    """The version that each document's current rows amount to."""
    return reader.list(_QUERIES["read_wanted"], Wanted, paths=list(paths))


def count_backlog(reader: Reader) -> Backlog:
    """How far behind the relay is."""
    backlog = reader.find(_QUERIES["count_backlog"], Backlog)
    assert backlog is not None  # the query always gives one row
    return backlog


def want_everything(reader: Reader) -> tuple[int, int]:
    """Have every document and every feed event written again; how many of each."""
    documents = reader.execute(_QUERIES["want_documents_again"])
    return documents, reader.execute(_QUERIES["want_entries_again"], kind="feed")


def prune(reader: Reader, *, delivered_days: int, commands_days: int) -> None:
    """Forget delivered entries, and answers older than any client would ask for again."""
    reader.execute(_QUERIES["prune_delivered"], days=delivered_days)
    reader.execute(_QUERIES["prune_commands"], days=commands_days)


def lease_due(reader: Reader, *, limit: int, lease_seconds: float) -> Work:
    """Lease what is due, longest waiting first, passing over what others hold."""
    token = uuid4()
    values = {"token": token, "limit": limit, "lease_seconds": lease_seconds}
    documents = reader.list(_QUERIES["lease_documents"], DocumentLease, **values)
    entries = reader.list(_QUERIES["lease_entries"], EntryLease, **values)
    return Work(token, tuple(documents), tuple(entries))


def extend_leases(reader: Reader, work: Work, *, lease_seconds: float) -> None:
    """Keep what this work still holds leased for so long from now; what is settled or lost stays as it is."""
    values = {"token": work.token, "lease_seconds": lease_seconds}
    if work.documents:
        paths = [lease.path for lease in work.documents]
        reader.execute(_QUERIES["extend_documents"], paths=paths, **values)
    if work.entries:
        reader.execute(_QUERIES["extend_entries"], ids=[lease.id for lease in work.entries], **values)


def settle_documents(
    reader: Reader, token: UUID, written: Sequence[Written], *, lease_seconds: float, pace: Pace
) -> Settlement:
    """Record what is in Firestore now, for the documents that this token still holds.

    One that is wanted newer already is held on to, to be written again at once; but if it has become hot it is
    freed, and whoever leases it when its pause is over writes all that was wanted meanwhile in one.
    """
    settled = reader.list(
        _QUERIES["settle_documents"],
        _Settled,
        token=token,
        paths=[w.path for w in written],
        versions=[w.version for w in written],
        update_times=[w.update_time for w in written],
        lease_seconds=lease_seconds,
        burst=pace.burst,
        pause=pace.pause,
    )
    again = tuple(DocumentLease(s.path, s.have, s.update_time, s.attempts) for s in settled if s.wanted)
    lost = {w.path for w in written} - {s.path for s in settled}
    return Settlement(again, tuple(sorted(lost)))


def forget_update_times(reader: Reader, token: UUID, paths: Sequence[str]) -> Sequence[DocumentLease]:
    """Take note that documents vanished from Firestore. Returns those that this token still holds."""
    return reader.list(_QUERIES["forget_update_times"], DocumentLease, token=token, paths=list(paths))


def settle_entries(reader: Reader, token: UUID, ids: Sequence[UUID]) -> None:
    """Mark entries delivered."""
    reader.execute(_QUERIES["settle_entries"], token=token, ids=list(ids))


def release_documents(reader: Reader, token: UUID, failures: Sequence[Failure], jitter: float) -> None:
    """Give documents back, to be tried again after a pause, or dead-letter them; `jitter` is in 0…1."""
    _release(reader, "release_documents", token, failures, jitter)


def release_entries(reader: Reader, token: UUID, failures: Sequence[Failure], jitter: float) -> None:
    """Give entries back, to be tried again after a pause, or dead-letter them; `jitter` is in 0…1."""
    _release(reader, "release_entries", token, failures, jitter)


def back_off_seconds(failure: Failure, jitter: float) -> float:
    """The pause after a failure: doubling, capped, and spread over its upper half by `jitter` in 0…1."""
    longest = _LONGEST_BACK_OFF_SECONDS if failure.poisoned else _LONGEST_OUTAGE_BACK_OFF_SECONDS
    doublings = min(max(0, failure.attempts - 1), 32)
    return min(longest, _FIRST_BACK_OFF_SECONDS * 2.0**doublings) * (0.5 + jitter / 2)


def _release(reader: Reader, query: str, token: UUID, failures: Sequence[Failure], jitter: float) -> None:
    reader.execute(
        _QUERIES[query],
        token=token,
        items=[failure.item for failure in failures],
        errors=[failure.error[:500] for failure in failures],
        pauses=[back_off_seconds(failure, jitter) for failure in failures],
        poisoned=[failure.poisoned for failure in failures],
        max_attempts=MAX_ATTEMPTS,
    )


def _entry_row(entry: Any) -> dict[str, Any]:
    return {"id": str(entry.id), "kind": entry.kind, "target": entry.target, "payload": entry.payload}
