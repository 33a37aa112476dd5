"""Allocations and the ledger in Postgres."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.credits.model import Allocation, AllocationNotFound, Balance, Line, Statement, Taken
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class Fee:
    """What is due for one booking, in minor units."""

    client_id: str
    trainer_id: str
    currency: str
    due_minor: int


@dataclass(frozen=True)
class Spent(Taken):
    """What a booking has taken from one of its client's allocations."""

    client_id: str


@dataclass(frozen=True)
class _Id:
    id: str


def insert_allocation(
    uow: UnitOfWork,
    client_id: str,
    amount: int,
    *,
    expires_at: datetime | None,
    trainer_id: str | None,
    service_id: UUID | None,
    reason: str,
) -> UUID:
    """A package of credits, full; its id."""
    allocation_id = new_id()
    uow.execute(
        _QUERIES["insert_allocation"],
        id=allocation_id,
        client_id=client_id,
        amount=amount,
        expires_at=expires_at,
        trainer_id=trainer_id,
        service_id=service_id,
        reason=reason,
        granted_by=uow.actor.uid,
        now=uow.now,
    )
    return allocation_id


def lock_usable(uow: UnitOfWork, client_id: str, trainer_id: str, service_id: UUID) -> Sequence[Allocation]:
    """A client's allocations that can pay for a service now, locked until commit."""
    return uow.list(
        _QUERIES["lock_usable"],
        Allocation,
        client_id=client_id,
        trainer_id=trainer_id,
        service_id=service_id,
        now=uow.now,
    )


def lock_allocation(uow: UnitOfWork, allocation_id: UUID) -> Allocation:
    """One allocation, locked until commit.

    Raises:
        AllocationNotFound: there is no such allocation.
    """
    allocation = uow.find(_QUERIES["lock_allocation"], Allocation, id=allocation_id)
    if allocation is None:
        raise AllocationNotFound(allocation_id=str(allocation_id))
    return allocation


def lock_expired(uow: UnitOfWork, client_id: str) -> Sequence[Allocation]:
    """A client's allocations whose time is over, locked until commit."""
    return uow.list(_QUERIES["lock_expired"], Allocation, client_id=client_id, now=uow.now)


def change_remaining(uow: UnitOfWork, changes: Sequence[Taken]) -> None:
    """Move what is left of allocations; amounts may be below zero."""
    uow.execute(
        _QUERIES["change_remaining"],
        ids=[change.allocation_id for change in changes],
        amounts=[change.amount for change in changes],
    )


def insert_transfer(
    uow: UnitOfWork, kind: str, lines: Sequence[Line], *, booking_id: UUID | None = None, reason: str = ""
) -> UUID:
    """Write one movement; its id. Lines that do not balance fail at the commit."""
    transfer_id = new_id()
    rows = [{**asdict(line), "position": position} for position, line in enumerate(lines)]
    for row in rows:
        row["allocation_id"] = str(row["allocation_id"]) if row["allocation_id"] else None
    uow.execute(
        _QUERIES["insert_transfer"],
        id=transfer_id,
        kind=kind,
        booking_id=booking_id,
        reason=reason,
        actor=uow.actor.uid,
        lines=Jsonb(rows),
        now=uow.now,
    )
    return transfer_id


def list_spent(reader: Reader, booking_id: UUID) -> Sequence[Spent]:
    """What a booking has taken from each allocation and not got back."""
    return reader.list(_QUERIES["list_spent"], Spent, booking_id=booking_id)


def find_fee(reader: Reader, booking_id: UUID) -> Fee | None:
    """What is due for a booking; None where there never was a fee."""
    return reader.find(_QUERIES["find_fee"], Fee, booking_id=booking_id)


def list_expired_clients(reader: Reader, now: datetime, limit: int) -> list[str]:
    """Clients with credits whose time is over."""
    return [row.id for row in reader.list(_QUERIES["list_expired_clients"], _Id, now=now, limit=limit)]


def list_allocations(reader: Reader, client_ids: Sequence[str]) -> Sequence[Allocation]:
    """What clients have left, first to expire first."""
    return reader.list(_QUERIES["list_allocations"], Allocation, client_ids=list(client_ids))


def list_fees_due(reader: Reader, client_ids: Sequence[str]) -> Sequence[Balance]:
    """What clients owe, by currency."""
    return reader.list(_QUERIES["list_fees_due"], Balance, client_ids=list(client_ids))


def list_movements(
    reader: Reader, client_id: str, before_at: datetime | None, before_id: UUID | None, limit: int
) -> Sequence[Statement]:
    """A person's movements, newest first."""
    return reader.list(
        _QUERIES["list_movements"],
        Statement,
        client_id=client_id,
        before_at=before_at,
        before_id=before_id,
        limit=limit,
    )
