"""Builders for availability tests: hours and times as people write them, rules by keyword."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from courtside.availability.model import Busy, LocalRange, Override, Slot, SlotRefusal, SlotRules, WeeklyHours
from courtside.availability.slots import decide_slot, open_slots

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 6, 1)


def build_range(text: str) -> LocalRange:
    """`"22:00-26:00"` -> 22:00 until 02:00 of the next day."""
    start, end = text.split("-")
    return LocalRange(_minutes(start), _minutes(end))


def build_ranges(*texts: str) -> tuple[LocalRange, ...]:
    return tuple(build_range(text) for text in texts)


def build_hours(*ranges: str, weekdays: Iterable[int] = range(1, 8)) -> WeeklyHours:
    return WeeklyHours({weekday: build_ranges(*ranges) for weekday in weekdays})


def build_override(on_date: date, *ranges: str) -> Override:
    return Override(on_date, build_ranges(*ranges))


def build_rules(**changes: Any) -> SlotRules:
    """An hour on the hour, without buffers or notice, for the next ten years."""
    return SlotRules(**{"duration_minutes": 60, "step_minutes": 60, "horizon_days": 3_650} | changes)


def build_busy(start: str, end: str, *, on: date = MONDAY, zone: ZoneInfo = BERLIN) -> Busy:
    return Busy(local(on, start, zone), local(on, end, zone))


def local(on: date, time: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    """The moment at which the wall clock shows `time`, in UTC; `fold=1` for the second of two."""
    wall = datetime.fromisoformat(f"{on}T{time}").replace(tzinfo=zone, fold=fold)
    return wall.astimezone(UTC)


def find_slots(
    hours: WeeklyHours,
    first_date: date = MONDAY,
    last_date: date | None = None,
    *,
    rules: SlotRules | None = None,
    zone: ZoneInfo = BERLIN,
    now: datetime | None = None,
    overrides: Iterable[Override] = (),
    busy: Iterable[Busy] = (),
) -> list[Slot]:
    """Open slots with everything defaulted but the hours, as seen at the beginning of that year."""
    return open_slots(
        rules=rules or build_rules(),
        hours=hours,
        overrides=overrides,
        busy=busy,
        zone=zone,
        now=now or local(date(first_date.year, 1, 1), "00:00", zone),
        first_date=first_date,
        last_date=last_date or first_date,
    )


def find_times(*args: Any, zone: ZoneInfo = BERLIN, **named: Any) -> list[str]:
    """The local start times of `find_slots`, as `"09:00"`."""
    slots = find_slots(*args, zone=zone, **named)
    return [f"{slot.starts_at.astimezone(zone):%H:%M}" for slot in slots]


def decide(
    starts_at: datetime,
    hours: WeeklyHours,
    *,
    rules: SlotRules | None = None,
    zone: ZoneInfo = BERLIN,
    now: datetime | None = None,
    overrides: Iterable[Override] = (),
    busy: Iterable[Busy] = (),
) -> Slot | SlotRefusal:
    """What `decide_slot` says, with the same defaults as `find_slots`."""
    return decide_slot(
        starts_at,
        rules=rules or build_rules(),
        hours=hours,
        overrides=overrides,
        busy=busy,
        zone=zone,
        now=now or local(date(starts_at.year, 1, 1), "00:00", zone),
    )


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
