"""Trainers and services in Postgres."""

from collections.abc import Sequence
from uuid import UUID

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.trainers.model import Service, ServiceNotFound, Trainer, TrainerNotFound
from courtside.trainers.schemas import Application, ServiceOffer

_QUERIES = Queries(__package__)


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
    )


def approve_trainer(uow: UnitOfWork, trainer_id: str) -> None:
    """Turn an application into a trainer."""
    uow.execute(_QUERIES["approve_trainer"], id=trainer_id, now=uow.now)


def insert_service(uow: UnitOfWork, service_id: UUID, trainer_id: str, offer: ServiceOffer) -> bool:
    """Add a service; False if the trainer has one of that name."""
    inserted = uow.execute(
        _QUERIES["insert_service"],
        id=service_id,
        trainer_id=trainer_id,
        name=offer.name,
        description=offer.description,
        duration_minutes=offer.duration_minutes,
        buffer_before_minutes=offer.buffer_before_minutes,
        buffer_after_minutes=offer.buffer_after_minutes,
        capacity=offer.capacity,
        price_minor=offer.price_minor,
        currency=offer.currency,
        now=uow.now,
    )
    return inserted == 1


def list_services(reader: Reader, trainer_ids: Sequence[str]) -> Sequence[Service]:
    """What these trainers offer, inactive services included, oldest first."""
    return reader.list(_QUERIES["list_services"], Service, trainer_ids=list(trainer_ids))
