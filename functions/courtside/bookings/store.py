"""Sessions and bookings in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from courtside.availability.model import Slot
from courtside.bookings.model import (
    AlreadyBooked,
    Booking,
    BookingDetails,
    BookingNotFound,
    BookingStatus,
    Session,
    SessionDetails,
    SessionFull,
    SessionStatus,
    SlotTaken,
)
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import uuid7
from courtside.trainers.model import Service

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class _Moved:
    reschedules: int


@dataclass(frozen=True)
class _Path:
    path: str


def insert_session(uow: UnitOfWork, service: Service, slot: Slot) -> Session:
    """Take the trainer's time for a first seat.

    Raises:
        SlotTaken: it overlaps another session: what the exclusion constraint `sessions_do_not_overlap` says.
    """
    session = uow.find(
        _QUERIES["insert_session"],
        Session,
        id=uuid7(),
        trainer_id=service.trainer_id,
        service_id=service.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        busy_from=slot.starts_at - timedelta(minutes=service.buffer_before_minutes),
        busy_until=slot.ends_at + timedelta(minutes=service.buffer_after_minutes),
        capacity=service.capacity,
        status=SessionStatus.CONFIRMED.value,
        now=uow.now,
    )
    if session is None:
        raise SlotTaken(starts_at=slot.starts_at.isoformat())
    return session


def take_seat(uow: UnitOfWork, session_id: UUID) -> Session:
    """One more seat of a session.

    Raises:
        SessionFull: it has none left.
    """
    session = uow.find(_QUERIES["take_seat"], Session, id=session_id)
    if session is None:
        raise SessionFull(session_id=str(session_id))
    return session


def give_back_seat(uow: UnitOfWork, session_id: UUID) -> Session:
    """One seat fewer; a session that loses its last one is cancelled."""
    session = uow.find(_QUERIES["give_back_seat"], Session, id=session_id)
    assert session is not None  # bookings refer to their session
    return session


def insert_booking(uow: UnitOfWork, session: Session, service: Service) -> UUID:
    """The actor's seat in a session.

    Raises:
        AlreadyBooked: the actor has one there: what the index `bookings_one_seat_per_client` says.
    """
    booking_id = uuid7()
    inserted = uow.execute(
        _QUERIES["insert_booking"],
        id=booking_id,
        session_id=session.id,
        client_id=uow.actor.uid,
        status=BookingStatus.CONFIRMED.value,
        price_minor=service.price_minor,
        currency=service.currency,
        now=uow.now,
    )
    if inserted == 0:
        raise AlreadyBooked(session_id=str(session.id))
    return booking_id


def get_booking(reader: Reader, booking_id: UUID) -> Booking:
    """The booking.

    Raises:
        BookingNotFound: there is no such booking.
    """
    booking = reader.find(_QUERIES["find_booking"], Booking, id=booking_id)
    if booking is None:
        raise BookingNotFound(booking_id=str(booking_id))
    return booking


def cancel_booking(uow: UnitOfWork, booking_id: UUID, reason: str | None) -> None:
    """End a booking in the name of the actor."""
    uow.execute(
        _QUERIES["cancel_booking"], id=booking_id, now=uow.now, cancelled_by=uow.actor.uid, reason=reason
    )


def move_booking(uow: UnitOfWork, booking_id: UUID, session: Session) -> int:
    """Put a booking into another session; how often it has been moved by now.

    Raises:
        AlreadyBooked: its client has a seat there: what the index `bookings_one_seat_per_client` says.
    """
    moved = uow.find(_QUERIES["move_booking"], _Moved, id=booking_id, session_id=session.id)
    if moved is None:
        raise AlreadyBooked(session_id=str(session.id))
    return moved.reschedules


def list_bookings(reader: Reader, ids: Sequence[UUID]) -> Sequence[BookingDetails]:
    """Bookings with all that their documents show; unknown ids are left out."""
    return reader.list(_QUERIES["list_bookings"], BookingDetails, ids=list(ids))


def list_sessions(reader: Reader, ids: Sequence[UUID]) -> Sequence[SessionDetails]:
    """Sessions with all that their documents show; unknown ids are left out."""
    return reader.list(_QUERIES["list_sessions"], SessionDetails, ids=list(ids))


def list_paths_of_trainer(reader: Reader, trainer_id: str) -> list[str]:
    """The documents of every session and booking of a trainer, whose name and zone they show."""
    return [row.path for row in reader.list(_QUERIES["list_paths_of_trainer"], _Path, trainer_id=trainer_id)]
