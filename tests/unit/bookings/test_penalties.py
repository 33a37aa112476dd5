"""What cancelling, moving and missing cost: by example, and what holds of every policy at every moment."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from courtside.bookings.model import Booking, BookingStatus
from courtside.bookings.penalties import (
    Circumstances,
    Outcome,
    Rule,
    decide_cancellation,
    decide_no_show,
    decide_reschedule,
    duration,
)
from courtside.trainers.policies import BookingPolicy, Charge, LateRule
from tests.unit.bookings.stakes import STARTS_AT, a_booking, in_credits

HALF_WITHIN_A_DAY = BookingPolicy.model_validate({"cancel": [{"within_minutes": 1_440, "fee_percent": 50}]})
FORFEIT_WITHIN_A_DAY = BookingPolicy.model_validate(
    {"cancel": [{"within_minutes": 1_440, "refund_credits": False}]}
)

charges = st.builds(
    Charge,
    fee_percent=st.integers(0, 100),
    fee_minor=st.integers(0, 9_000),
    fee_credits=st.integers(0, 9),
    refund_credits=st.booleans(),
)


@st.composite
def rising_rules(draw: st.DrawFn) -> tuple[LateRule, ...]:
    """Rules that a policy accepts: nearer to the start, never milder."""
    minutes = sorted(draw(st.lists(st.integers(1, 4_320), unique=True, max_size=3)), reverse=True)
    rules: list[LateRule] = []
    charge, late = Charge(), False
    for within in minutes:
        charge, late = charge.and_at_least(draw(charges)), late or draw(st.booleans())
        rules.append(LateRule(within_minutes=within, late=late, **charge.model_dump()))
    return tuple(rules)


policies = st.builds(
    BookingPolicy,
    cancel=rising_rules(),
    reschedule=rising_rules(),
    cancel_closes_minutes=st.sampled_from([0, 0, 30, 600]),
    reschedule_closes_minutes=st.sampled_from([0, 0, 30, 600]),
    cooling_off_minutes=st.sampled_from([0, 0, 60]),
    max_reschedules=st.none() | st.integers(0, 3),
    no_show=charges,
    grace_per_month=st.integers(0, 2),
)
minutes_before = st.integers(1, 5_000)


@st.composite
def bookings(draw: st.DrawFn) -> Booking:
    """Paid either way, with fees of earlier moves on it."""
    price, spent = draw(st.integers(0, 20_000)), draw(st.integers(0, 9))
    with_credits = draw(st.booleans())
    return a_booking(
        status=draw(st.sampled_from([BookingStatus.CONFIRMED] * 4 + [BookingStatus.PENDING])).value,
        price_minor=price,
        pay_with_credits=with_credits,
        credits_spent=spent if with_credits else 0,
        fee_minor=0 if with_credits else draw(st.integers(0, price)),
        fee_credits=draw(st.integers(0, spent)) if with_credits else 0,
        own_reschedules=draw(st.integers(0, 3)),
        created_at=STARTS_AT - timedelta(minutes=draw(st.integers(1, 9_000))),
    )


def before(minutes: float, **given: Any) -> Circumstances:
    """So many minutes before the start."""
    return Circumstances(STARTS_AT - timedelta(minutes=minutes), **given)


@pytest.mark.parametrize(
    ("ahead", "fee", "late"),
    [
        (timedelta(hours=25), 0, False),
        (timedelta(hours=24), 0, False),
        (timedelta(hours=24) - timedelta(microseconds=1), 2_500, True),
        (timedelta(minutes=1), 2_500, True),
    ],
    ids=["before", "exactly at it", "just after", "at the last minute"],
)
def test_the_cut_off_itself_is_early_enough(ahead: timedelta, fee: int, late: bool) -> None:
    outcome = decide_cancellation(HALF_WITHIN_A_DAY, a_booking(), Circumstances(STARTS_AT - ahead))

    assert (outcome.fee_minor, outcome.late) == (fee, late)
    assert outcome.rule is (Rule.LATE if late else Rule.ON_TIME)


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25)], ids=["spring", "autumn"])
def test_a_day_before_is_24_hours_also_when_the_clocks_change(month: int, day: int) -> None:
    """Counted on the wall, the cut-off would be an hour off on both nights."""
    madrid = ZoneInfo("Europe/Madrid")
    booking = a_booking(starts_at=datetime(2026, month, day, 12, tzinfo=madrid))
    exactly = (booking.starts_at.astimezone(UTC) - timedelta(hours=24)).astimezone(madrid)

    on_time = decide_cancellation(HALF_WITHIN_A_DAY, booking, Circumstances(exactly))
    late = decide_cancellation(
        HALF_WITHIN_A_DAY, booking, Circumstances(exactly.astimezone(UTC) + timedelta(minutes=1))
    )

    assert (on_time.late, late.late) == (False, True)


def test_of_several_rules_the_nearest_to_the_start_applies() -> None:
    policy = BookingPolicy.model_validate(
        {
            "cancel": [
                {"within_minutes": 120, "fee_percent": 100},
                {"within_minutes": 2_880, "fee_percent": 25, "late": False},
            ]
        }
    )

    assert decide_cancellation(policy, a_booking(), before(2_000)).fee_minor == 1_250
    assert decide_cancellation(policy, a_booking(), before(119)).fee_minor == 5_000
    assert not decide_cancellation(policy, a_booking(), before(2_000)).late


@pytest.mark.parametrize(
    "rules",
    [
        [{"within_minutes": 60, "fee_percent": 10}, {"within_minutes": 120, "fee_percent": 20}],
        [{"within_minutes": 60}, {"within_minutes": 120, "refund_credits": False}],
        [{"within_minutes": 60, "late": False}, {"within_minutes": 120}],
        [{"within_minutes": 60}, {"within_minutes": 60, "fee_minor": 1}],
    ],
    ids=["milder fee", "refunds again", "late no more", "same time"],
)
def test_rules_that_reward_waiting_are_refused(rules: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        BookingPolicy.model_validate({"cancel": rules})


def test_the_late_flag_and_the_refund_are_apart() -> None:
    """Momence keeps them apart as well: late says nothing about what comes back."""
    flagged = BookingPolicy.model_validate({"cancel": [{"within_minutes": 60}]})

    outcome = decide_cancellation(flagged, in_credits(2), before(30))

    assert (outcome.late, outcome.refund_credits, outcome.fee_credits) == (True, 2, 0)


def test_a_late_cancellation_forfeits_credits_where_the_policy_says_so() -> None:
    outcome = decide_cancellation(FORFEIT_WITHIN_A_DAY, in_credits(2), before(30))

    assert (outcome.fee_credits, outcome.refund_credits, outcome.fee_minor) == (2, 0, 0)


def test_a_missed_seat_forfeits_the_credit_unless_told_otherwise() -> None:
    """Acuity: a no-show on a package costs its credit."""
    assert decide_no_show(BookingPolicy(), in_credits(2)).fee_credits == 2
    kind = BookingPolicy(no_show=Charge())
    assert decide_no_show(kind, in_credits(2)).refund_credits == 2
    assert decide_no_show(BookingPolicy(), in_credits(2), waived=True).refund_credits == 2


def test_trainers_pay_no_fees_for_their_clients() -> None:
    outcome = decide_cancellation(FORFEIT_WITHIN_A_DAY, in_credits(3), before(1, by_staff=True))

    assert (outcome.rule, outcome.refund_credits, outcome.late) == (Rule.STAFF, 3, False)


def test_staff_who_act_for_the_client_apply_the_clients_rules_but_for_those_that_refuse() -> None:
    policy = HALF_WITHIN_A_DAY.model_copy(update={"cancel_closes_minutes": 120})

    assert not decide_cancellation(policy, a_booking(), before(60)).allowed
    outcome = decide_cancellation(policy, a_booking(), before(60, by_staff=True, for_client=True))
    assert (outcome.allowed, outcome.fee_minor) == (True, 2_500)


def test_a_waiver_spares_the_fee_and_the_grace() -> None:
    policy = HALF_WITHIN_A_DAY.model_copy(update={"grace_per_month": 1})

    outcome = decide_cancellation(policy, a_booking(), before(60, by_staff=True, waived=True))

    assert (outcome.rule, outcome.fee_minor, outcome.grace_used, outcome.late) == (
        Rule.WAIVED,
        0,
        False,
        True,
    )


def test_grace_is_used_only_where_something_would_be_charged() -> None:
    """OfferingTree: ordered rules with a grace count per month."""
    policy = HALF_WITHIN_A_DAY.model_copy(update={"grace_per_month": 1})

    assert decide_cancellation(policy, a_booking(), before(2_000)).rule is Rule.ON_TIME
    assert decide_cancellation(policy, a_booking(price_minor=0), before(60)).rule is Rule.LATE
    assert decide_cancellation(policy, a_booking(), before(60)).rule is Rule.GRACE
    assert decide_cancellation(policy, a_booking(), before(60, grace_used=1)).fee_minor == 2_500


def test_soon_after_booking_everything_is_free() -> None:
    policy = HALF_WITHIN_A_DAY.model_copy(update={"cooling_off_minutes": 15, "cancel_closes_minutes": 120})
    booking = a_booking(created_at=STARTS_AT - timedelta(minutes=60))

    assert decide_cancellation(policy, booking, before(46)).rule is Rule.COOLING_OFF
    assert decide_cancellation(policy, booking, before(45)).rule is Rule.CLOSED


@pytest.mark.parametrize("status", ["held", "pending", "waitlisted", "offered"])
def test_what_was_never_confirmed_costs_nothing(status: str) -> None:
    assert (
        decide_cancellation(FORFEIT_WITHIN_A_DAY, in_credits(2, status=status), before(1)).refund_credits == 2
    )


def test_a_booking_can_be_moved_so_often_and_by_staff_always() -> None:
    policy = BookingPolicy(max_reschedules=2)

    assert decide_reschedule(policy, a_booking(own_reschedules=1), before(60)).allowed
    refused = decide_reschedule(policy, a_booking(own_reschedules=2), before(60))
    assert (refused.allowed, refused.rule) == (False, Rule.MOVED_TOO_OFTEN)
    assert decide_reschedule(policy, a_booking(own_reschedules=2), before(60, by_staff=True)).allowed


def test_moving_keeps_the_credits_of_the_seat() -> None:
    policy = BookingPolicy.model_validate(
        {"reschedule": [{"within_minutes": 60, "fee_credits": 1, "refund_credits": False}]}
    )

    outcome = decide_reschedule(policy, in_credits(3), before(30))

    assert (outcome.fee_credits, outcome.refund_credits) == (1, 0)


@given(policies, bookings(), minutes_before, minutes_before, st.integers(0, 2))
def test_cancelling_earlier_never_costs_more(
    policy: BookingPolicy, booking: Booking, one: int, other: int, used: int
) -> None:
    earlier = decide_cancellation(policy, booking, before(max(one, other), grace_used=used))
    later = decide_cancellation(policy, booking, before(min(one, other), grace_used=used))

    if later.allowed:
        assert earlier.allowed
        assert earlier.fee_minor <= later.fee_minor
        assert earlier.refund_credits >= later.refund_credits
        assert earlier.late <= later.late


@given(policies, bookings(), minutes_before, st.integers(0, 2), st.booleans())
def test_fees_stay_within_what_the_seat_cost_and_the_rest_comes_back(
    policy: BookingPolicy, booking: Booking, minutes: int, used: int, missed: bool
) -> None:
    on = before(minutes, grace_used=used)
    outcome = decide_no_show(policy, booking) if missed else decide_cancellation(policy, booking, on)

    assert 0 <= outcome.fee_minor <= booking.price_minor - booking.fee_minor
    assert outcome.fee_minor == 0 or not booking.pay_with_credits
    if outcome.allowed:
        assert outcome.fee_credits + outcome.refund_credits == booking.credits_spent
        assert booking.fee_credits + outcome.fee_credits <= booking.credits_spent


@given(policies, bookings(), minutes_before, st.sampled_from(["own", "waived"]))
def test_waived_and_caused_by_the_trainer_it_costs_nothing(
    policy: BookingPolicy, booking: Booking, minutes: int, why: str
) -> None:
    on = before(minutes, by_staff=True, waived=why == "waived")

    for outcome in (decide_cancellation(policy, booking, on), decide_reschedule(policy, booking, on)):
        assert outcome.allowed
        assert free(outcome)
    assert decide_cancellation(policy, booking, on).refund_credits == booking.credits_spent


@given(policies, bookings(), minutes_before)
def test_missing_it_never_costs_less_than_cancelling_at_the_last_moment(
    policy: BookingPolicy, booking: Booking, minutes: int
) -> None:
    cancelled = decide_cancellation(policy, booking, before(minutes, grace_used=31))
    missed = decide_no_show(policy, booking)

    assert missed.fee_minor >= cancelled.fee_minor
    assert missed.fee_credits >= cancelled.fee_credits


@given(policies, bookings(), minutes_before, st.integers(0, 2))
def test_grace_and_the_late_flag_are_consistent(
    policy: BookingPolicy, booking: Booking, minutes: int, used: int
) -> None:
    outcome = decide_cancellation(policy, booking, before(minutes, grace_used=used))

    if outcome.grace_used:
        assert free(outcome)
        assert not free(decide_cancellation(policy, booking, before(minutes, grace_used=31)))
    assert outcome.because.endswith(".")


def free(outcome: Outcome) -> bool:
    return not (outcome.fee_minor or outcome.fee_credits)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 minute"), (90, "90 minutes"), (60, "1 hour"), (1_440, "1 day"), (2_160, "36 hours")],
)
def test_durations_read_as_people_say_them(minutes: int, words: str) -> None:
    assert duration(minutes) == words


def test_a_clock_that_is_behind_cools_nothing_off() -> None:
    booking = a_booking(created_at=STARTS_AT - timedelta(minutes=5))

    assert decide_cancellation(BookingPolicy(), booking, before(6)).rule is Rule.ON_TIME
