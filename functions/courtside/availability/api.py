"""The `availability` callable."""

from courtside.availability import service
from courtside.availability.schemas import HoursView, SetOverride, SetWeeklyHours
from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.commands import REGISTERED, Commands

commands = Commands("availability")


@commands.command(SetWeeklyHours, roles=REGISTERED)
def set_weekly_hours(uow: UnitOfWork, command: SetWeeklyHours) -> HoursView:
    """A trainer, or an applicant, replaces the own regular week."""
    service.set_weekly_hours(uow, command)
    return HoursView(trainer_id=uow.actor.uid)


@commands.command(SetOverride, roles=REGISTERED)
def set_override(uow: UnitOfWork, command: SetOverride) -> HoursView:
    """A trainer, or an applicant, sets the hours of one date."""
    service.set_override(uow, command)
    return HoursView(trainer_id=uow.actor.uid)
