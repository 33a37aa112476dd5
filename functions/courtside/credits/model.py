"""Allocations of credits, and why spending or changing them can be refused."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from courtside.errors import Code, Refusal


class InsufficientCredits(Refusal):
    """There are not enough credits for this."""

    reason = "INSUFFICIENT_CREDITS"


class AllocationNotFound(Refusal):
    """There is no such allocation of credits."""

    code = Code.NOT_FOUND
    reason = "ALLOCATION_NOT_FOUND"


class CreditsScope(Refusal):
    """Trainers grant credits for themselves and their own services only."""

    code = Code.PERMISSION_DENIED
    reason = "CREDITS_SCOPE"


class AlreadyExpired(Refusal):
    """Credits cannot be granted that have expired already."""

    reason = "ALREADY_EXPIRED"


class NoFeeDue(Refusal):
    """No such fee is due for this booking."""

    reason = "NO_FEE_DUE"


@dataclass(frozen=True)
class Allocation:
    """A package of credits: `remaining` of `amount`, until `expires_at`, for a trainer, a service, or anything."""

    id: UUID
    client_id: str
    amount: int
    remaining: int
    expires_at: datetime | None
    trainer_id: str | None
    service_id: UUID | None
    reason: str
    created_at: datetime


@dataclass(frozen=True)
class Taken:
    """So many credits of one allocation."""

    allocation_id: UUID
    amount: int


@dataclass(frozen=True)
class Line:
    """One side of a movement: what an account gains or, below zero, loses."""

    account: str
    unit: str
    amount: int
    allocation_id: UUID | None = None


@dataclass(frozen=True)
class Statement:
    """What one movement meant to a person: `amount` in `unit`, gained or lost."""

    transfer_id: UUID
    kind: str
    booking_id: UUID | None
    reason: str
    unit: str
    amount: int
    created_at: datetime


@dataclass(frozen=True)
class Balance:
    """What a client owes in one currency, in minor units."""

    client_id: str
    currency: str
    due_minor: int
