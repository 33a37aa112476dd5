"""A trainer's calendar as the rows give it, and the questions that bookings and day documents ask of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from courtside.availability.model import Busy, LocalRange, Override, Slot, SlotRefusal, SlotRules, WeeklyHours
from courtside.availability.slots import decide_slot, open_slots
from courtside.trainers.model import Service, Trainer


@dataclass(frozen=True)
class TakenTime:
    """A session as the calendar sees it; `busy` is widened by its buffers."""

    session_id: UUID
    service_id: UUID
    busy: Busy
    starts_at: datetime
    ends_at: datetime
    capacity: int
    seats_taken: int
    title: str = ""

    @property
    def seats_left(self) -> int:
        return self.capacity - self.seats_taken


@dataclass(frozen=True)
class CalendarRow:
    """One row of `list_calendars`."""

    trainer_id: str
    weekly: list[list[int]]
    overrides: list[list[Any]]
    sessions: list[list[Any]]


@dataclass(frozen=True)
class Calendar:
    """Hours, overrides and sessions of one trainer around the dates that were asked for."""

    hours: WeeklyHours
    overrides: tuple[Override, ...]
    sessions: tuple[TakenTime, ...]

    @classmethod
    def of(cls, row: CalendarRow) -> Self:
        """The calendar that a row describes."""
        return cls(_weekly(row.weekly), _overrides(row.overrides), tuple(map(_taken, row.sessions)))

    def decide(
        self,
        starts_at: datetime,
        trainer: Trainer,
        service: Service,
        now: datetime,
        *,
        without: UUID | None = None,
    ) -> Slot | SlotRefusal:
        """Whether a service can start then; `without` leaves out a session that is about to move."""
        return decide_slot(
            starts_at,
            rules=slot_rules(trainer, service),
            hours=self.hours,
            overrides=self.overrides,
            busy=[s.busy for s in self.sessions if s.session_id != without],
            zone=ZoneInfo(trainer.time_zone),
            now=now,
        )

    def open_slots(
        self, trainer: Trainer, service: Service, now: datetime, first_date: date, last_date: date
    ) -> list[Slot]:
        """Where a service can start on these local dates, both included."""
        return open_slots(
            rules=slot_rules(trainer, service),
            hours=self.hours,
            overrides=self.overrides,
            busy=[s.busy for s in self.sessions],
            zone=ZoneInfo(trainer.time_zone),
            now=now,
            first_date=first_date,
            last_date=last_date,
        )

    def shared_session(self, service: Service, starts_at: datetime) -> TakenTime | None:
        """The session of this service that starts then, if others may join it."""
        matches = (s for s in self.sessions if s.service_id == service.id and s.starts_at == starts_at)
        session = next(matches, None)
        return session if session is not None and session.capacity > 1 else None


def slot_rules(trainer: Trainer, service: Service) -> SlotRules:
    """How this service of this trainer may be booked."""
    return SlotRules(
        duration_minutes=service.duration_minutes,
        step_minutes=trainer.slot_step_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        min_notice_minutes=trainer.min_notice_minutes,
        horizon_days=trainer.horizon_days,
    )


def affected_dates(taken: Busy, services: Sequence[Service], zone: ZoneInfo) -> tuple[date, date]:
    """The first and last local date whose open slots taken time may change.

    A slot belongs to the date of its start, so one that starts late the evening before may run into it.
    """
    longest = max(
        (s.duration_minutes + s.buffer_before_minutes + s.buffer_after_minutes for s in services), default=0
    )
    first = datetime.fromtimestamp(taken.starts_at.timestamp() - longest * 60 + 60, zone).date()
    last = datetime.fromtimestamp(taken.ends_at.timestamp() - 1, zone).date()
    return first, last


def _weekly(rows: list[list[int]]) -> WeeklyHours:
    days: dict[int, list[LocalRange]] = defaultdict(list)
    for weekday, start, end in rows:
        days[weekday].append(LocalRange(start, end))
    return WeeklyHours({weekday: tuple(ranges) for weekday, ranges in days.items()})


def _overrides(rows: list[list[Any]]) -> tuple[Override, ...]:
    days: dict[str, list[LocalRange]] = defaultdict(list)
    for on_date, start, end in rows:
        ranges = days[on_date]
        if start is not None:
            ranges.append(LocalRange(start, end))
    return tuple(Override(date.fromisoformat(on_date), tuple(ranges)) for on_date, ranges in days.items())


def _taken(row: list[Any]) -> TakenTime:
    session_id, service_id, *seconds, capacity, seats_taken, title = row
    busy_from, busy_until, starts_at, ends_at = (datetime.fromtimestamp(s, UTC) for s in seconds)
    return TakenTime(
        UUID(session_id),
        UUID(service_id),
        Busy(busy_from, busy_until),
        starts_at,
        ends_at,
        capacity,
        seats_taken,
        title,
    )
