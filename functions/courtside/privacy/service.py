"""Closing accounts: at once for everybody to see, and then, step by step, out of all that was kept of them."""

import hashlib
import secrets

from courtside.db.reader import Reader
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity.model import UserNotFound
from courtside.identity.service import require_another_admin
from courtside.privacy import store
from courtside.privacy.events import AccountDeleted
from courtside.privacy.model import ReceiptUnknown, Step, TrainerHasBookings
from courtside.privacy.schemas import DeletedView, ProgressView
from courtside.trainers.events import TrainerProfileChanged
from courtside.trainers.model import TrainerNotFound
from courtside.trainers.service import emit_open_times_changed
from courtside.trainers.store import lock_trainer

_RECEIPT_BYTES = 32


def delete_account(uow: UnitOfWork, user_id: str, *, cancel_sessions: bool) -> DeletedView:
    """Close an account for good, and begin to remove what it left.

    Raises:
        UserNotFound: there is no such account.
        LastAdmin: nobody would be left to administer.
        TrainerHasBookings: clients have booked sessions to come, and they are not to be cancelled.
    """
    _close_trainer(uow, user_id, cancel_sessions=cancel_sessions)
    require_another_admin(uow, user_id)
    if not store.close_account(uow, user_id):
        raise UserNotFound(user_id=user_id)
    receipt = secrets.token_urlsafe(_RECEIPT_BYTES)
    store.insert_erasure(uow, user_id, _digest(receipt))
    uow.emit(AccountDeleted(user_id=user_id))
    uow.record(f"users/{user_id}", {"status": "active"}, {"status": "deleted"})
    return DeletedView(user_id=user_id, receipt=receipt, steps=[step.value for step in Step])


def deletion_progress(reader: Reader, receipt: str) -> ProgressView:
    """How far a deletion is.

    Raises:
        ReceiptUnknown: no deletion has this receipt.
    """
    progress = store.find_progress(reader, _digest(receipt))
    if progress is None:
        raise ReceiptUnknown
    steps = [step.value for step in Step]
    left = [] if progress.finished_at or progress.step is None else steps[steps.index(progress.step) :]
    return ProgressView(requested_at=progress.requested_at, finished_at=progress.finished_at, left=left)


def _close_trainer(uow: UnitOfWork, user_id: str, *, cancel_sessions: bool) -> None:
    """First, and under the trainer's lock: nobody can book meanwhile, and nobody after."""
    try:
        trainer = lock_trainer(uow, user_id)
    except TrainerNotFound:
        return
    booked = store.count_booked_sessions(uow, user_id)
    if booked and not cancel_sessions:
        raise TrainerHasBookings(sessions=booked)
    # The days that were open: without services there is none any more.
    emit_open_times_changed(uow, trainer)
    store.close_trainer(uow, user_id)
    uow.emit(TrainerProfileChanged(trainer_id=user_id))


def _digest(receipt: str) -> bytes:
    return hashlib.sha256(receipt.encode()).digest()
