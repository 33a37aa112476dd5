"""Paying for seats with credits, and getting them back."""

from uuid import UUID

from courtside.bookings.locks import Locked
from courtside.credits import service as credits
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork

_QUERIES = Queries(__package__, "payment.sql")


def pay(
    uow: UnitOfWork, locked: Locked, booking_id: UUID, client_id: str, seats: int, *, pay_with_credits: bool
) -> None:
    """Spend what the seats cost, if they are to be paid with credits.

    Raises:
        InsufficientCredits: the client has fewer.
    """
    if not pay_with_credits:
        return
    amount = locked.service.credit_price * seats
    credits.spend(
        uow,
        client_id=client_id,
        trainer_id=locked.trainer.id,
        service_id=locked.service.id,
        amount=amount,
        booking_id=booking_id,
    )
    uow.execute(_QUERIES["note_spent"], id=booking_id, credits=amount)


def give_back(uow: UnitOfWork, booking_id: UUID, amount: int, reason: str) -> None:
    """Refund credits of a booking, to the allocations that they came from; nothing for 0.

    Raises:
        ValueError: more than the booking has cost; the caller's bug.
    """
    if amount:
        credits.refund(uow, booking_id=booking_id, amount=amount, reason=reason)
        uow.execute(_QUERIES["note_spent"], id=booking_id, credits=-amount)
