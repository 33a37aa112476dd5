"""A trainer's calendar as the rows give it, and the questions that bookings and day documents ask of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from courtside.availability.model import (
    Busy,
    Cap,
    CapPeriod,
    LocalRange,
    Override,
    Slot,
    SlotFacts,
    SlotRefusal,
    SlotRules,
    WeeklyHours,
)
from courtside.availability.slots import decide_slot, open_slots
from courtside.trainers.model import Service, Trainer, horizon_days, min_notice_minutes

_ALWAYS = Busy(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


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
    weekly: list[list[Any]]
    overrides: list[list[Any]]
    time_off: list[list[int]]
    rooms: list[list[Any]]
    sessions: list[list[Any]]


@dataclass(frozen=True)
class Calendar:
    """What decides the open times of one trainer around the dates that were asked for."""

    hours: WeeklyHours
    overrides: tuple[Override, ...]
    sessions: tuple[TakenTime, ...]
    # Services with hours of their own.
    service_hours: Mapping[UUID, WeeklyHours] = field(default_factory=dict)
    time_off: tuple[Busy, ...] = ()
    # When others use the rooms of the trainer's services; always, where a room is retired.
    rooms: Mapping[UUID, tuple[Busy, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, row: CalendarRow) -> Self:
        """The calendar that a row describes."""
        weekly = _weekly(row.weekly)
        return cls(
            hours=weekly.pop(None, WeeklyHours()),
            overrides=_overrides(row.overrides),
            sessions=tuple(map(_taken, row.sessions)),
            service_hours={UUID(service_id): hours for service_id, hours in weekly.items() if service_id},
            time_off=tuple(_busy(*each) for each in row.time_off),
            rooms=_rooms(row.rooms),
        )

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
        return decide_slot(starts_at, **self.facts(trainer, service, now, without=without))

    def open_slots(
        self, trainer: Trainer, service: Service, now: datetime, first_date: date, last_date: date
    ) -> list[Slot]:
        """Where a service can start on these local dates, both included."""
        return open_slots(first_date=first_date, last_date=last_date, **self.facts(trainer, service, now))

    def facts(
        self, trainer: Trainer, service: Service, now: datetime, *, without: UUID | None = None
    ) -> SlotFacts:
        """What the slots of a service depend on."""
        sessions = [session for session in self.sessions if session.session_id != without]
        return {
            "rules": slot_rules(trainer, service),
            "hours": self.service_hours.get(service.id, self.hours),
            "overrides": self.overrides,
            "time_off": self.time_off,
            "busy": [session.busy for session in sessions],
            "resource_busy": self.rooms.get(service.resource_id, ()) if service.resource_id else (),
            "caps": _caps(trainer, service, sessions),
            "zone": ZoneInfo(trainer.time_zone),
            "now": now,
        }

    def shared_session(self, service: Service, starts_at: datetime) -> TakenTime | None:
        """The session of this service that starts then, if others may join it."""
        matches = (s for s in self.sessions if s.service_id == service.id and s.starts_at == starts_at)
        session = next(matches, None)
        return session if session is not None and session.capacity > 1 else None


def slot_rules(trainer: Trainer, service: Service) -> SlotRules:
    """How this service may be booked: its own values, else its trainer's."""
    step = service.slot_step_minutes or trainer.slot_step_minutes
    return SlotRules(
        duration_minutes=service.duration_minutes,
        step_minutes=step,
        step_offset_minutes=service.step_offset_minutes % step,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        min_notice_minutes=min_notice_minutes(trainer, service),
        horizon_days=horizon_days(trainer, service),
    )


def affected_dates(
    taken: Busy, services: Sequence[Service], zone: ZoneInfo, *, weekly_cap: int | None = None
) -> tuple[date, date]:
    """The first and last local date whose open slots taken time may change.

    A slot belongs to the date of its start, so one that starts late the evening before may run into it. Under
    a weekly cap, the trainer's or a service's, one session more or less can close or open its whole week.
    """
    longest = max(
        (s.duration_minutes + s.buffer_before_minutes + s.buffer_after_minutes for s in services), default=0
    )
    first = datetime.fromtimestamp(taken.starts_at.timestamp() - longest * 60 + 60, zone).date()
    last = datetime.fromtimestamp(taken.ends_at.timestamp() - 1, zone).date()
    if weekly_cap is None and all(service.weekly_cap is None for service in services):
        return first, last
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def _caps(trainer: Trainer, service: Service, sessions: Sequence[TakenTime]) -> list[Cap]:
    limits = (
        (CapPeriod.DAY, trainer.daily_cap, False),
        (CapPeriod.WEEK, trainer.weekly_cap, False),
        (CapPeriod.DAY, service.daily_cap, True),
        (CapPeriod.WEEK, service.weekly_cap, True),
    )
    return [
        Cap(period, limit, tuple(s.starts_at for s in sessions if not own or s.service_id == service.id))
        for period, limit, own in limits
        if limit is not None
    ]


def _weekly(rows: list[list[Any]]) -> dict[str | None, WeeklyHours]:
    """Service, None for the trainer's own -> its week; a week without any hours is closed."""
    weeks: dict[str | None, dict[int, list[LocalRange]]] = {}
    for service_id, weekday, start, end in rows:
        ranges = weeks.setdefault(service_id, {}).setdefault(weekday, [])
        if start is not None:
            ranges.append(LocalRange(start, end))
    return {
        service_id: WeeklyHours({weekday: tuple(ranges) for weekday, ranges in days.items()})
        for service_id, days in weeks.items()
    }


def _rooms(rows: list[list[Any]]) -> dict[UUID, tuple[Busy, ...]]:
    rooms: dict[str, list[Busy]] = defaultdict(list)
    for resource_id, first, end in rows:
        rooms[resource_id].append(_ALWAYS if first is None else _busy(first, end))
    return {UUID(resource_id): tuple(busy) for resource_id, busy in rooms.items()}


def _busy(first: int, end: int) -> Busy:
    return Busy(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(end, UTC))


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
