"""Use cases of bookings; each takes the trainer's lock first, so one trainer's time changes in one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from courtside.availability.calendar import Calendar, affected_dates
from courtside.availability.store import get_calendar
from courtside.bookings import policy, store
from courtside.bookings.events import BookingCancelled, BookingRescheduled, SessionBooked
from courtside.bookings.model import Booking, BookingStatus, SameTime, Session
from courtside.bookings.schemas import BookingView
from courtside.db.unit_of_work import UnitOfWork
from courtside.trainers.model import Service, Trainer
from courtside.trainers.store import list_services, lock_trainer, lock_trainer_of_service


@dataclass(frozen=True)
class _Offer:
    """A locked trainer and what it offers, one service of it in question."""

    trainer: Trainer
    service: Service
    services: Sequence[Service]

    def dates_of(self, *sessions: Session) -> tuple[date, ...]:
        """Local dates whose open slots these sessions may change."""
        zone = ZoneInfo(self.trainer.time_zone)
        dates: set[date] = set()
        for session in sessions:
            first, last = affected_dates(session.busy, self.services, zone)
            dates.update(first + timedelta(days=n) for n in range((last - first).days + 1))
        return tuple(sorted(dates))


def book_session(uow: UnitOfWork, service_id: UUID, starts_at: datetime) -> BookingView:
    """A seat for the actor: in the shared session that starts then, or in a new one if the slot is open.

    Raises:
        ServiceNotFound, TrainerNotApproved, OwnSession: it cannot be booked by this actor at all.
        SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: not at this time.
    """
    trainer = lock_trainer_of_service(uow, service_id)
    offer = _offer(uow, trainer, service_id)
    policy.require_bookable(uow.actor, trainer, offer.service)
    session = _take_seat(uow, offer, starts_at, _calendar_around(uow, offer, starts_at))
    booking_id = store.insert_booking(uow, session, offer.service)
    uow.emit(
        SessionBooked(
            booking_id=booking_id,
            session_id=session.id,
            trainer_id=trainer.id,
            client_id=uow.actor.uid,
            service_name=offer.service.name,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            dates=offer.dates_of(session),
        )
    )
    uow.record(f"bookings/{booking_id}", None, _facts(session, BookingStatus.CONFIRMED))
    return _view(booking_id, session, BookingStatus.CONFIRMED)


def cancel_booking(uow: UnitOfWork, booking_id: UUID, reason: str | None) -> BookingView:
    """Give a seat back; the last one frees the trainer's time.

    Raises:
        BookingNotFound, BookingCancelled, SessionStarted: it is not the actor's to cancel, or too late.
    """
    booking, offer = _lock_booking(uow, booking_id)
    session = store.give_back_seat(uow, booking.session_id)
    store.cancel_booking(uow, booking_id, reason)
    uow.emit(
        BookingCancelled(
            booking_id=booking_id,
            session_id=session.id,
            trainer_id=session.trainer_id,
            client_id=booking.client_id,
            service_name=offer.service.name,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            dates=offer.dates_of(session),
            cancelled_by=uow.actor.uid,
            reason=reason,
        )
    )
    uow.record(
        f"bookings/{booking_id}",
        _facts(session, BookingStatus.CONFIRMED),
        _facts(session, BookingStatus.CANCELLED),
    )
    return _view(booking_id, session, BookingStatus.CANCELLED)


def reschedule_booking(uow: UnitOfWork, booking_id: UUID, starts_at: datetime) -> BookingView:
    """Move a booking to another open slot of its service; when that is refused, the old one was never given up.

    Raises:
        BookingNotFound, BookingCancelled, SessionStarted, SameTime: it cannot be moved.
        SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: not to this time.
    """
    booking, offer = _lock_booking(uow, booking_id)
    if booking.starts_at == starts_at:
        raise SameTime(booking_id=str(booking_id))
    old = store.give_back_seat(uow, booking.session_id)
    # Read after giving back: a session that this emptied is in nobody's way, least of all its own.
    session = _take_seat(uow, offer, starts_at, _calendar_around(uow, offer, starts_at))
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
            old_session_id=old.id,
            old_starts_at=old.starts_at,
            reschedules=reschedules,
        )
    )
    uow.record(
        f"bookings/{booking_id}",
        _facts(old, BookingStatus.CONFIRMED),
        _facts(session, BookingStatus.CONFIRMED),
    )
    return _view(booking_id, session, BookingStatus.CONFIRMED)


def _lock_booking(uow: UnitOfWork, booking_id: UUID) -> tuple[Booking, _Offer]:
    seen = store.get_booking(uow, booking_id)
    trainer = lock_trainer(uow, seen.trainer_id)
    # Again, now that nobody else can change it.
    booking = store.get_booking(uow, booking_id)
    policy.require_changeable(uow.actor, booking, uow.now)
    return booking, _offer(uow, trainer, booking.service_id)


def _offer(uow: UnitOfWork, trainer: Trainer, service_id: UUID) -> _Offer:
    services = list_services(uow, [trainer.id])
    return _Offer(trainer, next(service for service in services if service.id == service_id), services)


def _calendar_around(uow: UnitOfWork, offer: _Offer, starts_at: datetime) -> Calendar:
    ends_at = starts_at + timedelta(minutes=offer.service.duration_minutes)
    return get_calendar(uow, offer.trainer.id, starts_at, ends_at)


def _take_seat(uow: UnitOfWork, offer: _Offer, starts_at: datetime, calendar: Calendar) -> Session:
    shared = calendar.shared_session(offer.service, starts_at)
    if shared is not None:
        policy.require_notice(offer.trainer, starts_at, uow.now)
        return store.take_seat(uow, shared.session_id)
    decision = calendar.decide(starts_at, offer.trainer, offer.service, uow.now)
    return store.insert_session(uow, offer.service, policy.require_slot(decision, starts_at))


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
