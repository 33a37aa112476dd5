"""Working hours, time off and rooms in Postgres, and the calendars that they make together with sessions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from courtside.availability.calendar import Calendar, CalendarRow
from courtside.availability.model import LocalRange, TimeOffNotFound
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class TimeOff:
    """Time that a trainer has off, aware, end exclusive."""

    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True)
class Sharer:
    """A trainer with services in a room; the longest takes so many minutes with its buffers."""

    trainer_id: str
    time_zone: str
    longest_minutes: int
    horizon_days: int


def update_weekly_hours(
    uow: UnitOfWork,
    trainer_id: str,
    service_id: UUID | None,
    by_weekday: Mapping[int, Sequence[LocalRange]] | None,
) -> None:
    """Replace the whole regular week of a trainer, or of a service; None leaves a service to the trainer's."""
    uow.execute(_QUERIES["delete_weekly_hours"], trainer_id=trainer_id, service_id=service_id)
    if by_weekday is None:
        return
    # A week without hours is closed, which is not the same as having none of its own.
    week = by_weekday or {1: []}
    uow.execute(
        _QUERIES["insert_weekly_hours"],
        trainer_id=trainer_id,
        service_id=service_id,
        weekdays=list(week),
        hours=[_multirange(ranges) for ranges in week.values()],
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


def insert_time_off(uow: UnitOfWork, time_off_id: UUID, trainer_id: str, off: TimeOff) -> None:
    """Take time out of a trainer's hours."""
    uow.execute(_QUERIES["insert_time_off"], id=time_off_id, trainer_id=trainer_id, now=uow.now, **vars(off))


def delete_time_off(uow: UnitOfWork, time_off_id: UUID, trainer_id: str) -> TimeOff:
    """Give time back that the trainer had taken off.

    Raises:
        TimeOffNotFound: the trainer has no such time off.
    """
    off = uow.find(_QUERIES["delete_time_off"], TimeOff, id=time_off_id, trainer_id=trainer_id)
    if off is None:
        raise TimeOffNotFound(time_off_id=str(time_off_id))
    return off


def insert_resource(uow: UnitOfWork, resource_id: UUID, name: str) -> bool:
    """Add what trainers can share; False if there is one of that name."""
    return uow.execute(_QUERIES["insert_resource"], id=resource_id, name=name, now=uow.now) == 1


def retire_resource(uow: UnitOfWork, resource_id: UUID) -> bool:
    """Take a resource out of use; False if none of that id is in use."""
    return uow.execute(_QUERIES["retire_resource"], id=resource_id) == 1


def list_sharers(reader: Reader, resource_id: UUID) -> Sequence[Sharer]:
    """The trainers whose open times depend on a room."""
    return reader.list(_QUERIES["list_sharers"], Sharer, resource_id=resource_id)


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
