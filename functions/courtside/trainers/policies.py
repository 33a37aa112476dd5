"""What a service charges for giving up, moving or missing a seat: the shape; `bookings.penalties` decides."""

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Minutes = Annotated[int, Field(ge=0, le=43_200)]
Percent = Annotated[int, Field(ge=0, le=100)]
MinorUnits = Annotated[int, Field(ge=0, le=100_000_000)]
Credits = Annotated[int, Field(ge=0, le=1_000)]


class Charge(BaseModel):
    """A fee per booking: in money (percent of the price, plus an amount) and in credits.

    Who paid with money pays the one, who paid with credits the other; never above what the seats cost. Without
    `refund_credits`, none of the credits that paid for the seats comes back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fee_percent: Percent = 0
    fee_minor: MinorUnits = 0
    fee_credits: Credits = 0
    refund_credits: bool = True

    def costs_at_least(self, other: "Charge") -> bool:
        """Whether it is nowhere cheaper than the other, whatever the price."""
        return (
            self.fee_percent >= other.fee_percent
            and self.fee_minor >= other.fee_minor
            and self.fee_credits >= other.fee_credits
            and self.refund_credits <= other.refund_credits
        )

    def and_at_least(self, other: "Charge") -> "Charge":
        """The dearer of the two in every respect."""
        return Charge(
            fee_percent=max(self.fee_percent, other.fee_percent),
            fee_minor=max(self.fee_minor, other.fee_minor),
            fee_credits=max(self.fee_credits, other.fee_credits),
            refund_credits=self.refund_credits and other.refund_credits,
        )


class LateRule(Charge):
    """Applies nearer to the start than `within_minutes`; of several that apply, the nearest to the start."""

    within_minutes: Annotated[int, Field(ge=1, le=43_200)]
    late: bool = True


def _require_rising(rules: tuple[LateRule, ...]) -> tuple[LateRule, ...]:
    """In the order of time; else whoever waits longer could pay less."""
    in_order = tuple(sorted(rules, key=lambda rule: -rule.within_minutes))
    for earlier, later in pairwise(in_order):
        if earlier.within_minutes == later.within_minutes:
            raise ValueError("two rules must not begin at the same time")
        if not later.costs_at_least(earlier) or later.late < earlier.late:
            raise ValueError("a rule nearer to the start must not be milder than one further away")
    return in_order


LateRules = Annotated[tuple[LateRule, ...], Field(max_length=5), AfterValidator(_require_rising)]


class BookingPolicy(BaseModel):
    """The rules of one service; what is left out costs nothing and is always allowed before the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cancel: LateRules = ()
    reschedule: LateRules = ()
    # Nearer to the start than this, only staff may; 0: clients may until the start.
    cancel_closes_minutes: Minutes = 0
    reschedule_closes_minutes: Minutes = 0
    # So long after it was booked, a booking can be given up or moved for nothing, even near its start.
    cooling_off_minutes: Minutes = 0
    # Of the client's own; moves by staff do not count.
    max_reschedules: Annotated[int, Field(ge=0, le=100)] | None = None
    # A package's credit is forfeited unless the trainer says otherwise; never cheaper than the last rule of `cancel`.
    no_show: Charge = Charge(refund_credits=False)
    # Late cancellations and moves that cost nothing, per client, trainer and calendar month of the trainer's zone.
    grace_per_month: Annotated[int, Field(ge=0, le=31)] = 0
