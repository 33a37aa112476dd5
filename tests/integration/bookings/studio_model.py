"""What booking means, in plain Python: sets and lists, no locks, no SQL; open times by the minute-by-minute reference.

Written from the rules, not from the code: the state machine holds the real thing against it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from courtside.availability.model import (
    Busy,
    LocalRange,
    Override,
    SlotRefusal,
    SlotRules,
    WeeklyHours,
)
from tests.unit.availability.naive import Case

Reason = str
Ranges = tuple[LocalRange, ...]

SLOT_REASONS = {
    SlotRefusal.TOO_SOON: "SLOT_TOO_SOON",
    SlotRefusal.BEYOND_HORIZON: "SLOT_BEYOND_HORIZON",
    SlotRefusal.OUTSIDE_HOURS: "SLOT_OUTSIDE_HOURS",
    SlotRefusal.BUSY: "SLOT_TAKEN",
    SlotRefusal.OFF_STEP: "SLOT_OFF_STEP",
}


@dataclass
class TrainerModel:
    """A trainer's hours and rules; minutes unless the name says days."""

    id: str
    zone: ZoneInfo
    horizon_days: int
    notice: int = 0
    step: int = 30
    weekly: dict[int, Ranges] = field(default_factory=dict)
    overrides: dict[date, Ranges] = field(default_factory=dict)


@dataclass(frozen=True)
class ServiceModel:
    """What a trainer offers; minutes."""

    id: str
    trainer_id: str
    duration: int
    before: int = 0
    after: int = 0
    capacity: int = 1


@dataclass
class SessionModel:
    """Seats taken in one session, by booking id: whose each is. Without any the session is over and forgotten."""

    service: ServiceModel
    starts_at: datetime
    seats: dict[str, str] = field(default_factory=dict)

    @property
    def busy(self) -> Busy:
        before, after = timedelta(minutes=self.service.before), timedelta(minutes=self.service.after)
        ends_at = self.starts_at + timedelta(minutes=self.service.duration)
        return Busy(self.starts_at - before, ends_at + after)


@dataclass
class BookingModel:
    """A booking and where it is now; cancelled ones keep their last session."""

    client: str
    session: SessionModel
    cancelled: bool = False


class StudioModel:
    """All trainers, services and bookings, and what time it is."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.trainers: dict[str, TrainerModel] = {}
        self.services: dict[str, ServiceModel] = {}
        self.bookings: dict[str, BookingModel] = {}

    def sessions(self, trainer_id: str | None = None) -> list[SessionModel]:
        """The sessions that somebody has a seat in."""
        found = {id(b.session): b.session for b in self.bookings.values() if not b.cancelled}
        return [s for s in found.values() if trainer_id in (None, s.service.trainer_id)]

    def why_not_book(self, client: str, service: ServiceModel, starts_at: datetime) -> Reason | None:
        """Why the client cannot book, None if nothing stands in the way."""
        if client == service.trainer_id:
            return "OWN_SESSION"
        return self._why_no_seat(client, service, starts_at)

    def book(self, booking_id: str, client: str, service: ServiceModel, starts_at: datetime) -> None:
        """Take the seat."""
        session = self._shared(service, starts_at) or SessionModel(service, starts_at)
        session.seats[booking_id] = client
        self.bookings[booking_id] = BookingModel(client, session)

    def why_not_change(self, actor: str, booking_id: str) -> Reason | None:
        """Why the actor cannot cancel or move a booking at all."""
        booking = self.bookings[booking_id]
        if actor not in (booking.client, booking.session.service.trainer_id):
            return "BOOKING_NOT_FOUND"
        if booking.cancelled:
            return "BOOKING_CANCELLED"
        return "SESSION_STARTED" if booking.session.starts_at <= self.now else None

    def cancel(self, booking_id: str) -> None:
        """Give the seat back."""
        booking = self.bookings[booking_id]
        del booking.session.seats[booking_id]
        booking.cancelled = True

    def why_not_move(self, actor: str, booking_id: str, starts_at: datetime) -> Reason | None:
        """Why the actor cannot move a booking to this time."""
        booking = self.bookings[booking_id]
        if reason := self.why_not_change(actor, booking_id):
            return reason
        if booking.session.starts_at == starts_at:
            return "SAME_TIME"
        # As if it were given up already: its own session is in nobody's way.
        booking.cancelled = True
        del booking.session.seats[booking_id]
        try:
            return self._why_no_seat(booking.client, booking.session.service, starts_at)
        finally:
            booking.cancelled = False
            booking.session.seats[booking_id] = booking.client

    def move(self, booking_id: str, starts_at: datetime) -> None:
        """Leave one session for another."""
        booking = self.bookings[booking_id]
        service = booking.session.service
        self.cancel(booking_id)
        self.book(booking_id, booking.client, service, starts_at)

    def open_starts(self, service: ServiceModel, on_date: date) -> Iterator[datetime]:
        """Every start of a new session on a local date of the trainer; all steps are of quarter hours."""
        case, zone = self._case(service, on_date), self.trainers[service.trainer_id].zone
        eve = datetime.combine(on_date - timedelta(days=1), time(), UTC)
        quarters = (eve + timedelta(minutes=15 * n) for n in range(3 * 96))
        return (
            start for start in quarters if start.astimezone(zone).date() == on_date and case.is_open(start)
        )

    def seats_to_join(self, trainer_id: str) -> dict[tuple[str, datetime], int]:
        """(service, start) → seats left, of each shared session that can still be joined."""
        earliest = self.now + timedelta(minutes=self.trainers[trainer_id].notice)
        return {
            (s.service.id, s.starts_at): s.service.capacity - len(s.seats)
            for s in self.sessions(trainer_id)
            if len(s.seats) < s.service.capacity and s.starts_at >= earliest
        }

    def _why_no_seat(self, client: str, service: ServiceModel, starts_at: datetime) -> Reason | None:
        shared = self._shared(service, starts_at)
        if shared is None:
            refusal = self._case(service, starts_at.date()).refusal(starts_at)
            return None if refusal is None else SLOT_REASONS[refusal]
        if starts_at < self.now + timedelta(minutes=self.trainers[service.trainer_id].notice):
            return "SLOT_TOO_SOON"
        if len(shared.seats) == service.capacity:
            return "SESSION_FULL"
        return "ALREADY_BOOKED" if client in shared.seats.values() else None

    def _shared(self, service: ServiceModel, starts_at: datetime) -> SessionModel | None:
        for session in self.sessions(service.trainer_id):
            if session.service == service and session.starts_at == starts_at and service.capacity > 1:
                return session
        return None

    def _case(self, service: ServiceModel, on_date: date) -> Case:
        trainer = self.trainers[service.trainer_id]
        return Case(
            rules=SlotRules(
                duration_minutes=service.duration,
                step_minutes=trainer.step,
                horizon_days=trainer.horizon_days,
                buffer_before_minutes=service.before,
                buffer_after_minutes=service.after,
                min_notice_minutes=trainer.notice,
            ),
            hours=WeeklyHours(trainer.weekly),
            overrides=[Override(day, ranges) for day, ranges in trainer.overrides.items()],
            busy=[session.busy for session in self.sessions(trainer.id)],
            zone=trainer.zone,
            now=self.now,
            first_date=on_date,
            last_date=on_date,
        )
