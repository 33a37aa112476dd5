"""Use cases of what accounts may do: each changes the account, and the trainer that it is."""

from courtside.actors import Role
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity import service as accounts
from courtside.standing import store
from courtside.standing.events import AccountBlocked, AccountUnblocked, RoleChanged
from courtside.standing.model import NotYourself, StillTraining, ToCome
from courtside.trainers.model import Trainer, TrainerNotApproved, TrainerNotFound, TrainerStatus
from courtside.trainers.service import reinstate, suspend
from courtside.trainers.store import lock_trainer


def set_role(uow: UnitOfWork, user_id: str, role: Role) -> None:
    """Give somebody else's account another role.

    Raises:
        NotYourself: it is the actor's.
        UserNotFound, NothingToChange, LastAdmin: not with this account.
        TrainerNotApproved: it never was a trainer's.
        StillTraining: it would stop being one with sessions to come that clients have booked.
    """
    _require_other(uow, user_id)
    # The trainer first, as everybody locks them who changes both.
    trainer = _find_trainer(uow, user_id)
    before = accounts.change_role(uow, user_id, role)
    if role is Role.TRAINER:
        _require_trainer(user_id, trainer)
    if role is Role.CLIENT and trainer is not None and trainer.is_approved:
        to_come = store.get_to_come(uow, user_id, uow.now)
        if to_come.sessions:
            raise StillTraining(sessions=to_come.sessions)
        suspend(uow, trainer)
    elif trainer is not None and trainer.status == TrainerStatus.SUSPENDED and role is not Role.CLIENT:
        reinstate(uow, trainer)
    uow.emit(RoleChanged(user_id=user_id, old_role=before.value, role=role.value, changed_at=uow.now))


def block_user(uow: UnitOfWork, user_id: str) -> ToCome:
    """Let somebody else's account do nothing any more; what it has agreed to stands, and is told.

    Raises:
        NotYourself: it is the actor's.
        UserNotFound, NothingToChange, LastAdmin: not this account.
    """
    _require_other(uow, user_id)
    trainer = _find_trainer(uow, user_id)
    accounts.block(uow, user_id)
    if trainer is not None and trainer.is_approved:
        suspend(uow, trainer)
    to_come = store.get_to_come(uow, user_id, uow.now)
    told = {"bookings": to_come.bookings, "sessions": to_come.sessions}
    uow.emit(AccountBlocked(user_id=user_id, changed_at=uow.now, **told))
    return to_come


def unblock_user(uow: UnitOfWork, user_id: str) -> ToCome:
    """Let an account do again what its role may; what it has agreed to.

    Raises:
        UserNotFound, NothingToChange: not this account.
    """
    trainer = _find_trainer(uow, user_id)
    user = accounts.unblock(uow, user_id)
    if trainer is not None and trainer.status == TrainerStatus.SUSPENDED and user.role != Role.CLIENT:
        reinstate(uow, trainer)
    uow.emit(AccountUnblocked(user_id=user_id, changed_at=uow.now))
    return store.get_to_come(uow, user_id, uow.now)


def sign_out_user(uow: UnitOfWork, user_id: str) -> None:
    """End every sign-in of somebody else.

    Raises:
        NotYourself: it is the actor's, for which there is `account.sign_out_everywhere`.
        UserNotFound: there is no such account.
    """
    _require_other(uow, user_id)
    accounts.sign_out(uow, user_id)


def _require_other(uow: UnitOfWork, user_id: str) -> None:
    if user_id == uow.actor.uid:
        raise NotYourself


def _find_trainer(uow: UnitOfWork, user_id: str) -> Trainer | None:
    try:
        return lock_trainer(uow, user_id)
    except TrainerNotFound:
        return None


def _require_trainer(user_id: str, trainer: Trainer | None) -> None:
    if trainer is None or trainer.status not in (TrainerStatus.APPROVED, TrainerStatus.SUSPENDED):
        raise TrainerNotApproved(trainer_id=user_id)
