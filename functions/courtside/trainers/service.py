"""Use cases of trainers."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from courtside.db.unit_of_work import UnitOfWork
from courtside.identity.schemas import Registration
from courtside.identity.service import ensure_registered, raise_to_trainer
from courtside.identity.store import list_users
from courtside.ids import new_id
from courtside.trainers import store
from courtside.trainers.events import OpenTimesChanged, TrainerApplied, TrainerApproved, TrainerProfileChanged
from courtside.trainers.model import (
    AlreadyApplied,
    AlreadyApproved,
    ServiceNameTaken,
    ServiceNotFound,
    Trainer,
    TrainerNotFound,
    TrainerStatus,
    TrainerSuspended,
    horizons,
)
from courtside.trainers.schemas import Application, ServiceOffer, UpdateProfile, UpdateService

_SHOWN_WITH_BOOKINGS = ("display_name", "time_zone")
_RULES = ("time_zone", "min_notice_minutes", "horizon_days", "slot_step_minutes", "daily_cap", "weekly_cap")


def apply(uow: UnitOfWork, application: Application) -> None:
    """Take the actor's application, making the account where there is none.

    Raises:
        AlreadyApplied: there is an application, whatever became of it.
    """
    ensure_registered(
        uow, Registration(display_name=application.display_name, time_zone=application.time_zone)
    )
    if not store.insert_trainer(uow, application):
        raise AlreadyApplied(trainer_id=uow.actor.uid)
    uow.emit(TrainerApplied(trainer_id=uow.actor.uid, display_name=application.display_name))
    uow.record(f"trainers/{uow.actor.uid}", None, {"status": TrainerStatus.APPLIED.value})


def update_profile(uow: UnitOfWork, changes: UpdateProfile) -> Trainer:
    """Change what is given of the actor's profile and booking rules.

    Raises:
        TrainerNotFound: the actor never applied.
    """
    before = store.lock_trainer(uow, uow.actor.uid)
    given: dict[str, Any] = changes.model_dump(exclude={"command_id"}, exclude_none=True)
    after = replace(before, **given)
    store.update_trainer(uow, after)
    uow.emit(
        TrainerProfileChanged(
            trainer_id=after.id, with_bookings=_has_changed(_SHOWN_WITH_BOOKINGS, before, after)
        )
    )
    if _has_changed(_RULES, before, after):
        # The days that were open, and those that are: today and the horizon move with the zone.
        emit_open_times_changed(uow, before)
        emit_open_times_changed(uow, after)
    old = asdict(before)
    uow.record(f"trainers/{after.id}", {name: old[name] for name in given}, given)
    return after


def approve(uow: UnitOfWork, trainer_id: str) -> None:
    """Turn an application into a trainer who can be booked.

    Raises:
        TrainerNotFound: nobody of that id applied.
        AlreadyApproved: it was approved before.
        TrainerSuspended: it was approved before, or its account is blocked.
    """
    trainer = store.lock_trainer(uow, trainer_id)
    if trainer.status == TrainerStatus.DELETED:
        raise TrainerNotFound(trainer_id=trainer_id)
    if trainer.is_approved:
        raise AlreadyApproved(trainer_id=trainer_id)
    if trainer.status == TrainerStatus.SUSPENDED or any(u.blocked for u in list_users(uow, [trainer_id])):
        raise TrainerSuspended(trainer_id=trainer_id)
    store.approve_trainer(uow, trainer_id)
    raise_to_trainer(uow, trainer_id)
    uow.emit(TrainerApproved(trainer_id=trainer_id, display_name=trainer.display_name))
    emit_open_times_changed(uow, trainer)
    uow.record(f"trainers/{trainer_id}", {"status": trainer.status}, {"status": TrainerStatus.APPROVED.value})


def suspend(uow: UnitOfWork, trainer: Trainer) -> None:
    """Take an approved trainer that is locked out of the public's sight; sessions that stand stay."""
    _change_status(uow, trainer, TrainerStatus.SUSPENDED)


def reinstate(uow: UnitOfWork, trainer: Trainer) -> None:
    """Bring a suspended trainer that is locked back."""
    _change_status(uow, trainer, TrainerStatus.APPROVED)


def _change_status(uow: UnitOfWork, trainer: Trainer, status: TrainerStatus) -> None:
    store.update_status(uow, trainer.id, status)
    uow.emit(TrainerProfileChanged(trainer_id=trainer.id))
    emit_open_times_changed(uow, trainer)
    uow.record(f"trainers/{trainer.id}", {"status": trainer.status}, {"status": status.value})


def add_service(uow: UnitOfWork, offer: ServiceOffer) -> UUID:
    """Add a service to what the actor offers.

    Raises:
        TrainerNotFound: the actor never applied.
        ServiceNameTaken: the actor offers one of that name.
        ResourceNotFound: there is no such resource.
    """
    trainer = store.lock_trainer(uow, uow.actor.uid)
    _require_resource(uow, offer)
    service_id = new_id()
    if not store.insert_service(uow, service_id, trainer.id, offer):
        raise ServiceNameTaken(name=offer.name)
    uow.emit(TrainerProfileChanged(trainer_id=trainer.id))
    emit_open_times_changed(uow, trainer)
    uow.record(f"services/{service_id}", None, offer.model_dump(mode="json", exclude={"command_id"}))
    return service_id


def update_service(uow: UnitOfWork, command: UpdateService) -> None:
    """Change the terms of one of the actor's services; sessions that stand keep theirs.

    Raises:
        TrainerNotFound, ServiceNotFound: the actor offers no such service.
        ServiceNameTaken: the actor offers another of that name.
        ResourceNotFound: there is no such resource.
    """
    trainer = store.lock_trainer(uow, uow.actor.uid)
    before = next((s for s in store.list_services(uow, [trainer.id]) if s.id == command.service_id), None)
    if before is None:
        raise ServiceNotFound(service_id=str(command.service_id))
    _require_resource(uow, command)
    # The days that were open, and below those that are: the horizon may have moved.
    emit_open_times_changed(uow, trainer)
    if not store.update_service(uow, command.service_id, command, active=command.active):
        raise ServiceNameTaken(name=command.name)
    uow.emit(TrainerProfileChanged(trainer_id=trainer.id, with_bookings=command.name != before.name))
    emit_open_times_changed(uow, trainer)
    after = command.model_dump(mode="json", exclude={"command_id", "service_id"})
    uow.record(f"services/{before.id}", {name: _plain(getattr(before, name)) for name in after}, after)


def emit_open_times_changed(uow: UnitOfWork, trainer: Trainer) -> None:
    """Say that any day from the trainer's today to the furthest horizon may have other open times."""
    today = local_date(uow.now, trainer.time_zone)
    furthest = horizons(trainer, store.list_services(uow, [trainer.id]))[-1]
    last = today + timedelta(days=furthest)
    uow.emit(OpenTimesChanged(trainer_id=trainer.id, first_date=today, last_date=last))


def local_date(moment: datetime, time_zone: str) -> date:
    """The calendar date in a zone at a moment."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def _require_resource(uow: UnitOfWork, offer: ServiceOffer) -> None:
    if offer.resource_id is not None:
        store.require_resource(uow, offer.resource_id)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _has_changed(names: Sequence[str], before: Trainer, after: Trainer) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)
