"""Open classes, and what staff do to a session as a whole: retitle, resize, call off."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from courtside.availability.model import Busy, Slot
from courtside.availability.store import get_calendar
from courtside.bookings import policy, seats, store
from courtside.bookings.events import SessionCalledOff, SessionCreated, SessionUpdated
from courtside.bookings.locks import Locked, lock_service, lock_session
from courtside.bookings.model import Ended, Ending, Session, SessionStatus
from courtside.bookings.offers import offer_freed_seats
from courtside.bookings.refusals import SlotTaken
from courtside.bookings.schemas import CreateSession, SessionView
from courtside.db.unit_of_work import UnitOfWork


def create_session(uow: UnitOfWork, command: CreateSession) -> SessionView:
    """A class that anyone may join; outside the trainer's hours as well, but never over other sessions.

    Raises:
        ServiceNotFound, TrainerNotApproved, StaffOnly: the actor cannot open a class of this service.
        SlotTooSoon, SlotBeyondHorizon, SlotTaken, ResourceTaken: not at this time.
    """
    locked = lock_service(uow, command.service_id)
    policy.require_staff(uow.actor, locked.trainer.id)
    policy.require_offered(locked.trainer, locked.service)
    policy.require_class_time(command.starts_at, uow.now)
    ends_at = command.starts_at + timedelta(minutes=locked.service.duration_minutes)
    slot = Slot(command.starts_at, ends_at)
    session = seats.past_overdue(uow, locked, lambda: _open(uow, locked, slot, command))
    uow.emit(SessionCreated(**locked.told_of_session(session)))
    uow.record(f"sessions/{session.id}", None, _facts(session))
    return session_view(session)


def update_session(uow: UnitOfWork, session_id: UUID, title: str) -> SessionView:
    """Give a session another title.

    Raises:
        SessionNotFound, SessionOver, SessionStarted: it is not the actor's to change, or too late.
    """
    before, locked = lock_session(uow, session_id)
    policy.require_manageable(uow.actor, before, uow.now)
    return _change(uow, locked, before, policy.retitled(before, title))


def resize_session(uow: UnitOfWork, session_id: UUID, capacity: int) -> SessionView:
    """Give a session more seats or fewer, never fewer than are taken.

    Raises:
        SessionNotFound, SessionOver, SessionStarted: it is not the actor's to change, or too late.
        SeatsTaken: more seats are taken.
    """
    before, locked = lock_session(uow, session_id)
    policy.require_manageable(uow.actor, before, uow.now)
    return _change(uow, locked, before, policy.resized(before, capacity))


def cancel_session(uow: UnitOfWork, session_id: UUID, reason: str | None) -> SessionView:
    """Call a session off, and with it every booking in it; it costs its clients nothing.

    Raises:
        SessionNotFound, SessionOver, SessionStarted: it is not the actor's to cancel, or too late.
    """
    before, locked = lock_session(uow, session_id)
    policy.require_manageable(uow.actor, before, uow.now)
    ending = Ending(Ended.SESSION_CANCELLED, reason)
    for booking in store.list_claims(uow, session_id):
        seats.end_booking(uow, locked, booking, ending)
    after = store.close_session(uow, session_id)
    uow.emit(SessionCalledOff(**locked.told_of_session(after), reason=reason))
    uow.record(f"sessions/{session_id}", _facts(before), _facts(after) | {"reason": reason})
    return session_view(after)


def _open(uow: UnitOfWork, locked: Locked, slot: Slot, command: CreateSession) -> Session:
    service = locked.service
    before, after = service.buffer_before_minutes, service.buffer_after_minutes
    wanted = Busy(slot.starts_at - timedelta(minutes=before), slot.ends_at + timedelta(minutes=after))
    calendar = get_calendar(uow, locked.trainer.id, slot.starts_at, slot.ends_at)
    if any(
        taken.busy.starts_at < wanted.ends_at and wanted.starts_at < taken.busy.ends_at
        for taken in calendar.sessions
    ):
        raise SlotTaken(starts_at=slot.starts_at.isoformat())
    return store.insert_session(
        uow,
        service,
        slot,
        SessionStatus.OPEN,
        seats=0,
        capacity=command.capacity,
        open_class=True,
        title=command.title,
    )


def _change(uow: UnitOfWork, locked: Locked, before: Session, after: Session) -> SessionView:
    store.update_session(uow, after)
    offer_freed_seats(uow, locked, after)
    uow.emit(
        SessionUpdated(**locked.told_of_session(after), booking_ids=store.list_booking_ids(uow, after.id))
    )
    uow.record(f"sessions/{after.id}", _facts(before), _facts(after))
    return session_view(after)


def _facts(session: Session) -> dict[str, Any]:
    return {
        "starts_at": session.starts_at.isoformat(),
        "status": session.status,
        "capacity": session.capacity,
        "title": session.title,
    }


def session_view(session: Session) -> SessionView:
    """The session as its caller is told of it."""
    return SessionView(
        session_id=session.id,
        trainer_id=session.trainer_id,
        status=session.status,
        title=session.title,
        capacity=session.capacity,
        seats_taken=session.seats_taken,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
    )
