"""What booking means, in plain Python: sets and lists, no locks, no SQL; open times by the minute-by-minute reference.

Written from the rules, not from the code: the state machine holds the real thing against it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
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
    most_seats: int = 1
    hold: int = 5
    # Within so many minutes a request is to be answered; None: bookings are not asked for.
    answer_within: int | None = None


@dataclass
class BookingModel:
    """A booking and where it is now; cancelled ones keep their last session."""

    client: str
    session: "SessionModel"
    seats: int
    status: str
    made_at: datetime
    made_by: str
    expires_at: datetime | None = None

    @property
    def cancelled(self) -> bool:
        return self.status == "cancelled"


@dataclass
class SessionModel:
    """The bookings in one session, by id. Without any it is over and forgotten, unless it is an open class."""

    service: ServiceModel
    starts_at: datetime
    capacity: int
    open_class: bool = False
    bookings: dict[str, BookingModel] = field(default_factory=dict)

    @property
    def busy(self) -> Busy:
        before, after = timedelta(minutes=self.service.before), timedelta(minutes=self.service.after)
        ends_at = self.starts_at + timedelta(minutes=self.service.duration)
        return Busy(self.starts_at - before, ends_at + after)

    @property
    def seats_left(self) -> int:
        return self.capacity - sum(booking.seats for booking in self.bookings.values())

    @property
    def stands(self) -> bool:
        return self.open_class or bool(self.bookings)

    @property
    def status(self) -> str:
        """As sure as the surest booking in it."""
        statuses = {booking.status for booking in self.bookings.values()}
        if not statuses:
            return "open"
        return "confirmed" if "confirmed" in statuses else "booked"


# What may be the fault of claims that are over, but that nobody has ended yet.
_OBSTACLES = {"SLOT_TAKEN", "SESSION_FULL", "ALREADY_BOOKED"}


class StudioModel:
    """All trainers, services, sessions and bookings, and what time it is."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.trainers: dict[str, TrainerModel] = {}
        self.services: dict[str, ServiceModel] = {}
        self.bookings: dict[str, BookingModel] = {}
        self._sessions: list[SessionModel] = []

    def sessions(self, trainer_id: str | None = None) -> list[SessionModel]:
        """The sessions that take a trainer's time."""
        return [s for s in self._sessions if s.stands and trainer_id in (None, s.service.trainer_id)]

    def why_not_claim(
        self, client: str, service: ServiceModel, starts_at: datetime, seats: int, *, own_hold: bool
    ) -> Reason | None:
        """Why the client cannot book or hold, None if nothing stands in the way."""
        if client == service.trainer_id:
            return "OWN_SESSION"
        if seats > service.most_seats:
            return "TOO_MANY_SEATS"
        if own_hold and sum(self._holds_by_itself(client, b) for b in self.bookings.values()) >= 3:
            return "TOO_MANY_HOLDS"
        return self._past_overdue(
            service.trainer_id, lambda: self._why_no_seats(client, service, starts_at, seats)
        )

    def claim(
        self,
        booking_id: str,
        client: str,
        service: ServiceModel,
        starts_at: datetime,
        seats: int,
        status: str,
        made_by: str,
    ) -> None:
        """Take the seats."""
        booking = self._join(booking_id, client, service, starts_at, seats, status)
        booking.made_by = made_by
        booking.expires_at = self.expiry(status, service, starts_at)

    def expiry(self, status: str, service: ServiceModel, starts_at: datetime) -> datetime | None:
        """When a claim of this status that is made now ends by itself."""
        if status == "held":
            return min(self.now + timedelta(minutes=service.hold), starts_at)
        if status == "pending":
            assert service.answer_within is not None
            return min(self.now + timedelta(minutes=service.answer_within), starts_at)
        return None

    def why_no_say(self, actor: str, booking_id: str, command: str) -> Reason | None:
        """Why the actor cannot extend, confirm, release or decline it, None if nothing stands in the way."""
        booking = self.bookings[booking_id]
        over = self._is_over(booking)
        if command in ("confirm_booking", "decline_booking"):
            if actor != booking.session.service.trainer_id:
                return "STAFF_ONLY" if actor == booking.client else "BOOKING_NOT_FOUND"
            if booking.status != "pending":
                return "NOT_PENDING"
            return "REQUEST_EXPIRED" if over else None
        if actor not in (booking.client, booking.made_by):
            return "BOOKING_NOT_FOUND"
        if booking.status != "held":
            return "NOT_HELD"
        if over:
            return "HOLD_EXPIRED"
        return None if command != "extend_hold" or self._extended(booking) else "HOLD_SPENT"

    def say(self, actor: str, booking_id: str, command: str) -> None:
        """Extend, confirm, release or decline it."""
        booking = self.bookings[booking_id]
        service = booking.session.service
        match command:
            case "release_hold" | "decline_booking":
                self.cancel(booking_id)
            case "extend_hold":
                booking.expires_at = self._extended(booking)
            case "confirm_booking":
                booking.status, booking.expires_at = "confirmed", None
            case "confirm_hold":
                booking.status = self.status_of(service, by_staff=actor == service.trainer_id)
                booking.expires_at = self.expiry(booking.status, service, booking.session.starts_at)

    @staticmethod
    def status_of(service: ServiceModel, *, by_staff: bool) -> str:
        """What a booking is at first."""
        return "confirmed" if by_staff or service.answer_within is None else "pending"

    def why_not_change(self, actor: str, booking_id: str) -> Reason | None:
        """Why the actor cannot cancel or move a booking at all."""
        booking = self.bookings[booking_id]
        if actor not in (booking.client, booking.session.service.trainer_id):
            return "BOOKING_NOT_FOUND"
        if booking.cancelled or self._is_over(booking):
            return "BOOKING_CANCELLED"
        return "SESSION_STARTED" if booking.session.starts_at <= self.now else None

    def cancel(self, booking_id: str) -> None:
        """Give the seats back."""
        booking = self.bookings[booking_id]
        del booking.session.bookings[booking_id]
        booking.status, booking.expires_at = "cancelled", None

    def why_not_move(self, actor: str, booking_id: str, starts_at: datetime) -> Reason | None:
        """Why the actor cannot move a booking to this time."""
        booking = self.bookings[booking_id]
        service = booking.session.service
        if reason := self.why_not_change(actor, booking_id):
            return reason
        if booking.session.starts_at == starts_at:
            return "SAME_TIME"
        # As if it were given up already: its own session is in nobody's way.
        del booking.session.bookings[booking_id]
        try:
            return self._past_overdue(
                service.trainer_id,
                lambda: self._why_no_seats(booking.client, service, starts_at, booking.seats),
            )
        finally:
            booking.session.bookings[booking_id] = booking

    def move(self, booking_id: str, starts_at: datetime) -> None:
        """Leave one session for another."""
        booking = self.bookings[booking_id]
        before = replace(booking)
        self.cancel(booking_id)
        service = before.session.service
        moved = self._join(booking_id, before.client, service, starts_at, before.seats, before.status)
        moved.made_by, moved.made_at = before.made_by, before.made_at
        moved.expires_at = self.expiry(before.status, service, starts_at)
        if before.status == "held":
            # No longer for being moved.
            assert before.expires_at is not None
            moved.expires_at = min(before.expires_at, starts_at)

    def why_no_class(self, service: ServiceModel, starts_at: datetime) -> Reason | None:
        """Why the trainer cannot open a class then."""
        if starts_at <= self.now:
            return "SLOT_TOO_SOON"
        busy = SessionModel(service, starts_at, 0).busy
        return self._past_overdue(service.trainer_id, lambda: self._why_overlapping(service.trainer_id, busy))

    def open_class(self, service: ServiceModel, starts_at: datetime, capacity: int) -> SessionModel:
        """A class without anybody in it yet."""
        session = SessionModel(service, starts_at, capacity, open_class=True)
        if self._why_overlapping(service.trainer_id, session.busy):
            self.end_overdue(service.trainer_id)
        self._sessions.append(session)
        return session

    def call_off(self, session: SessionModel) -> None:
        """End it with every booking in it."""
        for booking_id in list(session.bookings):
            self.cancel(booking_id)
        session.open_class = False

    def overdue(self, trainer_id: str | None = None) -> list[str]:
        """Claims whose time is over, and that nobody has ended yet."""
        return [
            id_
            for id_, booking in self.bookings.items()
            if self._is_over(booking) and trainer_id in (None, booking.session.service.trainer_id)
        ]

    def end_overdue(self, trainer_id: str | None = None) -> None:
        """End what is over."""
        for booking_id in self.overdue(trainer_id):
            self.cancel(booking_id)

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
        trainer = self.trainers[trainer_id]
        earliest = self.now + timedelta(minutes=trainer.notice)
        last_date = self.now.astimezone(trainer.zone).date() + timedelta(days=trainer.horizon_days)
        return {
            (s.service.id, s.starts_at): s.seats_left
            for s in self.sessions(trainer_id)
            if s.seats_left
            and s.capacity > 1
            and s.starts_at >= earliest
            and s.starts_at.astimezone(trainer.zone).date() <= last_date
        }

    def _holds_by_itself(self, client: str, booking: BookingModel) -> bool:
        live = booking.status == "held" and not self._is_over(booking)
        return live and booking.client == booking.made_by == client

    def _is_over(self, booking: BookingModel) -> bool:
        return booking.expires_at is not None and booking.expires_at <= self.now

    def _extended(self, hold: BookingModel) -> datetime | None:
        """The end of a hold that is extended now; None if it ends no later."""
        length = timedelta(minutes=hold.session.service.hold)
        until = min(self.now + length, hold.made_at + 3 * length, hold.session.starts_at)
        return until if hold.expires_at is not None and until > hold.expires_at else None

    def _past_overdue(self, trainer_id: str, why: Callable[[], Reason | None]) -> Reason | None:
        """The reason, as it is once the trainer's overdue claims are out of the way if they may be its cause."""
        reason, overdue = why(), self.overdue(trainer_id)
        if reason not in _OBSTACLES or not overdue:
            return reason
        for id_ in overdue:
            del self.bookings[id_].session.bookings[id_]
        try:
            return why()
        finally:
            for id_ in overdue:
                self.bookings[id_].session.bookings[id_] = self.bookings[id_]

    def _join(
        self,
        booking_id: str,
        client: str,
        service: ServiceModel,
        starts_at: datetime,
        seats: int,
        status: str,
    ) -> BookingModel:
        if self._why_no_seats(client, service, starts_at, seats) in _OBSTACLES:
            self.end_overdue(service.trainer_id)
        session = self._shared(service, starts_at)
        if session is None:
            session = SessionModel(service, starts_at, service.capacity)
            self._sessions.append(session)
        booking = BookingModel(client, session, seats, status, self.now, client)
        session.bookings[booking_id] = self.bookings[booking_id] = booking
        return booking

    def _why_no_seats(
        self, client: str, service: ServiceModel, starts_at: datetime, seats: int
    ) -> Reason | None:
        shared = self._shared(service, starts_at)
        if shared is None:
            refusal = self._case(service, starts_at.date()).refusal(starts_at)
            return None if refusal is None else SLOT_REASONS[refusal]
        if starts_at < self.now + timedelta(minutes=self.trainers[service.trainer_id].notice):
            return "SLOT_TOO_SOON"
        if shared.seats_left < seats:
            return "SESSION_FULL"
        return "ALREADY_BOOKED" if client in [b.client for b in shared.bookings.values()] else None

    def _why_overlapping(self, trainer_id: str, busy: Busy) -> Reason | None:
        taken = [session.busy for session in self.sessions(trainer_id)]
        overlaps = any(t.starts_at < busy.ends_at and busy.starts_at < t.ends_at for t in taken)
        return "SLOT_TAKEN" if overlaps else None

    def _shared(self, service: ServiceModel, starts_at: datetime) -> SessionModel | None:
        for session in self.sessions(service.trainer_id):
            if session.service == service and session.starts_at == starts_at and session.capacity > 1:
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
