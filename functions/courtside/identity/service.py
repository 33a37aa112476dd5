"""Use cases of accounts."""

from courtside.actors import Role
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity import store
from courtside.identity.events import UserRegistered
from courtside.identity.model import AlreadyRegistered
from courtside.identity.schemas import Registration


def register_client(uow: UnitOfWork, registration: Registration) -> None:
    """Make the actor's account.

    Raises:
        AlreadyRegistered: the actor has one.
    """
    if not ensure_registered(uow, registration):
        raise AlreadyRegistered(user_id=uow.actor.uid)


def ensure_registered(uow: UnitOfWork, registration: Registration) -> bool:
    """Make the actor's account where there is none; whether it was made now."""
    if not store.insert_user(uow, registration):
        return False
    user_id = uow.actor.uid
    uow.emit(UserRegistered(user_id=user_id, display_name=registration.display_name))
    uow.record(f"users/{user_id}", None, {"role": Role.CLIENT.value})
    return True


def raise_to_trainer(uow: UnitOfWork, user_id: str) -> None:
    """Make a client a trainer; an admin or support account that becomes one keeps its role."""
    if store.raise_to_trainer(uow, user_id):
        _touch_account(uow, user_id)
        uow.record(f"users/{user_id}", {"role": Role.CLIENT.value}, {"role": Role.TRAINER.value})


def grant_role(uow: UnitOfWork, user_id: str, role: Role) -> None:
    """Give an account another role.

    Raises:
        UserNotFound: there is no such account.
    """
    store.update_role(uow, user_id, role)
    _touch_account(uow, user_id)
    uow.record(f"users/{user_id}", None, {"role": role.value})


def _touch_account(uow: UnitOfWork, user_id: str) -> None:
    # By hand, not by an event: operators' commands run without the relay's subscriptions.
    uow.touch(f"access/{user_id}", f"clients/{user_id}")
