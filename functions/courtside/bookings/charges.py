"""What a decision about a booking leaves behind: credits given back, fees owed, and the line that counts grace."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from courtside.bookings.locks import Locked
from courtside.bookings.model import Booking
from courtside.bookings.payment import give_back
from courtside.bookings.penalties import Circumstances, Outcome
from courtside.bookings.policy import is_staff, require_staff
from courtside.bookings.refusals import StaffOnly
from courtside.bookings.schemas import OnTerms
from courtside.credits import service as credits
from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.ids import new_id
from courtside.trainers.model import Trainer

_QUERIES = Queries(__package__, "charges.sql")


class Kind(StrEnum):
    """What the client did, or did not do."""

    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    NO_SHOW = "no_show"


@dataclass(frozen=True)
class _Grace:
    used: int


def circumstances(inquiry: Inquiry, locked: Locked, booking: Booking, terms: OnTerms) -> Circumstances:
    """Who acts, when and on which terms.

    Raises:
        StaffOnly: the terms are for the trainer and admins.
    """
    trainer = locked.trainer
    require_terms(inquiry, booking, terms)
    has_grace = booking.terms(locked.service).grace_per_month > 0
    return Circumstances(
        inquiry.now,
        # An admin who has a seat is that trainer's client like any other.
        by_staff=is_staff(inquiry.actor, trainer.id) and inquiry.actor.uid != booking.client_id,
        for_client=terms.for_client,
        waived=terms.waive is not None,
        grace_used=_count_grace(inquiry, trainer, booking) if has_grace else 0,
    )


def require_terms(inquiry: Inquiry, booking: Booking, terms: OnTerms) -> None:
    """Raises StaffOnly where a client chooses terms that are for the trainer and admins, were it an admin."""
    if terms.for_client or terms.waive is not None:
        if inquiry.actor.uid == booking.client_id:
            raise StaffOnly
        require_staff(inquiry.actor, booking.trainer_id)


def settle(
    uow: UnitOfWork,
    locked: Locked,
    booking: Booking,
    kind: Kind,
    outcome: Outcome,
    *,
    waived_reason: str | None = None,
) -> None:
    """Carry out what was decided about a booking that is written already.

    Raises:
        InsufficientCredits: a move costs credits that the client has not.
    """
    if outcome.refund_credits:
        give_back(uow, booking.id, outcome.refund_credits, kind.value)
    credits.charge_fee(
        uow,
        booking_id=booking.id,
        client_id=booking.client_id,
        trainer_id=booking.trainer_id,
        amount_minor=outcome.fee_minor,
        currency=booking.currency,
        kind=kind.value,
    )
    if kind is Kind.RESCHEDULE:
        # What a cancellation keeps was paid before; what a move costs was not.
        credits.spend(
            uow,
            client_id=booking.client_id,
            trainer_id=booking.trainer_id,
            service_id=booking.service_id,
            amount=outcome.fee_credits,
            booking_id=booking.id,
        )
    if outcome.is_penalty:
        _insert_penalty(uow, locked.trainer, booking, kind, outcome, waived_reason)


def month_of(booking: Booking, trainer: Trainer) -> date:
    """The first day of the trainer's month in which a booking starts: grace counts there, whenever it is used."""
    return booking.starts_at.astimezone(ZoneInfo(trainer.time_zone)).date().replace(day=1)


def _count_grace(inquiry: Inquiry, trainer: Trainer, booking: Booking) -> int:
    counted = inquiry.find(
        _QUERIES["count_grace"],
        _Grace,
        client_id=booking.client_id,
        trainer_id=trainer.id,
        month=month_of(booking, trainer),
    )
    assert counted is not None  # the query always gives one row
    return counted.used


def _insert_penalty(
    uow: UnitOfWork,
    trainer: Trainer,
    booking: Booking,
    kind: Kind,
    outcome: Outcome,
    waived_reason: str | None,
) -> None:
    uow.execute(
        _QUERIES["insert_penalty"],
        id=new_id(),
        booking_id=booking.id,
        client_id=booking.client_id,
        trainer_id=trainer.id,
        kind=kind.value,
        rule=outcome.rule.value,
        month=month_of(booking, trainer),
        late=outcome.late,
        grace_used=outcome.grace_used,
        fee_minor=outcome.fee_minor,
        fee_credits=outcome.fee_credits,
        waived_reason=waived_reason if outcome.waived else None,
        now=uow.now,
    )
