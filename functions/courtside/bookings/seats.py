"""Seats: the only ways to take them and to give them back, whoever asks, under the trainer's lock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from courtside.actors import SYSTEM
from courtside.availability.calendar import Calendar, TakenTime
from courtside.availability.store import get_calendar
from courtside.bookings import policy, store
from courtside.bookings.events import BookingCancelled, HoldEnded
from courtside.bookings.locks import Locked
from courtside.bookings.model import (
    EXPIRED,
    REFUNDED,
    Booking,
    BookingStatus,
    Claim,
    Ending,
    Session,
    SessionStatus,
)
from courtside.bookings.offers import offer_freed_seats, tell_waiting
from courtside.bookings.payment import give_back
from courtside.bookings.refusals import AlreadyBooked, ResourceTaken, SessionFull, SlotCapReached, SlotTaken
from courtside.db.unit_of_work import UnitOfWork

# What a claim that is overdue, but not ended yet, may be the cause of.
_OBSTACLES = (SlotTaken, ResourceTaken, SlotCapReached, SessionFull, AlreadyBooked)


def claim_seats(uow: UnitOfWork, locked: Locked, starts_at: datetime, claim: Claim) -> tuple[UUID, Session]:
    """A new booking, with its seats: its id and session.

    Raises: as `take_seats`.
    """
    session = take_seats(
        uow, locked, starts_at, claim.client_id, claim.seats, provisional=claim.is_provisional
    )
    return store.insert_booking(uow, session, claim), session


def take_seats(
    uow: UnitOfWork,
    locked: Locked,
    starts_at: datetime,
    client_id: str,
    seats: int,
    *,
    provisional: bool,
) -> Session:
    """Seats for a client: in the shared session that starts then, or in a new one if the slot is open.

    Raises:
        SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: not at this time.
    """
    return past_overdue(uow, locked, lambda: _take(uow, locked, starts_at, client_id, seats, provisional))


def past_overdue(uow: UnitOfWork, locked: Locked, take: Callable[[], Session]) -> Session:
    """Take time or seats; claims that are overdue are in nobody's way, whether or not the job has come by.

    Raises: what `take` raises, when no overdue claim was the cause.
    """
    try:
        return take()
    except _OBSTACLES:
        if not release_overdue(uow, locked):
            raise
    return take()


def release_seats(uow: UnitOfWork, locked: Locked, session_id: UUID, seats: int, booking_id: UUID) -> Session:
    """Give back what a booking has no more; without any seat taken, the trainer's time is free again.

    An open class stays, and so does a session that somebody waits for.
    """
    session = store.give_back_seats(uow, session_id, seats, booking_id)
    return offer_freed_seats(uow, locked, session)


def move_seats(
    uow: UnitOfWork, locked: Locked, booking: Booking, starts_at: datetime
) -> tuple[Session, Session]:
    """The same seats at another time: the session that was left, and the one that was joined.

    What is left is in nobody's way, least of all its own; when the new time is refused, nothing was given up.

    Raises: as `take_seats`.
    """
    old = release_seats(uow, locked, booking.session_id, booking.seats, booking.id)
    new = take_seats(
        uow, locked, starts_at, booking.client_id, booking.seats, provisional=booking.is_provisional
    )
    return old, new


def release_overdue(uow: UnitOfWork, locked: Locked) -> int:
    """End this trainer's holds, requests and offers whose time is over; how many."""
    overdue = store.list_overdue(uow, locked.trainer.id)
    for booking in overdue:
        end_booking(uow, locked.of(booking.service_id), booking, Ending(EXPIRED[booking.status]))
    return len(overdue)


def end_booking(uow: UnitOfWork, locked: Locked, booking: Booking, ending: Ending) -> Session:
    """End a booking, with its seats given back; its session as that leaves it.

    What ends by the clock or by the studio gives its credits back; what a client gives up, as the policy decides.
    """
    by_clock = uow.actor == SYSTEM or ending.how in EXPIRED.values()
    cancelled_by = None if by_clock else uow.actor.uid
    store.end_booking(uow, booking.id, ending, cancelled_by)
    if booking.takes_seats:
        session = release_seats(uow, locked, booking.session_id, booking.seats, booking.id)
    else:
        session = store.get_session(uow, booking.session_id)
        tell_waiting(uow, session.id)
    if ending.how in REFUNDED:
        give_back(uow, booking.id, booking.credits_spent, ending.how.value)
    told = locked.told_of(session, booking.id, booking.client_id, booking.seats)
    event = HoldEnded if booking.status == BookingStatus.HELD else BookingCancelled
    uow.emit(event(**told, ended=ending.how.value, reason=ending.reason, cancelled_by=cancelled_by))
    before = {"session_id": str(session.id), "status": booking.status}
    after = {"status": BookingStatus.CANCELLED.value, "ended": ending.how.value, "reason": ending.reason}
    uow.record(f"bookings/{booking.id}", before, {**before, **after})
    return session


def _take(
    uow: UnitOfWork, locked: Locked, starts_at: datetime, client_id: str, seats: int, provisional: bool
) -> Session:
    calendar = _calendar_around(uow, locked, starts_at)
    shared = calendar.shared_session(locked.service, starts_at)
    if shared is not None:
        policy.require_notice(locked.trainer, locked.service, starts_at, uow.now)
        return _join(uow, shared, client_id, seats, provisional)
    decision = calendar.decide(starts_at, locked.trainer, locked.service, uow.now)
    slot = policy.require_slot(decision, starts_at)
    status = SessionStatus.BOOKED if provisional else SessionStatus.CONFIRMED
    return store.insert_session(uow, locked.service, slot, status, seats=seats)


def _join(uow: UnitOfWork, shared: TakenTime, client_id: str, seats: int, provisional: bool) -> Session:
    if shared.seats_left < seats:
        raise SessionFull(session_id=str(shared.session_id), seats_left=shared.seats_left)
    session = store.take_seats(uow, shared.session_id, client_id, seats, provisional=provisional)
    if session is None:
        raise AlreadyBooked(session_id=str(shared.session_id))
    return session


def _calendar_around(uow: UnitOfWork, locked: Locked, starts_at: datetime) -> Calendar:
    ends_at = starts_at + timedelta(minutes=locked.service.duration_minutes)
    return get_calendar(uow, locked.trainer.id, starts_at, ends_at)
