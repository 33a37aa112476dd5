"""Use cases of credits and fees; what bookings and disputes do with them, and what staff do by hand.

An allocation that expired while its credits were spent gets them back all the same, and they expire with the next
run of the job: a refund never makes credits live longer than they were granted for.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from courtside.credits import ledger, store
from courtside.credits.events import AllocationUpdated, FeeChanged
from courtside.credits.model import (
    AlreadyExpired,
    CreditsScope,
    InsufficientCredits,
    NoFeeDue,
    Taken,
)
from courtside.credits.schemas import AdjustCredits, GrantCredits
from courtside.db.unit_of_work import UnitOfWork
from courtside.identity.model import UserNotFound
from courtside.identity.store import list_users
from courtside.trainers.model import ServiceNotFound
from courtside.trainers.store import list_services, list_trainers


def spend(
    uow: UnitOfWork, *, client_id: str, trainer_id: str, service_id: UUID, amount: int, booking_id: UUID
) -> None:
    """Pay for a booking: first to expire first, over several allocations if need be.

    Raises:
        InsufficientCredits: the client has fewer that can pay for this.
    """
    if amount == 0:
        return
    usable = store.lock_usable(uow, client_id, trainer_id, service_id)
    taken = ledger.choose(usable, amount)
    if taken is None:
        raise InsufficientCredits(needed=amount, usable=sum(a.remaining for a in usable))
    store.change_remaining(uow, [Taken(t.allocation_id, -t.amount) for t in taken])
    transfer_id = store.insert_transfer(uow, "spend", ledger.spent(taken), booking_id=booking_id)
    _tell(uow, client_id, "spend", -amount, trainer_id, transfer_id)


def refund(uow: UnitOfWork, *, booking_id: UUID, amount: int, reason: str = "") -> None:
    """Give back credits that a booking was paid with, to the allocations that they came from.

    Raises:
        ValueError: more than the booking has cost; the caller's bug.
    """
    if amount == 0:
        return
    spent = store.list_spent(uow, booking_id)
    back = ledger.choose_refund(spent, amount)
    store.change_remaining(uow, back)
    lines = ledger.refunded(back)
    transfer_id = store.insert_transfer(uow, "refund", lines, booking_id=booking_id, reason=reason)
    _tell(uow, spent[0].client_id, "refund", amount, None, transfer_id)


def charge_fee(
    uow: UnitOfWork,
    *,
    booking_id: UUID,
    client_id: str,
    trainer_id: str,
    amount_minor: int,
    currency: str,
    kind: str,
) -> None:
    """Have a client owe a trainer a fee for a booking; `kind` says what for."""
    if amount_minor == 0:
        return
    lines = ledger.charged(client_id, trainer_id, amount_minor, currency)
    transfer_id = store.insert_transfer(uow, "fee", lines, booking_id=booking_id, reason=kind)
    uow.emit(
        FeeChanged(
            transfer_id=transfer_id,
            booking_id=booking_id,
            client_id=client_id,
            trainer_id=trainer_id,
            change_minor=amount_minor,
            currency=currency,
        )
    )


def return_fee(uow: UnitOfWork, *, booking_id: UUID, amount_minor: int | None, reason: str) -> int:
    """Take back a fee, or a part of it; all that is due for None. How much that was.

    Raises:
        NoFeeDue: less than that is due for this booking.
    """
    fee = store.find_fee(uow, booking_id)
    due = fee.due_minor if fee else 0
    amount = due if amount_minor is None else amount_minor
    if fee is None or not 0 < amount <= due:
        raise NoFeeDue(booking_id=str(booking_id), due_minor=due)
    lines = ledger.charged(fee.client_id, fee.trainer_id, -amount, fee.currency)
    transfer_id = store.insert_transfer(uow, "fee_return", lines, booking_id=booking_id, reason=reason)
    uow.emit(
        FeeChanged(
            transfer_id=transfer_id,
            booking_id=booking_id,
            client_id=fee.client_id,
            trainer_id=fee.trainer_id,
            change_minor=-amount,
            currency=fee.currency,
        )
    )
    uow.record(
        f"bookings/{booking_id}/fee", {"due_minor": due}, {"due_minor": due - amount, "reason": reason}
    )
    return amount


def return_up_to(uow: UnitOfWork, *, booking_id: UUID, amount_minor: int, reason: str) -> int:
    """Take back as much of a fee as is still due, at most so much; how much that was."""
    fee = store.find_fee(uow, booking_id)
    amount = min(amount_minor, fee.due_minor if fee else 0)
    return return_fee(uow, booking_id=booking_id, amount_minor=amount, reason=reason) if amount else 0


def grant(uow: UnitOfWork, command: GrantCredits) -> UUID:
    """A new allocation for a client; its id.

    Raises:
        CreditsScope: a trainer grants for somebody else.
        UserNotFound, ServiceNotFound: there is no such client, or trainer's service.
        AlreadyExpired: it would be worth nothing.
    """
    trainer_id = _scope(uow, command)
    if command.expires_at is not None and command.expires_at <= uow.now:
        raise AlreadyExpired(expires_at=command.expires_at.isoformat())
    if not list_users(uow, [command.client_id]):
        raise UserNotFound(user_id=command.client_id)
    allocation_id = store.insert_allocation(
        uow,
        command.client_id,
        command.amount,
        expires_at=command.expires_at,
        trainer_id=trainer_id,
        service_id=command.service_id,
        reason=command.reason,
    )
    lines = ledger.granted(allocation_id, command.amount)
    transfer_id = store.insert_transfer(uow, "grant", lines, reason=command.reason)
    _tell(uow, command.client_id, "grant", command.amount, trainer_id, transfer_id)
    after = command.model_dump(mode="json", exclude={"command_id"}) | {"trainer_id": trainer_id}
    uow.record(f"allocations/{allocation_id}", None, after)
    return allocation_id


def adjust(uow: UnitOfWork, command: AdjustCredits) -> int:
    """Correct an allocation by hand; what is left of it.

    Raises:
        AllocationNotFound: there is no such allocation.
        InsufficientCredits: less is left than is to be taken.
    """
    before = store.lock_allocation(uow, command.allocation_id)
    after = before.remaining + command.change
    if after < 0:
        raise InsufficientCredits(needed=-command.change, usable=before.remaining)
    store.change_remaining(uow, [Taken(before.id, command.change)])
    lines = ledger.adjusted(before.id, command.change)
    transfer_id = store.insert_transfer(uow, "adjust", lines, reason=command.reason)
    _tell(uow, before.client_id, "adjust", command.change, before.trainer_id, transfer_id)
    uow.record(
        f"allocations/{before.id}",
        {"remaining": before.remaining},
        {"remaining": after, "reason": command.reason},
    )
    return after


def expire(uow: UnitOfWork, client_id: str) -> int:
    """End what a client did not spend in time; how many credits. Run twice, it ends nothing more."""
    overdue = store.lock_expired(uow, client_id)
    transfers = []
    for allocation in overdue:
        store.change_remaining(uow, [Taken(allocation.id, -allocation.remaining)])
        lines = ledger.expired(allocation.id, allocation.remaining)
        transfers.append(store.insert_transfer(uow, "expire", lines))
        uow.record(f"allocations/{allocation.id}", {"remaining": allocation.remaining}, {"remaining": 0})
    total = sum(allocation.remaining for allocation in overdue)
    if total:
        _tell(uow, client_id, "expire", -total, None, *transfers)
    return total


def expired_clients(uow: UnitOfWork, now: datetime, limit: int) -> Sequence[str]:
    """Clients with credits whose time is over."""
    return store.list_expired_clients(uow, now, limit)


def _scope(uow: UnitOfWork, command: GrantCredits) -> str | None:
    """For whom the credits are good: a trainer's are for that trainer alone."""
    trainer_id = command.trainer_id if uow.actor.is_admin else uow.actor.uid
    if not uow.actor.is_admin and command.trainer_id not in (None, uow.actor.uid):
        raise CreditsScope
    if trainer_id is not None and not list_trainers(uow, [trainer_id]):
        raise CreditsScope
    if command.service_id is not None:
        if trainer_id is None:
            raise ServiceNotFound(service_id=str(command.service_id))
        if command.service_id not in {service.id for service in list_services(uow, [trainer_id])}:
            raise ServiceNotFound(service_id=str(command.service_id))
    return trainer_id


def _tell(
    uow: UnitOfWork, client_id: str, kind: str, change: int, trainer_id: str | None, *transfer_ids: UUID
) -> None:
    uow.emit(
        AllocationUpdated(
            transfer_ids=transfer_ids, client_id=client_id, kind=kind, change=change, trainer_id=trainer_id
        )
    )
