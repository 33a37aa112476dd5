"""Working hours in Postgres, and the calendars that they make together with sessions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from courtside.availability.calendar import Calendar, CalendarRow
from courtside.availability.model import LocalRange
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork

_QUERIES = Queries(__package__)


def update_weekly_hours(
    uow: UnitOfWork, trainer_id: str, by_weekday: Mapping[int, Sequence[LocalRange]]
) -> None:
    """Replace the whole regular week."""
    uow.execute(_QUERIES["delete_weekly_hours"], trainer_id=trainer_id)
    uow.execute(
        _QUERIES["insert_weekly_hours"],
        trainer_id=trainer_id,
        weekdays=list(by_weekday),
        hours=[_multirange(ranges) for ranges in by_weekday.values()],
    )


def update_override(
    uow: UnitOfWork, trainer_id: str, on_date: date, ranges: Sequence[LocalRange] | None
) -> None:
    """Set the hours of one date; None goes back to the weekly hours."""
    if ranges is None:
        uow.execute(_QUERIES["delete_override"], trainer_id=trainer_id, on_date=on_date)
    else:
        uow.execute(
            _QUERIES["upsert_override"], trainer_id=trainer_id, on_date=on_date, hours=_multirange(ranges)
        )


def list_calendars(
    reader: Reader, trainer_ids: Sequence[str], starts_at: datetime, ends_at: datetime
) -> Sequence[CalendarRow]:
    """Each trainer's calendar around a stretch of time."""
    return reader.list(
        _QUERIES["list_calendars"],
        CalendarRow,
        trainer_ids=list(trainer_ids),
        starts_at=starts_at,
        ends_at=ends_at,
    )


def get_calendar(reader: Reader, trainer_id: str, starts_at: datetime, ends_at: datetime) -> Calendar:
    """One trainer's calendar around a stretch of time."""
    return Calendar.of(list_calendars(reader, [trainer_id], starts_at, ends_at)[0])


def _multirange(ranges: Iterable[LocalRange]) -> str:
    return "{" + ",".join(f"[{r.start_minute},{r.end_minute})" for r in ranges) + "}"
