"""What happens to credits and fees."""

from dataclasses import dataclass
from uuid import UUID

from courtside.events import Event


@dataclass(frozen=True, kw_only=True)
class AllocationUpdated(Event):
    """A client has more credits or fewer, by so much; `trainer_id` where one trainer is concerned.

    `transfer_ids` are the movements of the ledger that it amounts to.
    """

    name = "allocation.updated.v1"
    transfer_ids: tuple[UUID, ...]
    client_id: str
    kind: str
    change: int
    trainer_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class FeeChanged(Event):
    """What a client owes a trainer for a booking changed, by so many minor units."""

    name = "fee.changed.v1"
    transfer_id: UUID
    booking_id: UUID
    client_id: str
    trainer_id: str
    change_minor: int
    currency: str
