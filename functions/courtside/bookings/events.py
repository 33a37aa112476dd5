"""What happens to sessions and the bookings in them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from courtside.events import Event


@dataclass(frozen=True, kw_only=True)
class BookingEvent(Event):
    """What every event of a booking carries: enough to find each document and audience without a query."""

    booking_id: UUID
    session_id: UUID
    trainer_id: str
    client_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    # Local dates of the trainer whose open slots this may have changed.
    dates: tuple[date, ...]


@dataclass(frozen=True, kw_only=True)
class SessionBooked(BookingEvent):
    """A client took a seat."""

    name = "session.booked.v1"


@dataclass(frozen=True, kw_only=True)
class BookingCancelled(BookingEvent):
    """A seat was given back, by the client, the trainer or an admin."""

    name = "session.cancelled.v1"
    cancelled_by: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class BookingRescheduled(BookingEvent):
    """A booking moved, for the time that `reschedules` counts; `starts_at` and `session_id` are the new ones."""

    name = "session.rescheduled.v1"
    old_session_id: UUID
    old_starts_at: datetime
    reschedules: int
