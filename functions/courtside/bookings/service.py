"""Use cases of bookings; each takes the trainer's lock first, so one trainer's time changes in one order."""

from datetime import datetime
from typing import Any
from uuid import UUID

from courtside.bookings import policy, seats, store
from courtside.bookings.events import BookingRescheduled, SessionBooked
from courtside.bookings.model import BookingStatus, Claim, Ended, Ending, SameTime, Session
from courtside.bookings.schemas import BookingView
from courtside.db.unit_of_work import UnitOfWork


def book_session(uow: UnitOfWork, service_id: UUID, starts_at: datetime) -> BookingView:
    """A seat for the actor: in the shared session that starts then, or in a new one if the slot is open.

    Raises:
        ServiceNotFound, TrainerNotApproved, OwnSession: it cannot be booked by this actor at all.
        SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: not at this time.
    """
    offer = seats.lock_offer(uow, service_id)
    policy.require_bookable(uow.actor, offer.trainer, offer.service)
    claim = Claim(
        client_id=uow.actor.uid,
        seats=1,
        status=BookingStatus.CONFIRMED,
        expires_at=None,
        price_minor=offer.service.price_minor,
        currency=offer.service.currency,
    )
    booking_id, session = seats.claim_seats(uow, offer, starts_at, claim)
    uow.emit(
        SessionBooked(
            booking_id=booking_id,
            session_id=session.id,
            trainer_id=session.trainer_id,
            client_id=claim.client_id,
            service_name=offer.service.name,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            dates=offer.dates_of(session),
            seats=claim.seats,
            status=claim.status.value,
        )
    )
    uow.record(f"bookings/{booking_id}", None, _facts(session, BookingStatus.CONFIRMED))
    return _view(booking_id, session, BookingStatus.CONFIRMED)


def cancel_booking(uow: UnitOfWork, booking_id: UUID, reason: str | None) -> BookingView:
    """Give a seat back; the last one frees the trainer's time.

    Raises:
        BookingNotFound, BookingCancelled, SessionStarted: it is not the actor's to cancel, or too late.
    """
    booking, offer = seats.lock_booking(uow, booking_id)
    policy.require_changeable(uow.actor, booking, uow.now)
    how = Ended.HOLD_RELEASED if booking.status == BookingStatus.HELD else Ended.CANCELLED
    session = seats.end_booking(uow, offer, booking, Ending(how, reason))
    return _view(booking_id, session, BookingStatus.CANCELLED)


def reschedule_booking(uow: UnitOfWork, booking_id: UUID, starts_at: datetime) -> BookingView:
    """Move a booking to another open slot of its service; when that is refused, the old one was never given up.

    Raises:
        BookingNotFound, BookingCancelled, SessionStarted, SameTime: it cannot be moved.
        SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: not to this time.
    """
    booking, offer = seats.lock_booking(uow, booking_id)
    policy.require_changeable(uow.actor, booking, uow.now)
    if booking.starts_at == starts_at:
        raise SameTime(booking_id=str(booking_id))
    # Before the new seats are taken: a session that this empties is in nobody's way, least of all its own.
    old = seats.release_seats(uow, booking.session_id, booking.seats, booking_id)
    session = seats.take_seats(
        uow, offer, starts_at, booking.client_id, booking.seats, provisional=booking.is_provisional
    )
    reschedules = store.move_booking(uow, booking_id, session)
    uow.emit(
        BookingRescheduled(
            booking_id=booking_id,
            session_id=session.id,
            trainer_id=session.trainer_id,
            client_id=booking.client_id,
            service_name=offer.service.name,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            dates=offer.dates_of(old, session),
            seats=booking.seats,
            old_session_id=old.id,
            old_starts_at=old.starts_at,
            reschedules=reschedules,
        )
    )
    status = BookingStatus(booking.status)
    uow.record(f"bookings/{booking_id}", _facts(old, status), _facts(session, status))
    return _view(booking_id, session, status)


def _facts(session: Session, status: BookingStatus) -> dict[str, Any]:
    return {
        "session_id": str(session.id),
        "starts_at": session.starts_at.isoformat(),
        "status": status.value,
    }


def _view(booking_id: UUID, session: Session, status: BookingStatus) -> BookingView:
    return BookingView(
        booking_id=booking_id,
        session_id=session.id,
        trainer_id=session.trainer_id,
        status=status,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
    )
