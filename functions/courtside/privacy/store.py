"""Closed accounts, and how far the removal of what they left has come, in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.privacy.model import DELETED_NAME, Backlog, Erasure, Progress, Step

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class _Counted:
    sessions: int


@dataclass(frozen=True)
class _Found:
    found: bool


def close_account(uow: UnitOfWork, user_id: str) -> bool:
    """End an account; False if there is none, or not any more."""
    return uow.execute(_QUERIES["close_account"], id=user_id, name=DELETED_NAME, now=uow.now) == 1


def close_trainer(uow: UnitOfWork, trainer_id: str) -> None:
    """Take a trainer that is locked out of the public's sight, for good."""
    uow.execute(_QUERIES["close_trainer"], id=trainer_id)


def count_booked_sessions(uow: UnitOfWork, trainer_id: str) -> int:
    """How many sessions to come of a trainer are anybody's."""
    counted = uow.find(_QUERIES["count_booked_sessions"], _Counted, trainer_id=trainer_id, now=uow.now)
    assert counted is not None  # the query always gives one row
    return counted.sessions


def insert_erasure(uow: UnitOfWork, user_id: str, receipt_digest: bytes) -> None:
    """Begin the removal of what an account left."""
    uow.execute(
        _QUERIES["insert_erasure"],
        user_id=user_id,
        requested_by=uow.actor.uid,
        digest=receipt_digest,
        step=Step.BOOKINGS.value,
        now=uow.now,
    )


def lease_erasures(reader: Reader, *, limit: int, lease_seconds: float) -> Sequence[Erasure]:
    """Take on deletions that are due, longest waiting first, passing over what others hold."""
    return reader.list(_QUERIES["lease_erasures"], Erasure, limit=limit, lease_seconds=lease_seconds)


def advance_erasure(
    reader: Reader, user_id: str, step: Step | None, after: str, *, lease_seconds: float
) -> None:
    """Note how far a deletion has come, and keep it; without a step it is finished."""
    value = None if step is None else step.value
    reader.execute(
        _QUERIES["advance_erasure"], user_id=user_id, step=value, after=after, lease_seconds=lease_seconds
    )


def release_erasure(reader: Reader, user_id: str, *, error: str | None, pause_seconds: float) -> None:
    """Give a deletion back, to be gone on with after a pause."""
    reader.execute(_QUERIES["release_erasure"], user_id=user_id, error=error, pause=pause_seconds)


def find_progress(reader: Reader, receipt_digest: bytes) -> Progress | None:
    """How far the deletion with this receipt is."""
    return reader.find(_QUERIES["find_progress"], Progress, digest=receipt_digest)


def look_again(reader: Reader, step: Step, *, days: int) -> int:
    """Have deletions that were finished in the last days gone through once more from a step on; how many."""
    return reader.execute(_QUERIES["look_again"], step=step.value, days=days)


def has_line(reader: Reader, subject: str, actor: str, since: datetime) -> bool:
    """Whether an actor has left a line of the audit about a subject since then."""
    row = reader.find(_QUERIES["has_line"], _Found, subject=subject, actor=actor, since=since)
    return row is not None and row.found


def count_open(reader: Reader) -> Backlog:
    """The deletions that are not finished."""
    backlog = reader.find(_QUERIES["count_open"], Backlog)
    assert backlog is not None  # the query always gives one row
    return backlog
