"""Sessions and bookings: their states, and why booking, moving or cancelling can be refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from courtside.availability.model import Busy, SlotRefusal
from courtside.errors import Code, Refusal


class SessionStatus(StrEnum):
    """The states of a session that this version reaches."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class BookingStatus(StrEnum):
    """The states of a booking that this version reaches."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class SlotTaken(Refusal):
    """This time is taken."""

    reason = "SLOT_TAKEN"


class SessionFull(Refusal):
    """This session has no seat left."""

    reason = "SESSION_FULL"


class SlotOutsideHours(Refusal):
    """The trainer does not work at this time."""

    reason = "SLOT_OUTSIDE_HOURS"


class SlotOffStep(Refusal):
    """Sessions do not start at this minute."""

    reason = "SLOT_OFF_STEP"


class SlotTooSoon(Refusal):
    """This time is past, or nearer than the trainer's minimum notice."""

    reason = "SLOT_TOO_SOON"


class SlotBeyondHorizon(Refusal):
    """The trainer does not take bookings this far ahead."""

    reason = "SLOT_BEYOND_HORIZON"


class AlreadyBooked(Refusal):
    """You have a seat in this session already."""

    code = Code.ALREADY_EXISTS
    reason = "ALREADY_BOOKED"


class OwnSession(Refusal):
    """Trainers cannot book themselves."""

    reason = "OWN_SESSION"


class BookingNotFound(Refusal):
    """You have no such booking."""

    code = Code.NOT_FOUND
    reason = "BOOKING_NOT_FOUND"


class BookingCancelled(Refusal):
    """This booking is cancelled."""

    reason = "BOOKING_CANCELLED"


class SessionStarted(Refusal):
    """This session has started."""

    reason = "SESSION_STARTED"


class SameTime(Refusal):
    """The booking is at this time already."""

    reason = "SAME_TIME"


SLOT_REFUSALS: dict[SlotRefusal, type[Refusal]] = {
    SlotRefusal.TOO_SOON: SlotTooSoon,
    SlotRefusal.BEYOND_HORIZON: SlotBeyondHorizon,
    SlotRefusal.OUTSIDE_HOURS: SlotOutsideHours,
    SlotRefusal.BUSY: SlotTaken,
    SlotRefusal.OFF_STEP: SlotOffStep,
}


@dataclass(frozen=True)
class Session:
    """A trainer's time with one or more seats; `busy_from`…`busy_until` includes its buffers."""

    id: UUID
    trainer_id: str
    service_id: UUID
    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_until: datetime
    capacity: int
    seats_taken: int
    status: str

    @property
    def busy(self) -> Busy:
        return Busy(self.busy_from, self.busy_until)


@dataclass(frozen=True)
class Booking:
    """One client's seat in a session."""

    id: UUID
    session_id: UUID
    client_id: str
    trainer_id: str
    service_id: UUID
    status: str
    starts_at: datetime

    @property
    def is_cancelled(self) -> bool:
        return self.status == BookingStatus.CANCELLED


@dataclass(frozen=True)
class BookingDetails:
    """A booking with what its document shows of session, service, client and trainer."""

    id: UUID
    session_id: UUID
    client_id: str
    client_name: str
    trainer_id: str
    trainer_name: str
    service_id: UUID
    service_name: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    status: str
    price_minor: int
    currency: str
    reschedules: int
    created_at: datetime
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str | None


@dataclass(frozen=True)
class SessionDetails:
    """A session with what its document shows; attendees as `[booking_id, client_id, name, status]`."""

    id: UUID
    trainer_id: str
    service_id: UUID
    service_name: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    seats_taken: int
    status: str
    created_at: datetime
    attendees: list[list[str]]
