"""Use cases of working hours."""

from datetime import timedelta

from courtside.availability import store
from courtside.availability.model import DateOutOfReach
from courtside.availability.schemas import SetOverride, SetWeeklyHours
from courtside.db.unit_of_work import UnitOfWork
from courtside.trainers.events import OpenTimesChanged
from courtside.trainers.service import emit_open_times_changed, local_date
from courtside.trainers.store import list_approved_trainers, lock_trainer

_FURTHEST = timedelta(days=732)
# Hours of one date may run past midnight, and the night before into it.
_ONE_DAY = timedelta(days=1)


def set_weekly_hours(uow: UnitOfWork, command: SetWeeklyHours) -> None:
    """Replace the actor's regular week; sessions that are booked stay.

    Raises:
        TrainerNotFound: the actor never applied.
    """
    trainer = lock_trainer(uow, uow.actor.uid)
    store.update_weekly_hours(uow, trainer.id, command.by_weekday())
    emit_open_times_changed(uow, trainer)
    uow.record(f"trainers/{trainer.id}/hours", None, command.model_dump(include={"hours"}))


def set_override(uow: UnitOfWork, command: SetOverride) -> None:
    """Set the actor's hours of one date; sessions that are booked stay.

    Raises:
        TrainerNotFound: the actor never applied.
        DateOutOfReach: the date is past or years ahead.
    """
    trainer = lock_trainer(uow, uow.actor.uid)
    today = local_date(uow.now, trainer.time_zone)
    if not today - _ONE_DAY <= command.on_date <= today + _FURTHEST:
        raise DateOutOfReach(on_date=command.on_date.isoformat())
    store.update_override(uow, trainer.id, command.on_date, command.ranges())
    uow.emit(
        OpenTimesChanged(
            trainer_id=trainer.id,
            first_date=max(today, command.on_date - _ONE_DAY),
            last_date=min(today + timedelta(days=trainer.horizon_days), command.on_date + _ONE_DAY),
        )
    )
    uow.record(
        f"trainers/{trainer.id}/hours/{command.on_date}",
        None,
        command.model_dump(mode="json", include={"hours"}),
    )


def roll_horizon(uow: UnitOfWork) -> None:
    """Open the day that came within the horizon and close the one that is over, for every trainer."""
    for trainer in list_approved_trainers(uow):
        today = local_date(uow.now, trainer.time_zone)
        newest = today + timedelta(days=trainer.horizon_days)
        for first, last in ((today - 2 * _ONE_DAY, today), (newest - 2 * _ONE_DAY, newest)):
            uow.emit(OpenTimesChanged(trainer_id=trainer.id, first_date=first, last_date=last))
