"""Seats paid with credits: spent when they are booked or asked for, back when the studio or the clock says no."""

from datetime import timedelta
from typing import Any

import pytest

from courtside.relay import jobs
from tests.integration.bookings.conversation import book, hold, refused, soon
from tests.world import ADMIN, World, facts, tomorrow_at

TEN = tomorrow_at(10)


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", horizon_days=3)
    world.register_client("ada")
    world.call(ADMIN, "bookings.grant_credits", client_id="ada", amount=10, reason="package")
    return world


def offer(studio: World, **terms: Any) -> str:
    return studio.add_service(capacity=4, max_seats_per_booking=4, credit_price=3, **terms)


def purse(studio: World) -> tuple[int, int]:
    """What is left of the package, and what the bookings have cost."""
    (row,) = studio.rows(
        "SELECT (SELECT sum(remaining) FROM allocations)::int, (SELECT sum(credits_spent) FROM bookings)::int"
    )
    return row[0], row[1]


@pytest.mark.parametrize("asks", [False, True])
def test_a_booking_or_request_costs_its_seats_at_once(studio: World, asks: bool) -> None:
    service = offer(studio, requires_confirmation=asks)

    booked = book(studio, "ada", service, TEN, seats=2, pay_with="credits")

    assert purse(studio) == (4, 6)
    document = studio.document(f"bookings/{booked['booking_id']}")
    assert document is not None
    assert (document["pay_with_credits"], document["credits_spent"]) == (True, 6)


def test_a_hold_costs_nothing_until_it_is_confirmed(studio: World) -> None:
    held = hold(studio, "ada", offer(studio), TEN, seats=2)
    assert purse(studio) == (10, 0)

    studio.call("ada", "bookings.confirm_hold", booking_id=held["booking_id"], pay_with="credits")

    assert purse(studio) == (4, 6)


def test_confirming_a_request_costs_nothing_more(studio: World) -> None:
    request = book(studio, "ada", offer(studio, requires_confirmation=True), TEN, pay_with="credits")

    studio.call("tom", "bookings.confirm_booking", booking_id=request["booking_id"])

    assert purse(studio) == (7, 3)


def test_who_has_too_few_credits_has_no_seat_either(studio: World) -> None:
    service = offer(studio)
    held = hold(studio, "ada", service, tomorrow_at(12), seats=4)["booking_id"]
    wanted = {"service_id": service, "starts_at": TEN.isoformat(), "seats": 4, "pay_with": "credits"}

    before = dict(facts(studio))
    assert refused(studio, "ada", "book_session", **wanted) == "INSUFFICIENT_CREDITS"
    assert (
        refused(studio, "ada", "confirm_hold", booking_id=held, pay_with="credits") == "INSUFFICIENT_CREDITS"
    )
    assert dict(facts(studio)) == before


def test_a_declined_request_gives_its_credits_back(studio: World) -> None:
    request = book(studio, "ada", offer(studio, requires_confirmation=True), TEN, pay_with="credits")

    studio.call("tom", "bookings.decline_booking", booking_id=request["booking_id"])

    assert purse(studio) == (10, 0)


def test_a_request_that_nobody_answered_gives_its_credits_back(studio: World) -> None:
    service = offer(studio, requires_confirmation=True, confirm_within_minutes=5)
    book(studio, "ada", service, TEN, pay_with="credits", now=soon() - timedelta(minutes=6))
    spent = purse(studio)

    for _ in range(2):
        jobs.every_minute(studio.backends)

    assert (spent, purse(studio)) == ((7, 3), (10, 0))


def test_a_session_that_is_called_off_gives_all_credits_back_whatever_the_policy(studio: World) -> None:
    policy = {"cancel": [{"within_minutes": 43_200, "refund_credits": False}]}
    booked = book(studio, "ada", offer(studio, policy=policy), TEN, pay_with="credits")

    studio.call("tom", "bookings.cancel_session", session_id=booked["session_id"])

    assert purse(studio) == (10, 0)
