"""The `availability` callable, the search for trainers, and what admins do with rooms."""

from courtside.availability import explanation, resources, service, time_off
from courtside.availability.schemas import (
    AddResource,
    AddTimeOff,
    ExplainSlot,
    HoursView,
    RemoveTimeOff,
    ResourceView,
    RetireResource,
    SearchTrainers,
    SetOverride,
    SetWeeklyHours,
    SlotExplained,
    TimeOffView,
    TrainerPage,
)
from courtside.availability.search import search as find_trainers
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.edge.commands import ANYONE, REGISTERED, Commands
from courtside.identity.admin import ADMINS
from courtside.identity.admin import commands as admin_commands
from courtside.trainers.api import commands as trainers_commands

commands = Commands("availability")


@commands.command(SetWeeklyHours, roles=REGISTERED)
def set_weekly_hours(uow: UnitOfWork, command: SetWeeklyHours) -> HoursView:
    """A trainer, or an applicant, replaces the own regular week, or that of a service."""
    service.set_weekly_hours(uow, command)
    return HoursView(trainer_id=uow.actor.uid)


@commands.command(SetOverride, roles=REGISTERED)
def set_override(uow: UnitOfWork, command: SetOverride) -> HoursView:
    """A trainer, or an applicant, sets the hours of one date."""
    service.set_override(uow, command)
    return HoursView(trainer_id=uow.actor.uid)


@commands.command(AddTimeOff, roles=REGISTERED)
def add_time_off(uow: UnitOfWork, command: AddTimeOff) -> TimeOffView:
    """A trainer, or an applicant, takes time off."""
    return time_off.add_time_off(uow, command)


@commands.command(RemoveTimeOff, roles=REGISTERED)
def remove_time_off(uow: UnitOfWork, command: RemoveTimeOff) -> TimeOffView:
    """A trainer, or an applicant, works then after all."""
    return time_off.remove_time_off(uow, command.time_off_id)


@commands.query(ExplainSlot, roles=ANYONE)
def explain_slot(inquiry: Inquiry, query: ExplainSlot) -> SlotExplained:
    """Why a time is not free, and which are next."""
    return explanation.explain(inquiry, query)


@trainers_commands.query(SearchTrainers, roles=ANYONE)
def search(inquiry: Inquiry, query: SearchTrainers) -> TrainerPage:
    """Trainers who match, with what can be booked next."""
    return find_trainers(inquiry, query)


@admin_commands.command(AddResource, roles=ADMINS)
def add_resource(uow: UnitOfWork, command: AddResource) -> ResourceView:
    """An admin adds a room that services can be given in."""
    return ResourceView(resource_id=resources.add_resource(uow, command.name))


@admin_commands.command(RetireResource, roles=ADMINS)
def retire_resource(uow: UnitOfWork, command: RetireResource) -> ResourceView:
    """An admin takes a room out of use."""
    resources.retire_resource(uow, command.resource_id)
    return ResourceView(resource_id=command.resource_id)
