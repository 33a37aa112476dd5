"""Trainers and services in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.trainers.model import (
    ResourceNotFound,
    Service,
    ServiceNotFound,
    Trainer,
    TrainerNotFound,
    TrainerStatus,
)
from courtside.trainers.schemas import Application, ServiceOffer

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class _Id:
    id: UUID


def insert_trainer(uow: UnitOfWork, application: Application) -> bool:
    """Take the actor's application; False if there is one already."""
    inserted = uow.execute(
        _QUERIES["insert_trainer"],
        id=uow.actor.uid,
        display_name=application.display_name,
        headline=application.headline,
        bio=application.bio,
        city=application.city,
        specialties=list(application.specialties),
        languages=list(application.languages),
        time_zone=application.time_zone,
        now=uow.now,
    )
    return inserted == 1


def lock_trainer(uow: UnitOfWork, trainer_id: str) -> Trainer:
    """The trainer, locked until commit: whoever changes a trainer's time takes this lock first.

    Raises:
        TrainerNotFound: there is no such trainer.
    """
    trainer = uow.find(_QUERIES["lock_trainer"], Trainer, id=trainer_id)
    if trainer is None:
        raise TrainerNotFound(trainer_id=trainer_id)
    return trainer


def lock_trainer_of_service(uow: UnitOfWork, service_id: UUID) -> Trainer:
    """The trainer who offers a service, locked until commit.

    Raises:
        ServiceNotFound: there is no such service.
    """
    trainer = uow.find(_QUERIES["lock_trainer_of_service"], Trainer, service_id=service_id)
    if trainer is None:
        raise ServiceNotFound(service_id=str(service_id))
    return trainer


def find_trainer_of_service(reader: Reader, service_id: UUID) -> Trainer | None:
    """The trainer who offers a service; nothing is locked."""
    return reader.find(_QUERIES["find_trainer_of_service"], Trainer, service_id=service_id)


def list_trainers(reader: Reader, ids: Sequence[str]) -> Sequence[Trainer]:
    """The trainers with these ids; unknown ids are left out."""
    return reader.list(_QUERIES["list_trainers"], Trainer, ids=list(ids))


def list_approved_trainers(reader: Reader) -> Sequence[Trainer]:
    """Every trainer that can be booked."""
    return reader.list(_QUERIES["list_approved_trainers"], Trainer)


def update_trainer(uow: UnitOfWork, trainer: Trainer) -> None:
    """Write the profile and booking rules of a trainer that is locked."""
    uow.execute(
        _QUERIES["update_trainer"],
        id=trainer.id,
        display_name=trainer.display_name,
        headline=trainer.headline,
        bio=trainer.bio,
        city=trainer.city,
        specialties=list(trainer.specialties),
        languages=list(trainer.languages),
        time_zone=trainer.time_zone,
        min_notice_minutes=trainer.min_notice_minutes,
        horizon_days=trainer.horizon_days,
        slot_step_minutes=trainer.slot_step_minutes,
        daily_cap=trainer.daily_cap,
        weekly_cap=trainer.weekly_cap,
    )


def approve_trainer(uow: UnitOfWork, trainer_id: str) -> None:
    """Turn an application into a trainer."""
    uow.execute(_QUERIES["approve_trainer"], id=trainer_id, now=uow.now)


def update_status(uow: UnitOfWork, trainer_id: str, status: TrainerStatus) -> None:
    """Take a trainer that is locked out of the public's sight, or bring it back."""
    uow.execute(_QUERIES["update_status"], id=trainer_id, status=status.value)


def insert_service(uow: UnitOfWork, service_id: UUID, trainer_id: str, offer: ServiceOffer) -> bool:
    """Add a service; False if the trainer has one of that name."""
    inserted = uow.execute(
        _QUERIES["insert_service"], id=service_id, trainer_id=trainer_id, now=uow.now, **_terms(offer)
    )
    return inserted == 1


def update_service(uow: UnitOfWork, service_id: UUID, offer: ServiceOffer, *, active: bool) -> bool:
    """Write the terms of a service; False if the trainer has another of that name."""
    return uow.execute(_QUERIES["update_service"], id=service_id, active=active, **_terms(offer)) == 1


def require_resource(reader: Reader, resource_id: UUID) -> None:
    """Raises ResourceNotFound unless the resource is there to be used."""
    if reader.find(_QUERIES["find_resource"], _Id, id=resource_id) is None:
        raise ResourceNotFound(resource_id=str(resource_id))


def list_services(reader: Reader, trainer_ids: Sequence[str]) -> Sequence[Service]:
    """What these trainers offer, inactive services included, oldest first."""
    return reader.list(_QUERIES["list_services"], Service, trainer_ids=list(trainer_ids))


def _terms(offer: ServiceOffer) -> dict[str, Any]:
    terms: dict[str, Any] = {name: getattr(offer, name) for name in ServiceOffer.model_fields}
    return terms | {
        "policy": Jsonb(offer.policy.model_dump(mode="json")),
        "reminders": list(offer.reminders),
    }
