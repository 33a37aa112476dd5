"""The steps of a deletion: each takes one transaction as the person who left, or several, and can be done again."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.bookings.classes import cancel_session
from courtside.bookings.locks import lock_booking
from courtside.bookings.moves import cancel
from courtside.bookings.schemas import OnTerms
from courtside.credits.service import expire
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id
from courtside.privacy.model import DELETED_NAME, Step, StillDelivered
from courtside.privacy.redaction import cleared
from courtside.reviews.disputes import withdraw_dispute
from courtside.reviews.schemas import WithdrawDispute

_QUERIES = Queries(__package__, "erasure.sql")

# Rows, or documents, of one transaction.
PAGE = 500
# Found anew for each page, so that few are better.
LINES = 2_000
_REASON = "The account was deleted."

# Does a part of a step, after an item of it; returns the item after which it goes on, or None when all is done.
Act = Callable[[UnitOfWork, str, str], str | None]


@dataclass(frozen=True)
class _Id:
    id: UUID


@dataclass(frozen=True)
class _Path:
    path: str


@dataclass(frozen=True)
class _Line:
    id: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None


@dataclass(frozen=True)
class _Counted:
    entries: int


def give_up_booking(uow: UnitOfWork, uid: str, after: str) -> str | None:
    """Cancel one seat to come as its client may, on the terms of its policy; only too late it never is."""
    claim = uow.find(_QUERIES["find_claim"], _Id, uid=uid, now=uow.now)
    if claim is None:
        return None
    booking, locked = lock_booking(uow, claim.id)
    # Somebody else may have ended it a moment ago: then there is another one to look for.
    if not booking.is_cancelled:
        cancel(uow, locked, booking, OnTerms(), _REASON, even_when_closed=True)
    return after


def call_off_session(uow: UnitOfWork, uid: str, after: str) -> str | None:
    """Call off one session to come as its trainer may: it costs its clients nothing."""
    session = uow.find(_QUERIES["find_session"], _Id, uid=uid, now=uow.now)
    if session is None:
        return None
    cancel_session(uow, session.id, _REASON)
    return after


def withdraw_claim(uow: UnitOfWork, uid: str, after: str) -> str | None:
    """Take back one dispute; those that others opened stay theirs to be decided."""
    dispute = uow.find(_QUERIES["find_claimed_dispute"], _Id, uid=uid)
    if dispute is None:
        return None
    withdraw_dispute(uow, WithdrawDispute(command_id=new_id(), dispute_id=dispute.id))
    return after


def end_credits(uow: UnitOfWork, uid: str, after: str) -> str | None:
    """Let what is left of credits expire; what is owed stays owed."""
    uow.execute(_QUERIES["end_credits"], uid=uid, now=uow.now)
    expire(uow, uid)
    return None


def clear_texts(uow: UnitOfWork, uid: str, after: str) -> str | None:
    """Take out of every table what the person wrote or was called."""
    for query in (
        _QUERIES["clear_bookings"],
        _QUERIES["clear_penalties"],
        _QUERIES["clear_allocations"],
        _QUERIES["clear_transfers"],
        _QUERIES["clear_reviews"],
        _QUERIES["clear_replies"],
        _QUERIES["clear_statements"],
        _QUERIES["clear_disputes"],
        _QUERIES["clear_conflicts"],
        _QUERIES["clear_answers"],
        _QUERIES["clear_broadcasts"],
        _QUERIES["clear_services"],
        _QUERIES["delete_weekly_hours"],
        _QUERIES["delete_overrides"],
        _QUERIES["delete_time_off"],
        _QUERIES["delete_achievements"],
        _QUERIES["delete_installations"],
        _QUERIES["delete_notification_settings"],
        _QUERIES["delete_links"],
        _QUERIES["delete_buckets"],
    ):
        uow.execute(query, uid=uid)
    uow.execute(_QUERIES["clear_trainer"], uid=uid, name=DELETED_NAME)
    return None


def touch_documents(uow: UnitOfWork, uid: str, after: str) -> str | None:
    """Have a page of the documents that named the person written again, from rows that do not."""
    paths = uow.list(_QUERIES["list_paths"], _Path, uid=uid, after=after, limit=PAGE)
    uow.touch(*(row.path for row in paths))
    return paths[-1].path if len(paths) == PAGE else None


def clear_audit(uow: UnitOfWork, uid: str, after: str) -> str | None:
    """Take the texts out of a page of the audit; who did what, when, and to what stays."""
    lines = uow.list(_QUERIES["list_lines"], _Line, uid=uid, limit=LINES)
    rows = [{name: cleared(value) for name, value in asdict(line).items()} for line in lines]
    uow.execute(_QUERIES["clear_lines"], lines=Jsonb(rows))
    return after if len(lines) == LINES else None


def delete_messages(uow: UnitOfWork, uid: str, after: str) -> str | None:
    """Forget what the person asked, was answered and was told.

    Raises:
        StillDelivered: something of it is on its way at this moment.
    """
    notices = uow.list(_QUERIES["delete_notifications"], _Path, uid=uid, limit=PAGE)
    uow.touch(*(row.path for row in notices))
    if len(notices) == PAGE:
        return after
    uow.execute(_QUERIES["delete_commands"], uid=uid)
    uow.execute(_QUERIES["delete_entries"], uid=uid)
    counted = uow.find(_QUERIES["count_entries"], _Counted, uid=uid)
    if counted is not None and counted.entries:
        raise StillDelivered(f"{counted.entries} entries")
    return None


# What is done in Postgres; traces in Firestore are the relay's to remove.
ACTS: dict[Step, Act] = {
    Step.BOOKINGS: give_up_booking,
    Step.SESSIONS: call_off_session,
    Step.DISPUTES: withdraw_claim,
    Step.CREDITS: end_credits,
    Step.TEXTS: clear_texts,
    Step.DOCUMENTS: touch_documents,
    Step.AUDIT: clear_audit,
    Step.MESSAGES: delete_messages,
}
