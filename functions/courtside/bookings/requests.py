"""Requests: bookings that wait for the trainer's word, and take the time while they do."""

from uuid import UUID

from courtside.bookings import policy, seats, store
from courtside.bookings.events import BookingConfirmed
from courtside.bookings.locks import lock_booking
from courtside.bookings.model import BookingStatus, Ended, Ending
from courtside.bookings.schemas import BookingView
from courtside.bookings.service import facts, view
from courtside.db.unit_of_work import UnitOfWork


def confirm_booking(uow: UnitOfWork, booking_id: UUID) -> BookingView:
    """Make a request a booking.

    Raises:
        BookingNotFound, StaffOnly: it is not the actor's to decide.
        NotPending, RequestExpired: it is no request any more.
    """
    request, locked = lock_booking(uow, booking_id)
    policy.require_decidable(uow.actor, request, uow.now)
    session = store.advance_booking(
        uow, booking_id, BookingStatus.CONFIRMED, None, pay_with_credits=request.pay_with_credits
    )
    told = locked.told_of(session, booking_id, request.client_id, request.seats)
    uow.emit(BookingConfirmed(**told | {"dates": ()}))
    uow.record(
        f"bookings/{booking_id}",
        facts(session, BookingStatus.PENDING),
        facts(session, BookingStatus.CONFIRMED),
    )
    return view(booking_id, session, BookingStatus.CONFIRMED, request.seats)


def decline_booking(uow: UnitOfWork, booking_id: UUID, reason: str | None) -> BookingView:
    """Turn a request down; its time is free again.

    Raises: as `confirm_booking`.
    """
    request, locked = lock_booking(uow, booking_id)
    policy.require_decidable(uow.actor, request, uow.now)
    session = seats.end_booking(uow, locked, request, Ending(Ended.DECLINED, reason))
    return view(booking_id, session, BookingStatus.CANCELLED, request.seats)
