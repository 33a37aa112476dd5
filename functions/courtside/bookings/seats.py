"""Seats: the only ways to take them and to give them back, whoever asks, under the trainer's lock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from courtside.actors import SYSTEM
from courtside.availability.calendar import Calendar, TakenTime, affected_dates
from courtside.availability.store import get_calendar
from courtside.bookings import policy, store
from courtside.bookings.events import BookingCancelled, HoldEnded
from courtside.bookings.model import (
    EXPIRED,
    AlreadyBooked,
    Booking,
    BookingStatus,
    Claim,
    Ending,
    ResourceTaken,
    Session,
    SessionFull,
    SessionStatus,
    SlotTaken,
)
from courtside.db.unit_of_work import UnitOfWork
from courtside.trainers.model import Service, Trainer
from courtside.trainers.store import list_services, lock_trainer, lock_trainer_of_service

# What a claim that is overdue, but not ended yet, may be the cause of.
_OBSTACLES = (SlotTaken, ResourceTaken, SessionFull, AlreadyBooked)


@dataclass(frozen=True)
class Offer:
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

    def of(self, service_id: UUID) -> "Offer":
        """The same trainer's offer of another service."""
        return replace(self, service=next(s for s in self.services if s.id == service_id))

    def without_notice(self) -> "Offer":
        """As staff may book: up to the start."""
        return replace(
            self,
            trainer=replace(self.trainer, min_notice_minutes=0),
            service=replace(self.service, min_notice_minutes=None),
        )


def lock_offer(uow: UnitOfWork, service_id: UUID) -> Offer:
    """A service and its trainer, locked until commit.

    Raises:
        ServiceNotFound: there is no such service.
    """
    return _offer(uow, lock_trainer_of_service(uow, service_id), service_id)


def lock_booking(uow: UnitOfWork, booking_id: UUID) -> tuple[Booking, Offer]:
    """A booking as it is once its trainer is locked, and what was booked; whose it is, the caller must ask.

    Raises:
        BookingNotFound: there is no such booking.
    """
    seen = store.get_booking(uow, booking_id)
    trainer = lock_trainer(uow, seen.trainer_id)
    # Again, now that nobody else can change it.
    booking = store.get_booking(uow, booking_id)
    return booking, _offer(uow, trainer, booking.service_id)


def lock_session(uow: UnitOfWork, session_id: UUID) -> tuple[Session, Offer]:
    """A session as it is once its trainer is locked, and what it is of.

    Raises:
        SessionNotFound: there is no such session.
    """
    seen = store.get_session(uow, session_id)
    trainer = lock_trainer(uow, seen.trainer_id)
    return store.get_session(uow, session_id), _offer(uow, trainer, seen.service_id)


def claim_seats(uow: UnitOfWork, offer: Offer, starts_at: datetime, claim: Claim) -> tuple[UUID, Session]:
    """A new booking, with its seats: its id and session.

    Raises: as `take_seats`.
    """
    session = take_seats(
        uow, offer, starts_at, claim.client_id, claim.seats, provisional=claim.is_provisional
    )
    return store.insert_booking(uow, session, claim), session


def take_seats(
    uow: UnitOfWork,
    offer: Offer,
    starts_at: datetime,
    client_id: str,
    seats: int,
    *,
    provisional: bool,
) -> Session:
    """Seats for a client: in the shared session that starts then, or in a new one if the slot is open.

    A claim that is overdue is in nobody's way, whether or not the job that ends such claims has come by.

    Raises:
        SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: not at this time.
    """
    try:
        return _take(uow, offer, starts_at, client_id, seats, provisional)
    except _OBSTACLES:
        if not release_overdue(uow, offer):
            raise
    return _take(uow, offer, starts_at, client_id, seats, provisional)


def release_seats(uow: UnitOfWork, session_id: UUID, seats: int, booking_id: UUID) -> Session:
    """Give back what a booking has no more; without any seat taken, the trainer's time is free again.

    An open class stays, and so does a session that somebody waits for.
    """
    return store.give_back_seats(uow, session_id, seats, booking_id)


def release_overdue(uow: UnitOfWork, offer: Offer) -> int:
    """End this trainer's holds, requests and offers whose time is over; how many."""
    overdue = store.list_overdue(uow, offer.trainer.id)
    for booking in overdue:
        end_booking(uow, offer.of(booking.service_id), booking, Ending(EXPIRED[booking.status]))
    return len(overdue)


def end_booking(uow: UnitOfWork, offer: Offer, booking: Booking, ending: Ending) -> Session:
    """End a booking, with its seats given back; its session as that leaves it."""
    store.end_booking(uow, booking.id, ending)
    if booking.takes_seats:
        session = release_seats(uow, booking.session_id, booking.seats, booking.id)
    else:
        session = store.get_session(uow, booking.session_id)
    told: dict[str, Any] = {
        "booking_id": booking.id,
        "session_id": session.id,
        "trainer_id": session.trainer_id,
        "client_id": booking.client_id,
        "service_name": offer.service.name,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "dates": offer.dates_of(session),
        "seats": booking.seats,
        "ended": ending.how.value,
        "reason": ending.reason,
        "cancelled_by": None if uow.actor == SYSTEM else uow.actor.uid,
    }
    uow.emit((HoldEnded if booking.status == BookingStatus.HELD else BookingCancelled)(**told))
    before = {"session_id": str(session.id), "status": booking.status, "seats": booking.seats}
    after = {"status": BookingStatus.CANCELLED.value, "ended": ending.how.value, "reason": ending.reason}
    uow.record(f"bookings/{booking.id}", before, {**before, **after})
    return session


def _take(
    uow: UnitOfWork, offer: Offer, starts_at: datetime, client_id: str, seats: int, provisional: bool
) -> Session:
    calendar = _calendar_around(uow, offer, starts_at)
    shared = calendar.shared_session(offer.service, starts_at)
    if shared is not None:
        policy.require_notice(offer.trainer, starts_at, uow.now)
        return _join(uow, shared, client_id, seats, provisional)
    decision = calendar.decide(starts_at, offer.trainer, offer.service, uow.now)
    slot = policy.require_slot(decision, starts_at)
    status = SessionStatus.BOOKED if provisional else SessionStatus.CONFIRMED
    return store.insert_session(uow, offer.service, slot, status, seats=seats)


def _join(uow: UnitOfWork, shared: TakenTime, client_id: str, seats: int, provisional: bool) -> Session:
    if shared.seats_left < seats:
        raise SessionFull(session_id=str(shared.session_id), seats_left=shared.seats_left)
    session = store.take_seats(uow, shared.session_id, client_id, seats, provisional=provisional)
    if session is None:
        raise AlreadyBooked(session_id=str(shared.session_id))
    return session


def _offer(uow: UnitOfWork, trainer: Trainer, service_id: UUID) -> Offer:
    services = list_services(uow, [trainer.id])
    return Offer(trainer, next(service for service in services if service.id == service_id), services)


def _calendar_around(uow: UnitOfWork, offer: Offer, starts_at: datetime) -> Calendar:
    ends_at = starts_at + timedelta(minutes=offer.service.duration_minutes)
    return get_calendar(uow, offer.trainer.id, starts_at, ends_at)
