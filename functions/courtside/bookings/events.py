"""What happens to sessions and the bookings in them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
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
    seats: int = 1
    # The room, whose other users' open slots it may have changed as well.
    resource_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class SessionBooked(BookingEvent):
    """Seats were taken for a client: for sure, or `pending` until the trainer confirms or the time is over."""

    name = "session.booked.v1"
    status: str = "confirmed"
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class BookingConfirmed(BookingEvent):
    """The trainer's studio said yes to a request."""

    name = "session.confirmed.v1"


@dataclass(frozen=True, kw_only=True)
class BookingHeld(BookingEvent):
    """Seats are kept for a client until `expires_at`."""

    name = "booking.held.v1"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class HoldExtended(BookingEvent):
    """A hold lasts until `expires_at` now."""

    name = "booking.hold_extended.v1"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class BookingWaitlisted(BookingEvent):
    """A client waits for seats, as the `position`th in line."""

    name = "booking.waitlisted.v1"
    position: int


@dataclass(frozen=True, kw_only=True)
class BookingOffered(BookingEvent):
    """Freed seats are kept for whoever was first in line, until `expires_at`."""

    name = "booking.offered.v1"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class BookingPromoted(BookingEvent):
    """Whoever waited has the seats now; `pending` where the trainer wants to be asked."""

    name = "booking.promoted.v1"
    status: str


@dataclass(frozen=True, kw_only=True)
class BookingCompleted(BookingEvent):
    """A client was there."""

    name = "booking.completed.v1"


@dataclass(frozen=True, kw_only=True)
class BookingMissed(BookingEvent):
    """A client was not there."""

    name = "booking.no_show.v1"


@dataclass(frozen=True, kw_only=True)
class AchievementChanged(Event):
    """A client has achieved something, or has not any more; with the trainer of the session that decided it."""

    name = "achievement.changed.v1"
    client_id: str
    trainer_id: str
    code: str
    awarded: bool


@dataclass(frozen=True, kw_only=True)
class WaitlistMoved(Event):
    """Those who still wait are nearer to the front."""

    name = "waitlist.moved.v1"
    session_id: UUID
    booking_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class BookingEnded(BookingEvent):
    """A claim on seats came to its end; `ended` says how, `cancelled_by` is None for the clock."""

    cancelled_by: str | None
    reason: str | None
    ended: str = "cancelled"


@dataclass(frozen=True, kw_only=True)
class BookingCancelled(BookingEnded):
    """A booking or request was given up by the client, the trainer, an admin or the clock."""

    name = "session.cancelled.v1"


@dataclass(frozen=True, kw_only=True)
class HoldEnded(BookingEnded):
    """A hold ran out, or its owner let go of it."""

    name = "booking.hold_ended.v1"


@dataclass(frozen=True, kw_only=True)
class BookingRescheduled(BookingEvent):
    """A booking moved, for the time that `reschedules` counts; `starts_at` and `session_id` are the new ones."""

    name = "session.rescheduled.v1"
    old_session_id: UUID
    old_starts_at: datetime
    reschedules: int


@dataclass(frozen=True, kw_only=True)
class SessionEvent(Event):
    """What every event of a session as a whole carries."""

    session_id: UUID
    trainer_id: str
    service_name: str
    title: str
    capacity: int
    seats_taken: int
    starts_at: datetime
    ends_at: datetime
    # Local dates of the trainer whose open slots or classes this may have changed.
    dates: tuple[date, ...]
    # The room, whose other users' open slots it may have changed as well.
    resource_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class SessionCreated(SessionEvent):
    """Staff opened a class."""

    name = "session.created.v1"


@dataclass(frozen=True, kw_only=True)
class SessionUpdated(SessionEvent):
    """Staff changed a session's title or capacity; `booking_ids` are those whose documents show it."""

    name = "session.updated.v1"
    booking_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class SessionCalledOff(SessionEvent):
    """Staff called a session off; each booking in it has an event of its own."""

    name = "session.called_off.v1"
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class SessionCompleted(SessionEvent):
    """A session took place; each booking in it has an event of its own."""

    name = "session.completed.v1"


@dataclass(frozen=True, kw_only=True)
class ConflictFound(Event):
    """Something cannot both be; `ways_out` are commands that would settle it."""

    name = "schedule.conflict_found.v1"
    path: str
    conflict_id: UUID
    kind: str
    on_date: date
    trainer_ids: tuple[str, ...]
    client_id: str | None
    session_ids: tuple[UUID, ...]
    ways_out: tuple[dict[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class ConflictSettled(Event):
    """A conflict is gone, or somebody decided to keep it."""

    name = "schedule.conflict_settled.v1"
    path: str
