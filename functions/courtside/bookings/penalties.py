"""What cancelling, moving or missing a booking costs, and why: pure decisions over a service's policy.

In this order, and the first that applies decides:

1. The trainer's side acts on its own account: free, and every credit comes back.
2. The booking was never confirmed (held, requested, waited for): free.
3. It was made less than `cooling_off_minutes` ago: free.
4. Too near to the start, or moved too often: refused, unless staff act for the client.
5. The rule nearest to the start that applies. None: on time, free.
6. What that rule costs is waived by staff, or covered by the month's grace, in this order.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from courtside.bookings.model import Booking, BookingStatus
from courtside.trainers.policies import BookingPolicy, Charge, LateRule


class Rule(StrEnum):
    """Which rule decided."""

    STAFF = "staff"
    NOT_CONFIRMED = "not_confirmed"
    COOLING_OFF = "cooling_off"
    CLOSED = "closed"
    MOVED_TOO_OFTEN = "moved_too_often"
    ON_TIME = "on_time"
    LATE = "late"
    WAIVED = "waived"
    GRACE = "grace"
    NO_SHOW = "no_show"


_SENTENCES = {
    Rule.STAFF: "The trainer's side does this: it costs the client nothing.",
    Rule.NOT_CONFIRMED: "It was not confirmed yet: it costs nothing.",
    Rule.COOLING_OFF: "It was booked less than {limit} ago: it costs nothing.",
    Rule.CLOSED: "Clients can do this until {limit} before the start; after that, only the trainer's side can.",
    Rule.MOVED_TOO_OFTEN: "Clients can move it {limit}, and that is used up.",
    Rule.ON_TIME: "It is early enough: it costs nothing.",
    Rule.LATE: "It is less than {limit} before the start.",
    Rule.WAIVED: "It is less than {limit} before the start, and the trainer's side waived what that costs.",
    Rule.GRACE: "It is less than {limit} before the start, and one of the month's free exceptions covers it.",
    Rule.NO_SHOW: "The seat was taken and nobody came.",
}


@dataclass(frozen=True)
class Circumstances:
    """When and by whom; `grace_used` counts the exceptions of the month in which the session starts."""

    now: datetime
    by_staff: bool = False
    # Staff act for the client: the client's rules apply, but for those that refuse.
    for_client: bool = False
    waived: bool = False
    grace_used: int = 0

    @property
    def own_account(self) -> bool:
        """Whether the trainer's side acts for itself; a waiver says that the client is the cause."""
        return self.by_staff and not (self.for_client or self.waived)


@dataclass(frozen=True)
class Outcome:
    """What it comes to: each consequence apart; money in minor units of the booking's currency."""

    rule: Rule
    because: str
    allowed: bool = True
    late: bool = False
    fee_minor: int = 0
    # Of a cancellation: kept of what was paid. Of a move: to be paid on top.
    fee_credits: int = 0
    refund_credits: int = 0

    @property
    def grace_used(self) -> bool:
        return self.rule is Rule.GRACE

    @property
    def waived(self) -> bool:
        return self.rule is Rule.WAIVED

    @property
    def is_penalty(self) -> bool:
        """Whether it counts against the client, though it may cost nothing this time."""
        return self.late or self.rule in (Rule.WAIVED, Rule.GRACE, Rule.NO_SHOW) or self._costs

    @property
    def _costs(self) -> bool:
        return self.fee_minor > 0 or self.fee_credits > 0


def decide_cancellation(policy: BookingPolicy, booking: Booking, on: Circumstances) -> Outcome:
    """What cancelling a booking that has not started comes to; what is not kept of its credits is refunded."""
    outcome = _exempt(policy, booking, on)
    if outcome is None and not on.by_staff:
        outcome = _closed(policy.cancel_closes_minutes, booking, on)
    outcome = outcome or _by_rules(policy, policy.cancel, booking, on, forfeits=True)
    refund = booking.credits_spent - outcome.fee_credits if outcome.allowed else 0
    return replace(outcome, refund_credits=refund)


def decide_reschedule(policy: BookingPolicy, booking: Booking, on: Circumstances) -> Outcome:
    """What moving a booking that has not started comes to, wherever to; its credits stay with it."""
    outcome = _exempt(policy, booking, on)
    if outcome is None and not on.by_staff:
        outcome = _moved_too_often(policy, booking) or _closed(policy.reschedule_closes_minutes, booking, on)
    return outcome or _by_rules(policy, policy.reschedule, booking, on, forfeits=False)


def decide_no_show(policy: BookingPolicy, booking: Booking, *, waived: bool = False) -> Outcome:
    """What missing a seat comes to, never less than the last moment to cancel would have cost.

    Grace is for those who say that they will not come.
    """
    missed = Outcome(Rule.NO_SHOW, _SENTENCES[Rule.NO_SHOW])
    charge = policy.no_show.and_at_least(policy.cancel[-1]) if policy.cancel else policy.no_show
    if not waived:
        missed = _charged(missed, charge, booking, forfeits=True)
    return replace(missed, refund_credits=booking.credits_spent - missed.fee_credits)


def applicable(rules: tuple[LateRule, ...], starts_at: datetime, now: datetime) -> LateRule | None:
    """Of the rules whose time has come, the one nearest to the start.

    Time is counted as it passes, whatever the clocks on the wall do. Exactly at `within_minutes` is early enough.
    """
    come = (rule for rule in rules if _nearer_than(rule.within_minutes, starts_at, now))
    return min(come, key=lambda rule: rule.within_minutes, default=None)


def _exempt(policy: BookingPolicy, booking: Booking, on: Circumstances) -> Outcome | None:
    if on.own_account:
        return Outcome(Rule.STAFF, _SENTENCES[Rule.STAFF])
    if booking.status != BookingStatus.CONFIRMED:
        return Outcome(Rule.NOT_CONFIRMED, _SENTENCES[Rule.NOT_CONFIRMED])
    cooling_off = policy.cooling_off_minutes
    if cooling_off and _elapsed(booking.created_at, on.now) < timedelta(minutes=cooling_off):
        return _explained(Rule.COOLING_OFF, duration(cooling_off))
    return None


def _closed(minutes: int, booking: Booking, on: Circumstances) -> Outcome | None:
    if not _nearer_than(minutes, booking.starts_at, on.now):
        return None
    return replace(_explained(Rule.CLOSED, duration(minutes)), allowed=False)


def _moved_too_often(policy: BookingPolicy, booking: Booking) -> Outcome | None:
    most = policy.max_reschedules
    if most is None or booking.own_reschedules < most:
        return None
    times = "once" if most == 1 else f"{most} times"
    return replace(_explained(Rule.MOVED_TOO_OFTEN, times), allowed=False)


def _by_rules(
    policy: BookingPolicy, rules: tuple[LateRule, ...], booking: Booking, on: Circumstances, *, forfeits: bool
) -> Outcome:
    rule = applicable(rules, booking.starts_at, on.now)
    if rule is None:
        return Outcome(Rule.ON_TIME, _SENTENCES[Rule.ON_TIME])
    limit = duration(rule.within_minutes)
    charged = _charged(_explained(Rule.LATE, limit), rule, booking, forfeits=forfeits)
    if not (charged.fee_minor or charged.fee_credits):
        return replace(charged, late=rule.late)
    if on.waived:
        return replace(_explained(Rule.WAIVED, limit), late=rule.late)
    if on.grace_used < policy.grace_per_month:
        return replace(_explained(Rule.GRACE, limit), late=rule.late)
    return replace(charged, late=rule.late)


def _charged(outcome: Outcome, charge: Charge, booking: Booking, *, forfeits: bool) -> Outcome:
    """The outcome with its fee, in what the seats were paid with; all fees of a booking together stay within it.

    Shares of the price are rounded down.
    """
    if booking.pay_with_credits:
        left = max(0, booking.credits_spent - booking.fee_credits)
        keeps_all = forfeits and not charge.refund_credits
        return replace(outcome, fee_credits=left if keeps_all else min(charge.fee_credits, left))
    fee = booking.price_minor * charge.fee_percent // 100 + charge.fee_minor
    return replace(outcome, fee_minor=min(fee, max(0, booking.price_minor - booking.fee_minor)))


def _explained(rule: Rule, limit: str) -> Outcome:
    return Outcome(rule, _SENTENCES[rule].format(limit=limit))


def _nearer_than(minutes: int, starts_at: datetime, now: datetime) -> bool:
    return _elapsed(now, starts_at) < timedelta(minutes=minutes)


def _elapsed(earlier: datetime, later: datetime) -> timedelta:
    # Two times of one zone would be subtracted by the clock on its wall.
    return later.astimezone(UTC) - earlier.astimezone(UTC)


def duration(minutes: int) -> str:
    """Minutes in the words that people use: `90 minutes`, `1 hour`, `2 days`."""
    for unit, length in (("day", 1_440), ("hour", 60)):
        if minutes >= length and minutes % length == 0:
            count = minutes // length
            return f"{count} {unit}" + ("s" if count > 1 else "")
    return f"{minutes} minute" + ("" if minutes == 1 else "s")
