"""Use cases of accounts."""

from collections.abc import Sequence
from typing import Any

from courtside.actors import Role
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity import store
from courtside.identity.events import AccountUpdated, UserRegistered
from courtside.identity.model import AlreadyRegistered, LastAdmin, NothingToChange, User
from courtside.identity.schemas import Registration, UpdateAccount

# What a role may that those before it may not; who goes down loses something, and so every sign-in.
_RANKS = (Role.CLIENT, Role.TRAINER, Role.SUPPORT, Role.ADMIN)


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


def update_account(uow: UnitOfWork, command: UpdateAccount) -> User:
    """Change what the actor's account says of its person; a proved e-mail address is taken from the token.

    Raises:
        UserNotFound: the actor has no account.
    """
    user = store.lock_user(uow, uow.actor.uid)
    contact = store.get_contact(uow, user.id)
    before = _profile_of(user) | {"phone": contact.phone}
    given = command.model_dump(exclude={"command_id"}, exclude_unset=True)
    after = before | {name: value for name, value in given.items() if value is not None or name == "phone"}
    store.update_user(uow, user.id, after)
    uow.emit(AccountUpdated(user_id=user.id, renamed=after["display_name"] != user.display_name))
    changed = [name for name in after if after[name] != before[name]]
    uow.record(
        f"users/{user.id}", {name: before[name] for name in changed}, {name: after[name] for name in changed}
    )
    return user


def raise_to_trainer(uow: UnitOfWork, user_id: str) -> None:
    """Make a client a trainer; an admin or support account that becomes one keeps its role."""
    if store.raise_to_trainer(uow, user_id):
        _touch_account(uow, user_id)
        uow.record(f"users/{user_id}", {"role": Role.CLIENT.value}, {"role": Role.TRAINER.value})


def change_role(uow: UnitOfWork, user_id: str, role: Role) -> Role:
    """Give an account another role; the role it had. Whoever loses something by it has to sign in again.

    Raises:
        UserNotFound: there is no such account.
        NothingToChange: it has that role.
        LastAdmin: nobody would be left to administer.
    """
    admins = store.lock_admins(uow)
    user = store.lock_user(uow, user_id)
    before = Role(user.role)
    if before is role:
        raise NothingToChange(role=role.value)
    if _RANKS.index(role) < _RANKS.index(before):
        _require_another(admins, user_id)
        store.end_sign_ins(uow, user_id)
    store.update_role(uow, user_id, role)
    _touch_account(uow, user_id)
    uow.record(f"users/{user_id}", {"role": before.value}, {"role": role.value})
    return before


def grant_role(uow: UnitOfWork, user_id: str, role: Role) -> None:
    """The same for operators, who may give a role that the account has.

    Raises:
        UserNotFound, LastAdmin: as above.
    """
    try:
        change_role(uow, user_id, role)
    except NothingToChange:
        return


def block(uow: UnitOfWork, user_id: str) -> User:
    """Let an account do nothing any more; what it was.

    Raises:
        UserNotFound: there is no such account.
        NothingToChange: it is blocked.
        LastAdmin: nobody would be left to administer.
    """
    admins = store.lock_admins(uow)
    user = store.lock_user(uow, user_id)
    if user.blocked:
        raise NothingToChange(blocked=True)
    _require_another(admins, user_id)
    store.block_user(uow, user_id)
    store.end_sign_ins(uow, user_id)
    _touch_account(uow, user_id)
    uow.record(f"users/{user_id}/block", {"blocked": False}, {"blocked": True})
    return user


def unblock(uow: UnitOfWork, user_id: str) -> User:
    """Let an account do again what its role may; what it was.

    Raises:
        UserNotFound: there is no such account.
        NothingToChange: it is not blocked.
    """
    user = store.lock_user(uow, user_id)
    if not user.blocked:
        raise NothingToChange(blocked=False)
    store.unblock_user(uow, user_id)
    _touch_account(uow, user_id)
    uow.record(f"users/{user_id}/block", {"blocked": True}, {"blocked": False})
    return user


def sign_out(uow: UnitOfWork, user_id: str) -> None:
    """Void every sign-in of an account: tokens that were issued are refused from now on, and listeners end.

    Raises:
        UserNotFound: there is no such account.
    """
    store.lock_user(uow, user_id)
    store.end_sign_ins(uow, user_id)
    _touch_account(uow, user_id)
    uow.record(f"users/{user_id}/access", None, {"signed_out": True})


def require_another_admin(uow: UnitOfWork, user_id: str) -> None:
    """Before an account goes: raises LastAdmin if nobody would be left to administer."""
    _require_another(store.lock_admins(uow), user_id)


def _require_another(admins: Sequence[str], user_id: str) -> None:
    if list(admins) == [user_id]:
        raise LastAdmin(user_id=user_id)


def _touch_account(uow: UnitOfWork, user_id: str) -> None:
    # By hand, not by an event: operators' commands run without the relay's subscriptions.
    uow.touch(f"access/{user_id}", f"clients/{user_id}")


def _profile_of(user: User) -> dict[str, Any]:
    return {"display_name": user.display_name, "locale": user.locale, "time_zone": user.time_zone}
