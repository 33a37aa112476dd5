"""Cancelling on the terms of a policy: what it costs, what comes back, and that the preview said so."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from courtside.bookings.refusals import StaffOnly
from courtside.relay import jobs
from tests.integration.bookings.conversation import (
    book,
    hold,
    open_starts,
    outcome_of,
    refused,
    soon,
    together,
)
from tests.integration.bookings.test_refusals import nothing_changes
from tests.world import ADMIN, World, tomorrow_at

TEN = tomorrow_at(10, days=9)
HALF_WITHIN_A_DAY = {"cancel": [{"within_minutes": 1_440, "fee_percent": 50, "refund_credits": False}]}
EARLY = TEN - timedelta(days=2)
LATE = TEN - timedelta(hours=2)
NO_OUTCOME = {"fee_minor": 0, "fee_credits": 0, "refund_credits": 0, "late": False, "grace_used": False}


@pytest.fixture
def studio(idle_world: World) -> World:
    idle_world.approve_trainer("tom")
    for client in ("ada", "bob"):
        idle_world.register_client(client)
    return idle_world


def cancel(world: World, uid: str, booking_id: str, now: datetime, **terms: Any) -> dict[str, Any]:
    """What cancelling at that time comes to, having been told the same before."""
    asked = {name: value for name, value in terms.items() if name in ("for_client", "waive")}
    told = world.call(uid, "bookings.preview_cancellation", now=now, booking_id=booking_id, **asked)
    outcome: dict[str, Any] = world.call(
        uid, "bookings.cancel_booking", now=now, booking_id=booking_id, **terms
    )["outcome"]
    assert outcome == told
    return outcome


def credits_of(world: World, client: str) -> int:
    return int(world.rows("SELECT sum(remaining) FROM allocations WHERE client_id = %s", client)[0][0])


def due(world: World, client: str) -> int:
    """What a client owes, in minor units."""
    account = f"client:{client}"
    return -int(
        world.rows("SELECT coalesce(sum(amount), 0) FROM ledger_lines WHERE account = %s", account)[0][0]
    )


def row(world: World, booking_id: str, columns: str) -> tuple[Any, ...]:
    return world.rows(f"SELECT {columns} FROM bookings WHERE id = %s", booking_id)[0]


def test_cancelling_in_time_costs_nothing(studio: World) -> None:
    service = studio.add_service(policy=HALF_WITHIN_A_DAY)
    booked = book(studio, "ada", service, TEN)

    outcome = cancel(studio, "ada", booked["booking_id"], TEN - timedelta(days=1))

    assert outcome["rule"] == "on_time"
    assert outcome.items() >= NO_OUTCOME.items()
    assert row(studio, booked["booking_id"], "ended, late, fee_minor") == ("cancelled", False, 0)
    assert due(studio, "ada") == 0


def test_cancelling_late_is_charged_and_flagged_on_the_booking(studio: World) -> None:
    service = studio.add_service(policy=HALF_WITHIN_A_DAY)
    booked = book(studio, "ada", service, TEN)

    outcome = cancel(studio, "ada", booked["booking_id"], LATE)

    assert (outcome["rule"], outcome["fee_minor"], outcome["late"]) == ("late", 2_500, True)
    assert row(studio, booked["booking_id"], "late, fee_minor") == (True, 2_500)
    assert due(studio, "ada") == 2_500
    studio.relay()
    document = studio.document(f"bookings/{booked['booking_id']}")
    assert document is not None
    assert (document["status"], document["late"], document["fee_minor"]) == ("cancelled", True, 2_500)
    assert TEN in open_starts(studio, "tom", TEN)


def test_the_price_of_every_seat_counts(studio: World) -> None:
    service = studio.add_service(capacity=4, max_seats_per_booking=3, policy=HALF_WITHIN_A_DAY)
    booked = book(studio, "ada", service, TEN, seats=3)

    assert cancel(studio, "ada", booked["booking_id"], LATE)["fee_minor"] == 7_500


@pytest.mark.parametrize(("now", "left"), [(EARLY, 5), (LATE, 3)], ids=["in time", "late"])
def test_credits_come_back_or_are_forfeited(studio: World, now: datetime, left: int) -> None:
    studio.call("tom", "bookings.grant_credits", client_id="ada", amount=5, reason="package")
    service = studio.add_service(credit_price=2, policy=HALF_WITHIN_A_DAY)
    booked = book(studio, "ada", service, TEN, pay_with="credits")
    assert credits_of(studio, "ada") == 3

    outcome = cancel(studio, "ada", booked["booking_id"], now)

    assert outcome["fee_credits"] + outcome["refund_credits"] == 2
    assert credits_of(studio, "ada") == left
    assert row(studio, booked["booking_id"], "credits_spent, fee_minor") == (5 - left, 0)
    assert due(studio, "ada") == 0


@pytest.mark.parametrize("who", ["tom", ADMIN])
def test_the_trainers_side_cancels_at_no_cost_to_the_client(studio: World, who: str) -> None:
    studio.call("tom", "bookings.grant_credits", client_id="ada", amount=2, reason="package")
    service = studio.add_service(credit_price=2, policy=HALF_WITHIN_A_DAY)
    booked = book(studio, "ada", service, TEN, pay_with="credits")

    outcome = cancel(studio, who, booked["booking_id"], LATE)

    assert (outcome["rule"], outcome["late"]) == ("staff", False)
    assert credits_of(studio, "ada") == 2


def test_an_admin_who_booked_for_themselves_is_a_client_like_any_other(studio: World) -> None:
    service = studio.add_service(policy=HALF_WITHIN_A_DAY)
    booked = book(studio, ADMIN, service, TEN)
    waived = {"booking_id": booked["booking_id"], "waive": {"reason": "It is me"}}

    assert refused(studio, ADMIN, "cancel_booking", **waived) == "STAFF_ONLY"
    assert cancel(studio, ADMIN, booked["booking_id"], LATE)["fee_minor"] == 2_500


def test_staff_cancel_for_a_client_after_it_has_closed(studio: World) -> None:
    service = studio.add_service(policy={**HALF_WITHIN_A_DAY, "cancel_closes_minutes": 180})
    booked = book(studio, "ada", service, TEN)
    told = studio.call("ada", "bookings.preview_cancellation", now=LATE, booking_id=booked["booking_id"])

    with nothing_changes(studio):
        refusal = studio.refusal("ada", "bookings.cancel_booking", now=LATE, booking_id=booked["booking_id"])

    assert (told["allowed"], told["rule"], refusal.reason) == (False, "closed", "CANCEL_CLOSED")
    assert refusal.error["details"]["because"] == told["because"]
    assert cancel(studio, "tom", booked["booking_id"], LATE, for_client=True)["fee_minor"] == 2_500


def test_a_waiver_needs_a_reason_and_is_kept_with_it(studio: World) -> None:
    service = studio.add_service(policy={**HALF_WITHIN_A_DAY, "grace_per_month": 1})
    booked = book(studio, "ada", service, TEN)

    outcome = cancel(studio, "tom", booked["booking_id"], LATE, waive={"reason": "A flat tyre"})

    assert (outcome["rule"], outcome["fee_minor"], outcome["late"]) == ("waived", 0, True)
    assert row(studio, booked["booking_id"], "waived_reason, grace_used") == ("A flat tyre", False)
    assert studio.rows("SELECT waived_reason, grace_used FROM penalties") == [("A flat tyre", False)]


@pytest.mark.parametrize("terms", [{"for_client": True}, {"waive": {"reason": "Please"}}])
def test_clients_do_not_choose_the_terms(studio: World, terms: dict[str, Any]) -> None:
    booked = book(studio, "ada", studio.add_service(), TEN)

    with nothing_changes(studio):
        assert (
            refused(studio, "ada", "cancel_booking", booking_id=booked["booking_id"], **terms) == "STAFF_ONLY"
        )
    with pytest.raises(StaffOnly):
        studio.run("ada", "bookings.preview_cancellation", booking_id=booked["booking_id"], **terms)


def test_grace_counts_in_the_trainers_month_of_the_session(studio: World) -> None:
    """OfferingTree: a count of free exceptions per month; waiting for the next month must not earn another."""
    studio.approve_trainer("aki", display_name="Aki", time_zone="Asia/Tokyo")
    service = studio.add_service("aki", policy={**HALF_WITHIN_A_DAY, "grace_per_month": 1})
    # 23:00 on the last of the month in Tokyo, and an hour later: another month there, the same day in UTC.
    first_of_next = (TEN.replace(day=1) + timedelta(days=40)).replace(day=1, hour=0)
    midnight = first_of_next - timedelta(hours=9)
    studio.call("aki", "trainers.update_profile", horizon_days=366)
    fees = []
    for client, starts_at in (
        ("ada", midnight - timedelta(hours=3)),
        ("ada", midnight - timedelta(hours=1)),
        ("bob", midnight - timedelta(hours=2)),
        ("ada", midnight),
    ):
        booked = book(studio, client, service, starts_at)
        outcome = cancel(studio, client, booked["booking_id"], starts_at - timedelta(minutes=10))
        fees.append((outcome["rule"], outcome["fee_minor"]))

    assert fees == [("grace", 0), ("late", 2_500), ("grace", 0), ("grace", 0)]


def test_a_hold_and_a_request_are_given_up_for_nothing(studio: World) -> None:
    service = studio.add_service(policy=HALF_WITHIN_A_DAY, requires_confirmation=True)
    tomorrow = soon() + timedelta(hours=20)
    held = hold(studio, "ada", service, tomorrow.replace(minute=0))
    asked = book(studio, "bob", service, tomorrow.replace(minute=0) + timedelta(hours=1))

    for uid, booking, ended in (("ada", held, "hold_released"), ("bob", asked, "cancelled")):
        assert cancel(studio, uid, booking["booking_id"], soon())["rule"] == "not_confirmed"
        assert row(studio, booking["booking_id"], "ended") == (ended,)


def test_cancelling_twice_is_charged_once(studio: World) -> None:
    booked = book(studio, "ada", studio.add_service(policy=HALF_WITHIN_A_DAY), TEN)
    cancel(studio, "ada", booked["booking_id"], LATE)

    reason = refused(studio, "ada", "cancel_booking", booking_id=booked["booking_id"])

    assert reason == "BOOKING_CANCELLED"
    assert due(studio, "ada") == 2_500


def test_the_terms_are_those_under_which_it_was_booked(studio: World) -> None:
    """A trainer who could change them afterwards could ask for any fee at all."""
    service = studio.add_service(name="Boxing", policy=HALF_WITHIN_A_DAY)
    booked = book(studio, "ada", service, TEN)
    studio.call(
        "tom",
        "trainers.update_service",
        service_id=service,
        name="Boxing",
        duration_minutes=60,
        price_minor=9_000,
        currency="EUR",
        policy={"cancel": [{"within_minutes": 1_440, "fee_percent": 100}]},
    )

    # Of the price at which it was booked, too.
    assert cancel(studio, "ada", booked["booking_id"], LATE)["fee_minor"] == 2_500


def test_the_clock_refunds_a_request_that_nobody_answered(studio: World) -> None:
    studio.call("tom", "bookings.grant_credits", client_id="ada", amount=2, reason="package")
    service = studio.add_service(credit_price=2, policy=HALF_WITHIN_A_DAY, requires_confirmation=True)
    asked = book(studio, "ada", service, TEN, pay_with="credits")
    assert row(studio, asked["booking_id"], "status") == ("pending",)
    studio.rows("UPDATE bookings SET expires_at = created_at RETURNING id")

    jobs.every_minute(studio.backends)

    assert credits_of(studio, "ada") == 2


def test_two_late_cancellations_at_once_use_one_grace(studio: World) -> None:
    service = studio.add_service(policy={**HALF_WITHIN_A_DAY, "grace_per_month": 1})
    ids = [book(studio, "ada", service, TEN + timedelta(hours=n))["booking_id"] for n in range(4)]
    # All in one month.
    now = TEN - timedelta(minutes=30)

    outcomes = together(
        [outcome_of(studio, "ada", "cancel_booking", now=now, booking_id=each) for each in ids]
    )

    assert outcomes == ["ok"] * 4
    assert studio.rows("SELECT count(*) FILTER (WHERE grace_used), sum(fee_minor) FROM penalties") == [
        (1, 7_500)
    ]
    assert due(studio, "ada") == 7_500
