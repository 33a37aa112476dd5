"""Rooms and whatever else trainers share: one session at a time can use it, whoever gives it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from courtside.availability import store
from courtside.availability.model import ResourceNameTaken
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id
from courtside.trainers.events import OpenTimesChanged
from courtside.trainers.model import ResourceNotFound
from courtside.trainers.service import local_date

# The widest buffers that a service can have.
_BUFFER = timedelta(minutes=240)


def add_resource(uow: UnitOfWork, name: str) -> UUID:
    """Add what services can be given in.

    Raises:
        ResourceNameTaken: there is one of that name, in use or retired.
    """
    resource_id = new_id()
    if not store.insert_resource(uow, resource_id, name):
        raise ResourceNameTaken(name=name)
    uow.record(f"resources/{resource_id}", None, {"name": name, "active": True})
    return resource_id


def retire_resource(uow: UnitOfWork, resource_id: UUID) -> None:
    """Take it out of use: services in it offer nothing, sessions that stand keep it.

    Raises:
        ResourceNotFound: none of that id is in use.
    """
    if not store.retire_resource(uow, resource_id):
        raise ResourceNotFound(resource_id=str(resource_id))
    for sharer in store.list_sharers(uow, resource_id):
        today = local_date(uow.now, sharer.time_zone)
        last = today + timedelta(days=sharer.horizon_days)
        uow.emit(OpenTimesChanged(trainer_id=sharer.trainer_id, first_date=today, last_date=last))
    uow.record(f"resources/{resource_id}", {"active": True}, {"active": False})


def paths_of_sharers(
    uow: UnitOfWork, resource_id: UUID, starts_at: datetime, ends_at: datetime
) -> Iterator[str]:
    """The days whose open slots a session in a room may change, of every trainer who uses the room."""
    for sharer in store.list_sharers(uow, resource_id):
        zone = ZoneInfo(sharer.time_zone)
        reach = _BUFFER + timedelta(minutes=sharer.longest_minutes)
        day = (starts_at - reach).astimezone(zone).date()
        while day <= (ends_at + _BUFFER).astimezone(zone).date():
            yield f"trainers/{sharer.trainer_id}/days/{day}"
            day += timedelta(days=1)
