"""What clients and staff send and get for credits and fees."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from courtside.edge.commands import CommandSchema, DangerousSchema, QuerySchema, View
from courtside.fields import Instant, UserId

Reason = Annotated[str, StringConstraints(min_length=3, max_length=200)]
Amount = Annotated[int, Field(ge=1, le=10_000)]


def _require_change(change: int) -> int:
    if change == 0:
        raise ValueError("must not be zero")
    return change


class GrantCredits(CommandSchema):
    """`bookings.grant_credits`: a package for a client; a trainer's is good for that trainer alone.

    `service_id` is one of `trainer_id`'s services.
    """

    client_id: UserId
    amount: Amount
    expires_at: Instant | None = None
    trainer_id: UserId | None = None
    service_id: UUID | None = None
    reason: Reason


class AdjustCredits(DangerousSchema):
    """`admin.adjust_credits`: more or fewer left of an allocation, never below zero."""

    allocation_id: UUID
    change: Annotated[int, Field(ge=-10_000, le=10_000), AfterValidator(_require_change)]


class WaiveFee(DangerousSchema):
    """`admin.waive_fee`: a fee, or a part of it, is not due any more."""

    booking_id: UUID
    amount_minor: Annotated[int, Field(ge=1)] | None = None


class CreditsStatement(QuerySchema):
    """`account.credits_statement`: one's own movements, or for admins anybody's; newest first."""

    client_id: UserId | None = None
    before_at: AwareDatetime | None = None
    before_id: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AllocationView(View):
    """The allocation that was made."""

    allocation_id: UUID
    client_id: str


class RemainingView(View):
    """What is left of an allocation."""

    allocation_id: UUID
    remaining: int


class FeeView(View):
    """What was waived."""

    booking_id: UUID
    waived_minor: int


class Movement(View):
    """One movement: `amount` in credits or in minor units of a currency, below zero what was lost or is owed."""

    transfer_id: UUID
    kind: str
    booking_id: UUID | None
    reason: str
    unit: str
    amount: int
    created_at: datetime


class StatementView(View):
    """Movements, newest first; the last one's `created_at` and `transfer_id` begin the next page."""

    movements: Sequence[Movement]
