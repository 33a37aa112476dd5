"""Accounts in Postgres."""

from collections.abc import Sequence

from courtside.actors import Role
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity.model import User, UserNotFound
from courtside.identity.schemas import Registration

_QUERIES = Queries(__package__)


def insert_user(uow: UnitOfWork, registration: Registration) -> bool:
    """Make the actor's account, as a client; False if there is one already."""
    inserted = uow.execute(
        _QUERIES["insert_user"],
        id=uow.actor.uid,
        role=Role.CLIENT.value,
        display_name=registration.display_name,
        email=uow.actor.email,
        phone=registration.phone,
        locale=registration.locale,
        time_zone=registration.time_zone,
        now=uow.now,
    )
    return inserted == 1


def list_users(reader: Reader, ids: Sequence[str]) -> Sequence[User]:
    """The accounts with these ids; unknown ids, and those of deleted accounts, are left out."""
    return reader.list(_QUERIES["list_users"], User, ids=list(ids))


def raise_to_trainer(uow: UnitOfWork, user_id: str) -> bool:
    """Make a client a trainer; False for an account of another role, which stays as it is."""
    return uow.execute(_QUERIES["raise_to_trainer"], id=user_id) == 1


def update_role(uow: UnitOfWork, user_id: str, role: Role) -> None:
    """Give an account another role.

    Raises:
        UserNotFound: there is no such account.
    """
    if uow.execute(_QUERIES["update_role"], id=user_id, role=role.value) == 0:
        raise UserNotFound(user_id=user_id)
