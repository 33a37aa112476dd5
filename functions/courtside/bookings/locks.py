"""What bookings act on: a trainer, locked first so that its time changes in one order, and one of its services."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from courtside.availability.calendar import affected_dates
from courtside.bookings import store
from courtside.bookings.model import Booking, Session
from courtside.db.reader import Reader
from courtside.db.unit_of_work import UnitOfWork
from courtside.trainers.model import Service, Trainer
from courtside.trainers.store import list_services, list_trainers, lock_trainer, lock_trainer_of_service


@dataclass(frozen=True)
class Locked:
    """A locked trainer and what it offers, one service of it in question."""

    trainer: Trainer
    service: Service
    services: Sequence[Service]

    def dates_of(self, *sessions: Session) -> tuple[date, ...]:
        """Local dates whose open slots these sessions may change."""
        zone = ZoneInfo(self.trainer.time_zone)
        dates: set[date] = set()
        for session in sessions:
            first, last = affected_dates(
                session.busy, self.services, zone, weekly_cap=self.trainer.weekly_cap
            )
            dates.update(first + timedelta(days=n) for n in range((last - first).days + 1))
        return tuple(sorted(dates))

    def told_of(self, session: Session, booking_id: UUID, client_id: str, seats: int) -> dict[str, Any]:
        """What every event of a booking carries, with the days whose open slots it changes."""
        return {
            "booking_id": booking_id,
            "session_id": session.id,
            "trainer_id": session.trainer_id,
            "client_id": client_id,
            "service_name": self.service.name,
            "starts_at": session.starts_at,
            "ends_at": session.ends_at,
            "dates": self.dates_of(session),
            "resource_id": self.service.resource_id,
            "seats": seats,
        }

    def told_of_session(self, session: Session) -> dict[str, Any]:
        """What every event of a session as a whole carries, with the days that show it."""
        return {
            "session_id": session.id,
            "trainer_id": session.trainer_id,
            "service_name": self.service.name,
            "title": session.title,
            "capacity": session.capacity,
            "seats_taken": session.seats_taken,
            "starts_at": session.starts_at,
            "ends_at": session.ends_at,
            "dates": self.dates_of(session),
            "resource_id": self.service.resource_id,
        }

    def of(self, service_id: UUID) -> "Locked":
        """The same trainer's offer of another service."""
        return replace(self, service=next(s for s in self.services if s.id == service_id))

    def without_notice(self) -> "Locked":
        """As staff may book: up to the start."""
        return replace(
            self,
            trainer=replace(self.trainer, min_notice_minutes=0),
            service=replace(self.service, min_notice_minutes=0),
        )


def lock_service(uow: UnitOfWork, service_id: UUID) -> Locked:
    """A service and its trainer, locked until commit.

    Raises:
        ServiceNotFound: there is no such service.
    """
    return _locked(uow, lock_trainer_of_service(uow, service_id), service_id)


def lock_services_of(uow: UnitOfWork, trainer_id: str) -> Locked:
    """A trainer who offers something, locked until commit, with the first service in question.

    Raises:
        TrainerNotFound: there is no such trainer.
    """
    trainer = lock_trainer(uow, trainer_id)
    services = list_services(uow, [trainer_id])
    return Locked(trainer, services[0], services)


def lock_booking(uow: UnitOfWork, booking_id: UUID) -> tuple[Booking, Locked]:
    """A booking as it is once its trainer is locked, and what was booked; whose it is, the caller must ask.

    Raises:
        BookingNotFound: there is no such booking.
    """
    seen = store.get_booking(uow, booking_id)
    trainer = lock_trainer(uow, seen.trainer_id)
    # Again, now that nobody else can change it.
    booking = store.get_booking(uow, booking_id)
    return booking, _locked(uow, trainer, booking.service_id)


def look_at_booking(reader: Reader, booking_id: UUID) -> tuple[Booking, Locked]:
    """The same for who only asks: nothing is locked.

    Raises:
        BookingNotFound: there is no such booking.
    """
    booking = store.get_booking(reader, booking_id)
    return booking, look_at_service(reader, booking.trainer_id, booking.service_id)


def look_at_service(reader: Reader, trainer_id: str, service_id: UUID) -> Locked:
    """One of a trainer's services, as it is: nothing is locked."""
    return _locked(reader, list_trainers(reader, [trainer_id])[0], service_id)


def lock_session(uow: UnitOfWork, session_id: UUID) -> tuple[Session, Locked]:
    """A session as it is once its trainer is locked, and what it is of.

    Raises:
        SessionNotFound: there is no such session.
    """
    seen = store.get_session(uow, session_id)
    trainer = lock_trainer(uow, seen.trainer_id)
    return store.get_session(uow, session_id), _locked(uow, trainer, seen.service_id)


def _locked(reader: Reader, trainer: Trainer, service_id: UUID) -> Locked:
    services = list_services(reader, [trainer.id])
    return Locked(trainer, next(service for service in services if service.id == service_id), services)
