"""Sessions and bookings in Postgres."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from courtside.actors import SYSTEM
from courtside.availability.model import Slot
from courtside.bookings.model import (
    Booking,
    BookingDetails,
    BookingStatus,
    Claim,
    Ending,
    Session,
    SessionDetails,
    SessionStatus,
)
from courtside.bookings.refusals import (
    AlreadyBooked,
    BookingNotFound,
    ResourceTaken,
    SessionNotFound,
    SlotTaken,
)
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.ids import new_id
from courtside.trainers.model import Service

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class _Id:
    id: UUID


@dataclass(frozen=True)
class _Counted:
    holds: int


@dataclass(frozen=True)
class _Owner:
    trainer_id: str


@dataclass(frozen=True)
class _Path:
    path: str


def insert_session(
    uow: UnitOfWork,
    service: Service,
    slot: Slot,
    status: SessionStatus,
    *,
    seats: int,
    capacity: int | None = None,
    open_class: bool = False,
    title: str = "",
) -> Session:
    """Take the trainer's time, and the service's room; `capacity` of the service unless told otherwise.

    Raises:
        SlotTaken, ResourceTaken: it overlaps another session: what the exclusion constraints say.
    """
    session = uow.find(
        _QUERIES["insert_session"],
        Session,
        id=new_id(),
        trainer_id=service.trainer_id,
        service_id=service.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        busy_from=slot.starts_at - timedelta(minutes=service.buffer_before_minutes),
        busy_until=slot.ends_at + timedelta(minutes=service.buffer_after_minutes),
        capacity=capacity or service.capacity,
        seats=seats,
        status=status.value,
        open_class=open_class,
        title=title,
        resource_id=service.resource_id,
        now=uow.now,
    )
    if session is None:
        # Nobody else changes a locked trainer's time after it was seen to be free, but other trainers use the room.
        taken = SlotTaken if service.resource_id is None else ResourceTaken
        raise taken(starts_at=slot.starts_at.isoformat())
    return session


def take_seats(
    uow: UnitOfWork,
    session_id: UUID,
    client_id: str,
    seats: int,
    *,
    provisional: bool,
    booking_id: UUID | None = None,
) -> Session | None:
    """So many more seats taken by a client; None if there are not so many, or the client has another booking there.

    `booking_id` is the one that takes them, where it is in the session already: of the waitlist.
    """
    return uow.find(
        _QUERIES["take_seats"],
        Session,
        id=session_id,
        client_id=client_id,
        seats=seats,
        provisional=provisional,
        booking_id=booking_id,
    )


def give_back_seats(uow: UnitOfWork, session_id: UUID, seats: int, booking_id: UUID) -> Session:
    """So many fewer taken, by a booking that has them no more.

    The session is as sure as the bookings that are left; without any it is cancelled, but for open classes and
    where somebody waits: these stay, open.
    """
    session = uow.find(
        _QUERIES["give_back_seats"], Session, id=session_id, seats=seats, booking_id=booking_id, now=uow.now
    )
    assert session is not None  # bookings refer to their session
    return session


def close_session(uow: UnitOfWork, session_id: UUID) -> Session:
    """Cancel a session in which nobody has a seat."""
    session = uow.find(_QUERIES["close_session"], Session, id=session_id, now=uow.now)
    assert session is not None  # the caller holds the trainer's lock and saw that no seat is taken
    return session


def get_session(reader: Reader, session_id: UUID) -> Session:
    """The session.

    Raises:
        SessionNotFound: there is no such session.
    """
    session = reader.find(_QUERIES["find_session"], Session, id=session_id)
    if session is None:
        raise SessionNotFound(session_id=str(session_id))
    return session


def insert_booking(uow: UnitOfWork, session: Session, claim: Claim) -> UUID:
    """A client's claim on seats that were taken for it, made by the actor.

    Raises:
        AlreadyBooked: the client has one there: what the index `bookings_one_seat_per_client` says.
    """
    booking_id = new_id()
    inserted = uow.execute(
        _QUERIES["insert_booking"],
        id=booking_id,
        session_id=session.id,
        client_id=claim.client_id,
        status=claim.status.value,
        seats=claim.seats,
        expires_at=claim.expires_at,
        price_minor=claim.price_minor,
        currency=claim.currency,
        pay_with_credits=claim.pay_with_credits,
        booked_by=None if uow.actor == SYSTEM else uow.actor.uid,
        series_id=claim.series_id,
        series_on=claim.series_on,
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


def list_overdue(inquiry: Inquiry, trainer_id: str) -> Sequence[Booking]:
    """The holds, requests and offers of a locked trainer's sessions whose time is over; the first hundred."""
    return inquiry.list(_QUERIES["list_overdue"], Booking, trainer_id=trainer_id, now=inquiry.now)


def end_booking(uow: UnitOfWork, booking_id: UUID, ending: Ending, cancelled_by: str | None) -> None:
    """End a booking; without `cancelled_by`, the clock did."""
    columns = {**asdict(ending), "how": ending.how.value, "cancelled_by": cancelled_by}
    uow.execute(_QUERIES["end_booking"], id=booking_id, now=uow.now, **columns)


def advance_booking(
    uow: UnitOfWork,
    booking_id: UUID,
    status: BookingStatus,
    expires_at: datetime | None,
    *,
    pay_with_credits: bool,
) -> Session:
    """Make a provisional booking more, or last longer; its session is as sure as it."""
    session = uow.find(
        _QUERIES["advance_booking"],
        Session,
        id=booking_id,
        status=status.value,
        expires_at=expires_at,
        pay_with_credits=pay_with_credits,
        now=uow.now,
    )
    assert session is not None  # the caller holds its trainer's lock and read it
    return session


def update_session(uow: UnitOfWork, session: Session) -> None:
    """Write the title and capacity of a session that is locked."""
    uow.execute(_QUERIES["update_session"], id=session.id, title=session.title, capacity=session.capacity)


def list_booking_ids(reader: Reader, session_id: UUID) -> tuple[UUID, ...]:
    """Every booking that was ever in a session and not moved out of it."""
    return tuple(row.id for row in reader.list(_QUERIES["list_booking_ids"], _Id, session_id=session_id))


def count_live_holds(uow: UnitOfWork, client_id: str) -> int:
    """How many holds a client has made, over all trainers; until commit nobody else adds one."""
    uow.execute(_QUERIES["lock_client"], client_id=client_id)
    counted = uow.find(_QUERIES["count_live_holds"], _Counted, client_id=client_id, now=uow.now)
    assert counted is not None  # the query always gives one row
    return counted.holds


def list_claims(uow: UnitOfWork, session_id: UUID) -> Sequence[Booking]:
    """Whoever has, wants or waits for a seat of a session; those that wait come first."""
    return uow.list(_QUERIES["list_claims"], Booking, session_id=session_id)


def list_overdue_trainers(reader: Reader, now: datetime, limit: int) -> list[str]:
    """Trainers with a hold, request or offer whose time is over; longest overdue first."""
    return [
        row.trainer_id for row in reader.list(_QUERIES["list_overdue_trainers"], _Owner, now=now, limit=limit)
    ]


def list_bookings(reader: Reader, ids: Sequence[UUID]) -> Sequence[BookingDetails]:
    """Bookings with all that their documents show; unknown ids are left out."""
    return reader.list(_QUERIES["list_bookings"], BookingDetails, ids=list(ids))


def list_sessions(reader: Reader, ids: Sequence[UUID]) -> Sequence[SessionDetails]:
    """Sessions with all that their documents show; unknown ids are left out."""
    return reader.list(_QUERIES["list_sessions"], SessionDetails, ids=list(ids))


def list_paths_of_client(reader: Reader, client_id: str) -> list[str]:
    """The documents of every booking of a client and of its sessions, which show the client's name."""
    return [row.path for row in reader.list(_QUERIES["list_paths_of_client"], _Path, client_id=client_id)]


def list_paths_of_trainer(reader: Reader, trainer_id: str) -> list[str]:
    """The documents of every session and booking of a trainer, whose name and zone they show."""
    return [row.path for row in reader.list(_QUERIES["list_paths_of_trainer"], _Path, trainer_id=trainer_id)]
