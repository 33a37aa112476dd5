"""Accounts in Postgres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courtside.actors import Role
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity.model import User, UserNotFound
from courtside.identity.schemas import Registration

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class _Id:
    id: str


@dataclass(frozen=True)
class Contact:
    """How an account's person can be reached."""

    email: str | None
    phone: str | None


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


def lock_user(uow: UnitOfWork, user_id: str) -> User:
    """The account, locked until commit.

    Raises:
        UserNotFound: there is no such account, or not any more.
    """
    user = uow.find(_QUERIES["lock_user"], User, id=user_id)
    if user is None:
        raise UserNotFound(user_id=user_id)
    return user


def lock_admins(uow: UnitOfWork) -> Sequence[str]:
    """The ids of all who can administer now, locked until commit."""
    return [row.id for row in uow.list(_QUERIES["lock_admins"], _Id)]


def block_user(uow: UnitOfWork, user_id: str) -> None:
    """Let an account that is locked do nothing any more."""
    uow.execute(_QUERIES["block_user"], id=user_id, now=uow.now)


def unblock_user(uow: UnitOfWork, user_id: str) -> None:
    """Let an account that is locked do again what its role may."""
    uow.execute(_QUERIES["unblock_user"], id=user_id)


def end_sign_ins(uow: UnitOfWork, user_id: str) -> None:
    """Void every sign-in that an account has."""
    uow.execute(_QUERIES["end_sign_ins"], id=user_id)


def get_contact(reader: Reader, user_id: str) -> Contact:
    """How the person of an account that exists can be reached."""
    contact = reader.find(_QUERIES["find_contact"], Contact, id=user_id)
    assert contact is not None  # the caller holds the account
    return contact


def update_user(uow: UnitOfWork, user_id: str, profile: Mapping[str, Any]) -> None:
    """Write what an account that is locked says of its person: `display_name phone locale time_zone`."""
    uow.execute(_QUERIES["update_user"], id=user_id, email=uow.actor.email, **profile)


def list_users_by_email(reader: Reader, email: str) -> Sequence[str]:
    """The ids of accounts with an address; more than one where people share it."""
    return [row.id for row in reader.list(_QUERIES["list_users_by_email"], _Id, email=email)]
