"""Sessions and bookings: their states, and what is known of them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from courtside.availability.model import Busy
from courtside.trainers.model import Service
from courtside.trainers.policies import BookingPolicy


class SessionStatus(StrEnum):
    """The states of a session: open without a seat taken, booked while every seat is provisional."""

    OPEN = "open"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class BookingStatus(StrEnum):
    """The states of a booking, which is one claim on seats."""

    HELD = "held"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"


# Takes its seats until `expires_at`, unless somebody makes it more.
PROVISIONAL = frozenset({BookingStatus.HELD, BookingStatus.PENDING, BookingStatus.OFFERED})
_WITHOUT_SEATS = frozenset({BookingStatus.CANCELLED, BookingStatus.WAITLISTED})


class Ended(StrEnum):
    """How a cancelled booking ended."""

    CANCELLED = "cancelled"
    DECLINED = "declined"
    HOLD_EXPIRED = "hold_expired"
    HOLD_RELEASED = "hold_released"
    REQUEST_EXPIRED = "request_expired"
    OFFER_EXPIRED = "offer_expired"
    OFFER_DECLINED = "offer_declined"
    LEFT_WAITLIST = "left_waitlist"
    SESSION_CANCELLED = "session_cancelled"
    WAITLIST_CLOSED = "waitlist_closed"


# How a claim ends when whoever has it lets go of it.
GIVEN_UP: dict[str, Ended] = {
    BookingStatus.HELD: Ended.HOLD_RELEASED,
    BookingStatus.OFFERED: Ended.OFFER_DECLINED,
    BookingStatus.WAITLISTED: Ended.LEFT_WAITLIST,
}
# Ends without the client's doing: the credits come back whatever the policy.
REFUNDED = frozenset({Ended.DECLINED, Ended.REQUEST_EXPIRED, Ended.SESSION_CANCELLED})
EXPIRED: dict[str, Ended] = {
    BookingStatus.HELD: Ended.HOLD_EXPIRED,
    BookingStatus.PENDING: Ended.REQUEST_EXPIRED,
    BookingStatus.OFFERED: Ended.OFFER_EXPIRED,
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
    open_class: bool
    title: str

    @property
    def busy(self) -> Busy:
        return Busy(self.busy_from, self.busy_until)

    @property
    def seats_left(self) -> int:
        return self.capacity - self.seats_taken


@dataclass(frozen=True)
class Claim:
    """What is wanted of a session: seats for a client, for sure or until `expires_at`; the price is for all."""

    client_id: str
    seats: int
    status: BookingStatus
    expires_at: datetime | None
    price_minor: int
    currency: str
    pay_with_credits: bool = False
    series_id: UUID | None = None
    # The date of the series that it stands for, in the trainer's zone.
    series_on: date | None = None

    @property
    def is_provisional(self) -> bool:
        return self.status in PROVISIONAL


@dataclass(frozen=True)
class Booking:
    """One client's claim on seats of a session, with what decides its fate; the price is for all its seats."""

    id: UUID
    session_id: UUID
    client_id: str
    trainer_id: str
    service_id: UUID
    status: str
    seats: int
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    created_at: datetime
    booked_by: str | None
    price_minor: int
    currency: str
    pay_with_credits: bool
    credits_spent: int
    fee_minor: int
    fee_credits: int
    reschedules: int
    # Those that the client made, once it was confirmed.
    own_reschedules: int
    series_id: UUID | None
    # The service's when it was booked; None where that was not kept yet.
    policy: dict[str, Any] | None = None

    @property
    def is_cancelled(self) -> bool:
        return self.status == BookingStatus.CANCELLED

    @property
    def is_provisional(self) -> bool:
        return self.status in PROVISIONAL

    @property
    def takes_seats(self) -> bool:
        return self.status not in _WITHOUT_SEATS

    def is_overdue(self, now: datetime) -> bool:
        """Whether its time is over, whatever became of it since."""
        return self.expires_at is not None and self.expires_at <= now

    def terms(self, service: Service) -> BookingPolicy:
        """What the client agreed to, whatever its service's policy has become since."""
        return service.booking_policy if self.policy is None else BookingPolicy.model_validate(self.policy)


@dataclass(frozen=True)
class Ending:
    """How a booking ends, and what that costs; fees as the service's policy has them."""

    how: Ended
    reason: str | None = None
    late: bool = False
    grace_used: bool = False
    fee_minor: int = 0
    fee_credits: int = 0
    waived_reason: str | None = None


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
    title: str
    seats: int
    expires_at: datetime | None
    price_minor: int
    currency: str
    pay_with_credits: bool
    credits_spent: int
    reschedules: int
    series_id: UUID | None
    created_at: datetime
    booked_by: str | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str | None
    ended: str | None
    late: bool
    fee_minor: int
    fee_credits: int
    # 1 for the first in line; None for whoever does not wait.
    waitlist_position: int | None


@dataclass(frozen=True)
class SessionDetails:
    """A session with what its document shows; attendees as `[booking_id, client_id, name, status, seats]`."""

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
    open_class: bool
    title: str
    created_at: datetime
    attendees: list[tuple[str, str, str, str, int]]
