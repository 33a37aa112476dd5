"""What a service charges for giving up, moving or missing a seat: the shape; `bookings.penalties` decides."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Minutes = Annotated[int, Field(ge=0, le=43_200)]
Percent = Annotated[int, Field(ge=0, le=100)]
MinorUnits = Annotated[int, Field(ge=0, le=100_000_000)]
Credits = Annotated[int, Field(ge=0, le=1_000)]


class Charge(BaseModel):
    """A fee in money (percent of the price, plus an amount) and in credits; never above what the seat cost.

    Whether the credits that paid for the seat come back is a flag of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fee_percent: Percent = 0
    fee_minor: MinorUnits = 0
    fee_credits: Credits = 0
    refund_credits: bool = True


class LateRule(Charge):
    """Applies from `within_minutes` before the start; of several, the one nearest to the start that applies."""

    within_minutes: Annotated[int, Field(ge=1, le=43_200)]
    late: bool = True


LateRules = Annotated[tuple[LateRule, ...], Field(max_length=5)]


class BookingPolicy(BaseModel):
    """The rules of one service; what is left out costs nothing and is always allowed before the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cancel: LateRules = ()
    reschedule: LateRules = ()
    # Nearer to the start than this, only staff may; 0: clients may until the start.
    cancel_closes_minutes: Minutes = 0
    reschedule_closes_minutes: Minutes = 0
    max_reschedules: Annotated[int, Field(ge=0, le=100)] | None = None
    # A package's credit is forfeited unless the trainer says otherwise.
    no_show: Charge = Charge(refund_credits=False)
    # Late cancellations and moves that cost nothing, per client, trainer and calendar month of the trainer's zone.
    grace_per_month: Annotated[int, Field(ge=0, le=31)] = 0
