"""`trainers/{trainer_id}/days/{date}`: open slots, and shared sessions with seats left, of one local date."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from courtside.availability.calendar import Calendar
from courtside.firestore.values import Fields
from courtside.trainers.model import Service, Trainer, horizons, min_notice_minutes
from courtside.trainers.service import local_date

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """What the days of one trainer are made from."""

    trainer: Trainer
    services: Sequence[Service]
    calendar: Calendar


def project_days(days: Days, dates: Sequence[date], now: datetime) -> dict[date, Fields | None]:
    """The public fields of each date; None where it is past or beyond the horizon, or the trainer not approved."""
    today = local_date(now, days.trainer.time_zone)
    horizon = today + timedelta(days=horizons(days.trainer, days.services)[-1])
    visible = [on_date for on_date in dates if days.trainer.is_approved and today <= on_date <= horizon]
    entries = _entries_by_date(days, visible, now) if visible else {}
    return {
        on_date: _project_day(days.trainer, on_date, entries[on_date]) if on_date in visible else None
        for on_date in dates
    }


def _project_day(trainer: Trainer, on_date: date, entries: list[dict[str, Any]]) -> Fields:
    return {
        "trainer_id": trainer.id,
        "date": on_date.isoformat(),
        "time_zone": trainer.time_zone,
        "slots": sorted(entries, key=lambda entry: (entry["starts_at"], entry["service_id"])),
    }


def _entries_by_date(days: Days, dates: Sequence[date], now: datetime) -> dict[date, list[dict[str, Any]]]:
    zone = ZoneInfo(days.trainer.time_zone)
    entries: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for service in days.services:
        if not service.active:
            continue
        service_id = str(service.id)
        for first, last in _runs(dates):
            for slot in days.calendar.open_slots(days.trainer, service, now, first, last):
                entry = _entry(service_id, slot.starts_at, slot.ends_at, service.capacity, None)
                on_date = first if first == last else slot.starts_at.astimezone(zone).date()
                entries[on_date].append(entry)
    services = {service.id: service for service in days.services}
    for session in days.calendar.sessions:
        service = services[session.service_id]
        # The rule of joining, as `bookings.policy.require_notice` has it.
        earliest = now + timedelta(minutes=min_notice_minutes(days.trainer, service))
        if session.capacity > 1 and session.seats_left and session.starts_at >= earliest:
            entry = _entry(
                str(service.id),
                session.starts_at,
                session.ends_at,
                session.seats_left,
                str(session.session_id),
            )
            entry["title"] = session.title
            entries[session.starts_at.astimezone(zone).date()].append(entry)
    return entries


def _runs(dates: Sequence[date]) -> list[tuple[date, date]]:
    """First and last of each run of dates that follow each other."""
    runs: list[tuple[date, date]] = []
    for on_date in sorted(set(dates)):
        if runs and on_date - runs[-1][1] == _DAY:
            runs[-1] = (runs[-1][0], on_date)
        else:
            runs.append((on_date, on_date))
    return runs


def _entry(
    service_id: str, starts_at: datetime, ends_at: datetime, seats_left: int, session_id: str | None
) -> dict[str, Any]:
    return {
        "service_id": service_id,
        "session_id": session_id,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "seats_left": seats_left,
        "title": "",
    }
