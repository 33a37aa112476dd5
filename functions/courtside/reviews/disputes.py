"""Disputes: one party claims, the other answers, an admin decides; what goes back moves through the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from courtside.bookings.payment import give_back
from courtside.bookings.store import get_booking
from courtside.credits import service as credits
from courtside.credits.store import find_fee
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id
from courtside.reviews import events, policy
from courtside.reviews.model import (
    AlreadyDisputed,
    Dispute,
    DisputeClosed,
    DisputeNotFound,
    DisputeStatus,
    NotYours,
    ShownDispute,
    Verdict,
)
from courtside.reviews.schemas import (
    AddEvidence,
    AnswerDispute,
    DisputeView,
    OpenDispute,
    ResolveDispute,
    Statement,
    WithdrawDispute,
)

_QUERIES = Queries(__package__, "disputes.sql")

MOST_STATEMENTS = 20


@dataclass(frozen=True)
class _Closing:
    """How a dispute ends, and what goes back to the client."""

    status: DisputeStatus
    outcome: Verdict | None = None
    resolution: str | None = None
    returned_minor: int = 0
    refunded_credits: int = 0


@dataclass(frozen=True)
class _Said:
    position: int


def open_dispute(uow: UnitOfWork, command: OpenDispute) -> DisputeView:
    """Claim that something about a booking is wrong.

    Raises:
        BookingNotFound, NotDisputable: it is not the actor's to dispute, or too late.
        AlreadyDisputed: it is disputed.
    """
    booking = get_booking(uow, command.booking_id)
    policy.require_disputable(uow.actor.uid, booking, uow.now)
    dispute_id = new_id()
    inserted = uow.execute(
        _QUERIES["insert_dispute"],
        id=dispute_id,
        booking_id=booking.id,
        client_id=booking.client_id,
        trainer_id=booking.trainer_id,
        opened_by=uow.actor.uid,
        reason=command.reason,
        answer_by=uow.now + policy.ANSWER_WITHIN,
        now=uow.now,
    )
    if inserted == 0:
        raise AlreadyDisputed(booking_id=str(booking.id))
    _say(uow, dispute_id, command)
    uow.emit(
        events.DisputeOpened(
            dispute_id=dispute_id,
            booking_id=booking.id,
            client_id=booking.client_id,
            trainer_id=booking.trainer_id,
            status=DisputeStatus.OPEN.value,
            opened_by=uow.actor.uid,
            reason=command.reason,
        )
    )
    uow.record(f"disputes/{dispute_id}", None, {"status": "open", "reason": command.reason})
    return DisputeView(dispute_id=dispute_id, status=DisputeStatus.OPEN)


def answer_dispute(uow: UnitOfWork, command: AnswerDispute) -> DisputeView:
    """The other party's side of it.

    Raises:
        DisputeNotFound, NotYours, DisputeClosed: it is not the actor's to answer, or too late.
    """
    dispute = _lock_own(uow, command.dispute_id)
    policy.require_answerer(uow.actor.uid, dispute)
    if dispute.status != DisputeStatus.OPEN or dispute.answer_by <= uow.now:
        raise DisputeClosed(dispute_id=str(dispute.id), status=dispute.status)
    statement = _say(uow, dispute.id, command)
    return _go_on(uow, dispute, DisputeStatus.ANSWERED, statement)


def add_evidence(uow: UnitOfWork, command: AddEvidence) -> DisputeView:
    """Something more, by either party.

    Raises:
        DisputeNotFound, DisputeClosed: it is not the actor's, or too late, or too much was said.
    """
    dispute = _lock_own(uow, command.dispute_id)
    policy.require_open(dispute)
    statement = _say(uow, dispute.id, command)
    return _go_on(uow, dispute, DisputeStatus(dispute.status), statement)


def withdraw_dispute(uow: UnitOfWork, command: WithdrawDispute) -> DisputeView:
    """Take it back.

    Raises:
        DisputeNotFound, NotYours, DisputeClosed: it is not the actor's to take back, or too late.
    """
    dispute = _lock_own(uow, command.dispute_id)
    if uow.actor.uid != dispute.opened_by:
        raise NotYours(dispute_id=str(dispute.id))
    policy.require_open(dispute)
    return _close(uow, dispute, _Closing(DisputeStatus.WITHDRAWN))


def resolve_dispute(uow: UnitOfWork, command: ResolveDispute) -> DisputeView:
    """An admin decides, whether or not it was answered.

    Raises:
        DisputeNotFound, DisputeClosed: there is none to decide.
        OutcomeExceeds: more would go back than was charged.
    """
    dispute = _lock(uow, command.dispute_id)
    policy.require_open(dispute)
    fee, booking = find_fee(uow, dispute.booking_id), get_booking(uow, dispute.booking_id)
    verdict = Verdict(command.outcome)
    due = fee.due_minor if fee else 0
    returned, refunded = policy.decide_return(
        verdict, due, booking.credits_spent, command.return_minor, command.refund_credits
    )
    if returned:
        credits.return_fee(uow, booking_id=booking.id, amount_minor=returned, reason=f"dispute {dispute.id}")
    give_back(uow, booking.id, refunded, f"dispute {dispute.id}")
    closing = _Closing(DisputeStatus.RESOLVED, verdict, command.reason, returned, refunded)
    return _close(uow, dispute, closing)


def lapse(uow: UnitOfWork) -> int:
    """Have disputes that nobody answered in time decided without; how many."""
    lapsed = uow.list(_QUERIES["lapse"], Dispute, now=uow.now)
    for dispute in lapsed:
        uow.emit(events.DisputeContinued(**_told(dispute, DisputeStatus.LAPSED)))
        uow.record(f"disputes/{dispute.id}", {"status": "open"}, {"status": "lapsed"})
    return len(lapsed)


def list_disputes(reader: Reader, ids: Sequence[UUID]) -> Sequence[ShownDispute]:
    """Disputes with all that their documents show; unknown ids are left out."""
    return reader.list(_QUERIES["list_disputes"], ShownDispute, ids=list(ids))


def _lock(uow: UnitOfWork, dispute_id: UUID) -> Dispute:
    dispute = uow.find(_QUERIES["lock_dispute"], Dispute, id=dispute_id)
    if dispute is None:
        raise DisputeNotFound(dispute_id=str(dispute_id))
    return dispute


def _lock_own(uow: UnitOfWork, dispute_id: UUID) -> Dispute:
    dispute = _lock(uow, dispute_id)
    if uow.actor.uid not in (dispute.client_id, dispute.trainer_id):
        raise DisputeNotFound(dispute_id=str(dispute_id))
    return dispute


def _say(uow: UnitOfWork, dispute_id: UUID, said: Statement) -> int:
    written = uow.find(
        _QUERIES["insert_statement"],
        _Said,
        dispute_id=dispute_id,
        author=uow.actor.uid,
        text=said.text,
        links=list(said.links),
        most=MOST_STATEMENTS,
        now=uow.now,
    )
    if written is None:
        raise DisputeClosed("Enough was said in this dispute.", dispute_id=str(dispute_id))
    return written.position


def _go_on(uow: UnitOfWork, dispute: Dispute, status: DisputeStatus, statement: int) -> DisputeView:
    uow.execute(_QUERIES["set_status"], id=dispute.id, status=status.value)
    answers = status != dispute.status
    uow.emit(events.DisputeContinued(**_told(dispute, status), statement=statement, answers=answers))
    uow.record(f"disputes/{dispute.id}", {"status": dispute.status}, {"status": status.value})
    return DisputeView(dispute_id=dispute.id, status=status)


def _close(uow: UnitOfWork, dispute: Dispute, closing: _Closing) -> DisputeView:
    outcome = closing.outcome.value if closing.outcome else None
    uow.execute(
        _QUERIES["close_dispute"],
        id=dispute.id,
        status=closing.status.value,
        outcome=outcome,
        resolution=closing.resolution,
        returned_minor=closing.returned_minor,
        refunded_credits=closing.refunded_credits,
        now=uow.now,
    )
    uow.emit(events.DisputeClosed(**_told(dispute, closing.status), outcome=outcome))
    after = {"status": closing.status.value, "outcome": outcome, "returned_minor": closing.returned_minor}
    uow.record(
        f"disputes/{dispute.id}",
        {"status": dispute.status},
        {**after, "refunded_credits": closing.refunded_credits, "reason": closing.resolution},
    )
    return DisputeView(dispute_id=dispute.id, status=closing.status)


def _told(dispute: Dispute, status: DisputeStatus) -> dict[str, Any]:
    return {
        "dispute_id": dispute.id,
        "booking_id": dispute.booking_id,
        "client_id": dispute.client_id,
        "trainer_id": dispute.trainer_id,
        "status": status.value,
    }
