"""Use cases of working hours."""

from datetime import date, timedelta
from uuid import UUID

from courtside.availability import store
from courtside.availability.model import DateOutOfReach
from courtside.availability.schemas import SetOverride, SetWeeklyHours
from courtside.db.unit_of_work import UnitOfWork
from courtside.trainers.events import OpenTimesChanged
from courtside.trainers.model import ServiceNotFound, Trainer, horizons
from courtside.trainers.service import emit_open_times_changed, local_date
from courtside.trainers.store import list_approved_trainers, list_services, lock_trainer

FURTHEST = timedelta(days=732)
# Hours of one date may run past midnight, and the night before into it.
_ONE_DAY = timedelta(days=1)


def set_weekly_hours(uow: UnitOfWork, command: SetWeeklyHours) -> None:
    """Replace the actor's regular week, or one service's; sessions that are booked stay.

    Raises:
        TrainerNotFound: the actor never applied.
        ServiceNotFound: the actor offers no such service.
    """
    trainer = lock_trainer(uow, uow.actor.uid)
    if command.service_id is not None:
        _require_own_service(uow, trainer, command.service_id)
    store.update_weekly_hours(uow, trainer.id, command.service_id, command.by_weekday())
    emit_open_times_changed(uow, trainer)
    of_service = f"/{command.service_id}" if command.service_id else ""
    uow.record(f"trainers/{trainer.id}/hours{of_service}", None, command.model_dump(include={"hours"}))


def set_override(uow: UnitOfWork, command: SetOverride) -> None:
    """Set the actor's hours of one date; sessions that are booked stay.

    Raises:
        TrainerNotFound: the actor never applied.
        DateOutOfReach: the date is past or years ahead.
    """
    trainer = lock_trainer(uow, uow.actor.uid)
    today = local_date(uow.now, trainer.time_zone)
    if not today - _ONE_DAY <= command.on_date <= today + FURTHEST:
        raise DateOutOfReach(on_date=command.on_date.isoformat())
    store.update_override(uow, trainer.id, command.on_date, command.ranges())
    emit_dates_changed(uow, trainer, command.on_date - _ONE_DAY, command.on_date + _ONE_DAY)
    uow.record(
        f"trainers/{trainer.id}/hours/{command.on_date}",
        None,
        command.model_dump(mode="json", include={"hours"}),
    )


def emit_dates_changed(uow: UnitOfWork, trainer: Trainer, first: date, last: date) -> None:
    """Say that these local dates, as far as they can be booked at all, may have other open times."""
    today = local_date(uow.now, trainer.time_zone)
    furthest = horizons(trainer, list_services(uow, [trainer.id]))[-1]
    first, last = max(first, today), min(last, today + timedelta(days=furthest))
    if first <= last:
        uow.emit(OpenTimesChanged(trainer_id=trainer.id, first_date=first, last_date=last))


def roll_horizon(uow: UnitOfWork) -> None:
    """Open the days that came within a horizon and close the one that is over, for every trainer."""
    trainers = list_approved_trainers(uow)
    services = list_services(uow, [trainer.id for trainer in trainers])
    for trainer in trainers:
        today = local_date(uow.now, trainer.time_zone)
        ahead = horizons(trainer, [service for service in services if service.trainer_id == trainer.id])
        for last in (today, *(today + timedelta(days=days) for days in ahead)):
            first = last - 2 * _ONE_DAY
            uow.emit(OpenTimesChanged(trainer_id=trainer.id, first_date=first, last_date=last))


def _require_own_service(uow: UnitOfWork, trainer: Trainer, service_id: UUID) -> None:
    if all(service.id != service_id for service in list_services(uow, [trainer.id])):
        raise ServiceNotFound(service_id=str(service_id))
