"""Holds: a slot or seats kept for somebody who is about to book, for minutes, against everybody else."""

from typing import Any
from uuid import UUID

from courtside.bookings import policy, seats, store
from courtside.bookings.events import BookingHeld, HoldExtended, SessionBooked
from courtside.bookings.locks import lock_booking
from courtside.bookings.model import Booking, BookingStatus, Ended, Ending
from courtside.bookings.payment import pay
from courtside.bookings.schemas import BookingView, ConfirmHold, HoldSlot
from courtside.bookings.service import claim_of, facts, lock_wanted, view
from courtside.db.unit_of_work import UnitOfWork


def hold_slot(uow: UnitOfWork, command: HoldSlot) -> BookingView:
    """Seats that nobody else can take until the hold ends, or is confirmed by its owner.

    Raises:
        TooManyHolds: the client holds as many times as anybody may by themselves.
        As `service.book_session` otherwise, but for payment.
    """
    locked, client_id = lock_wanted(uow, command)
    if client_id == uow.actor.uid:
        # What staff hold for a client is the studio's own time, and must not use up what the client may hold.
        policy.require_few_holds(store.count_live_holds(uow, client_id))
    claim = claim_of(uow, locked, client_id, command, BookingStatus.HELD)
    booking_id, session = seats.claim_seats(uow, locked, command.starts_at, claim)
    told = locked.told_of(session, booking_id, client_id, claim.seats)
    uow.emit(BookingHeld(**told, expires_at=claim.expires_at or uow.now))
    uow.record(f"bookings/{booking_id}", None, facts(session, claim.status) | {"seats": claim.seats})
    return view(booking_id, session, claim.status, claim.seats, claim.expires_at)


def extend_hold(uow: UnitOfWork, booking_id: UUID) -> BookingView:
    """The hold's full minutes again from now, up to three times its length in all.

    Raises:
        BookingNotFound, NotHeld, HoldExpired: it is no live hold of the actor's.
        HoldSpent: it lasts as long as it ever will.
    """
    hold, locked = lock_booking(uow, booking_id)
    policy.require_own_hold(uow.actor, hold, uow.now)
    until = policy.extended_until(hold, locked.service, uow.now)
    session = store.advance_booking(
        uow, booking_id, BookingStatus.HELD, until, pay_with_credits=hold.pay_with_credits
    )
    told = locked.told_of(session, booking_id, hold.client_id, hold.seats)
    uow.emit(HoldExtended(**told | {"dates": ()}, expires_at=until))
    uow.record(f"bookings/{booking_id}", _end_of(hold), {"expires_at": until.isoformat()})
    return view(booking_id, session, BookingStatus.HELD, hold.seats, until)


def confirm_hold(uow: UnitOfWork, command: ConfirmHold) -> BookingView:
    """Turn a hold into a booking, or into a request where the trainer wants to be asked.

    Raises:
        BookingNotFound, NotHeld, HoldExpired: it is no live hold of the actor's.
        NotPayableWithCredits, InsufficientCredits: it cannot be paid so.
    """
    hold, locked = lock_booking(uow, command.booking_id)
    policy.require_own_hold(uow.actor, hold, uow.now)
    policy.require_payable(locked.service, pay_with_credits=command.with_credits)
    by_staff = policy.is_staff(uow.actor, hold.trainer_id)
    status = policy.decide_status(locked.service, by_staff=by_staff)
    expires_at = policy.expiry_of(status, locked.service, hold.starts_at, uow.now)
    session = store.advance_booking(uow, hold.id, status, expires_at, pay_with_credits=command.with_credits)
    pay(uow, locked, hold.id, hold.client_id, hold.seats, pay_with_credits=command.with_credits)
    told = locked.told_of(session, hold.id, hold.client_id, hold.seats)
    # Its seats were taken already: no day changes.
    uow.emit(SessionBooked(**told | {"dates": ()}, status=status.value, expires_at=expires_at))
    uow.record(f"bookings/{hold.id}", facts(session, BookingStatus.HELD), facts(session, status))
    return view(hold.id, session, status, hold.seats, expires_at)


def release_hold(uow: UnitOfWork, booking_id: UUID) -> BookingView:
    """Let go of a hold before it ends.

    Raises:
        BookingNotFound, NotHeld, HoldExpired: it is no live hold of the actor's.
    """
    hold, locked = lock_booking(uow, booking_id)
    policy.require_own_hold(uow.actor, hold, uow.now)
    session = seats.end_booking(uow, locked, hold, Ending(Ended.HOLD_RELEASED))
    return view(booking_id, session, BookingStatus.CANCELLED, hold.seats)


def _end_of(hold: Booking) -> dict[str, Any]:
    return {"expires_at": hold.expires_at.isoformat() if hold.expires_at else None}
