"""The `trainers` callable."""

from courtside.actors import Role
from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.commands import REGISTERED, SIGNED_IN, Commands
from courtside.trainers import service
from courtside.trainers.model import TrainerStatus
from courtside.trainers.schemas import (
    AddService,
    Apply,
    Approve,
    ServiceView,
    TrainerView,
    UpdateProfile,
    UpdateService,
)

commands = Commands("trainers")


@commands.command(Apply, roles=SIGNED_IN)
def apply(uow: UnitOfWork, command: Apply) -> TrainerView:
    """The signed-in person asks to become a trainer."""
    service.apply(uow, command)
    return TrainerView(trainer_id=uow.actor.uid, status=TrainerStatus.APPLIED)


@commands.command(UpdateProfile, roles=REGISTERED)
def update_profile(uow: UnitOfWork, command: UpdateProfile) -> TrainerView:
    """A trainer, or an applicant, changes the own profile and booking rules."""
    trainer = service.update_profile(uow, command)
    return TrainerView(trainer_id=trainer.id, status=trainer.status)


@commands.command(Approve, roles=frozenset({Role.ADMIN}))
def approve(uow: UnitOfWork, command: Approve) -> TrainerView:
    """An admin turns an application into a trainer."""
    service.approve(uow, command.trainer_id)
    return TrainerView(trainer_id=command.trainer_id, status=TrainerStatus.APPROVED)


@commands.command(AddService, roles=REGISTERED)
def add_service(uow: UnitOfWork, command: AddService) -> ServiceView:
    """A trainer, or an applicant, offers something new."""
    return ServiceView(service_id=service.add_service(uow, command), trainer_id=uow.actor.uid)


@commands.command(UpdateService, roles=REGISTERED)
def update_service(uow: UnitOfWork, command: UpdateService) -> ServiceView:
    """A trainer, or an applicant, changes the terms of a service, or takes it out of the offer."""
    service.update_service(uow, command)
    return ServiceView(service_id=command.service_id, trainer_id=uow.actor.uid)
