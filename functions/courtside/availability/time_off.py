"""Use cases of time off: whole local dates or instants that a trainer does not work."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from courtside.availability import store
from courtside.availability.calendar import affected_dates
from courtside.availability.model import Busy, DateOutOfReach
from courtside.availability.schemas import AddTimeOff, TimeOffView
from courtside.availability.service import FURTHEST, emit_dates_changed
from courtside.availability.store import TimeOff
from courtside.availability.wallclock import DAY, day_of, instants, stretches
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id
from courtside.trainers.model import Trainer
from courtside.trainers.store import list_services, lock_trainer


def add_time_off(uow: UnitOfWork, command: AddTimeOff) -> TimeOffView:
    """Take time off; sessions that are booked in it stay.

    Raises:
        TrainerNotFound: the actor never applied.
        DateOutOfReach: it is over, years ahead, or on dates that the zone skipped.
    """
    trainer = lock_trainer(uow, uow.actor.uid)
    off = time_off_of(command, ZoneInfo(trainer.time_zone))
    if off is None or not uow.now < off.ends_at <= uow.now + FURTHEST:
        raise DateOutOfReach
    time_off_id = new_id()
    store.insert_time_off(uow, time_off_id, trainer.id, off)
    _emit(uow, trainer, off)
    uow.record(f"time_off/{time_off_id}", None, _facts(off))
    return TimeOffView(
        time_off_id=time_off_id, trainer_id=trainer.id, starts_at=off.starts_at, ends_at=off.ends_at
    )


def remove_time_off(uow: UnitOfWork, time_off_id: UUID) -> TimeOffView:
    """Work then after all.

    Raises:
        TrainerNotFound, TimeOffNotFound: the actor has no such time off.
    """
    trainer = lock_trainer(uow, uow.actor.uid)
    off = store.delete_time_off(uow, time_off_id, trainer.id)
    _emit(uow, trainer, off)
    uow.record(f"time_off/{time_off_id}", _facts(off), None)
    return TimeOffView(
        time_off_id=time_off_id, trainer_id=trainer.id, starts_at=off.starts_at, ends_at=off.ends_at
    )


def time_off_of(command: AddTimeOff, zone: ZoneInfo) -> TimeOff | None:
    """The stretch of time that is meant, dates from their first instant in the zone until their last."""
    if command.starts_at is not None and command.ends_at is not None:
        return TimeOff(command.starts_at, command.ends_at, command.reason)
    if command.first_date is None or command.last_date is None:
        return None
    first, last = day_of(command.first_date), day_of(command.last_date)
    spans = instants((first * DAY, (last + 1) * DAY), stretches(zone, first, last))
    if not spans:
        return None
    begun, ended = spans[0][0], spans[-1][1]
    return TimeOff(datetime.fromtimestamp(begun, UTC), datetime.fromtimestamp(ended, UTC), command.reason)


def _emit(uow: UnitOfWork, trainer: Trainer, off: TimeOff) -> None:
    services = list_services(uow, [trainer.id])
    dates = affected_dates(Busy(off.starts_at, off.ends_at), services, ZoneInfo(trainer.time_zone))
    emit_dates_changed(uow, trainer, *dates)


def _facts(off: TimeOff) -> dict[str, str]:
    return {
        "starts_at": off.starts_at.isoformat(),
        "ends_at": off.ends_at.isoformat(),
        "reason": off.reason,
    }
