"""Paying less, getting more, owing nothing: amounts that are none, credits of others, fees that are due."""

from typing import Any

import pytest

from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, calls
from tests.attacks.contents import OFFER, SAID, SLOT, WHY
from tests.attacks.targets import at
from tests.attacks.verdicts import INVALID, NO_BOOKING
from tests.world import ADMIN

GRANT: dict[str, Any] = {"client_id": "ada", **WHY}
SPLIT: dict[str, Any] = {"dispute_id": "@dispute", "outcome": "split", **WHY}
LATE: dict[str, Any] = {"within_minutes": 60}
PRE = "FAILED_PRECONDITION"
NO_AMOUNTS = (-1, 0, 10_001, 1.5, "5", True, None, 2**31, 2**53 + 1, 10**18, [5])
NO_PRICES = (-1, 100_000_001, 9.99, "0", None, 2**63 - 1, True)
NO_CURRENCIES = ("eur", "EU", "EURO", "€", "E\u0050R\u200b", "", None, 978)

ATTEMPTS = [
    *(calls("tom", "bookings.grant_credits", INVALID, f"a grant of {amount!r} credits", **GRANT, amount=amount)
      for amount in NO_AMOUNTS),
    *(calls("tom", "trainers.add_service", INVALID, f"a price of {price!r}", **{**OFFER, "price_minor": price})
      for price in NO_PRICES),
    *(calls("tom", "trainers.add_service", INVALID, f"a price in {currency!r}", **{**OFFER, "currency": currency})
      for currency in NO_CURRENCIES),
    *(calls("tom", "trainers.add_service", INVALID, f"a late rule of {charge}", **OFFER,
            policy={"cancel": [{**LATE, **charge}]})
      for charge in ({"fee_percent": -1}, {"fee_percent": 101}, {"fee_minor": -500}, {"fee_credits": -1})),
    calls("tom", "trainers.add_service", INVALID, "a policy under which waiting pays", **OFFER,
          policy={"cancel": [{"within_minutes": 600, "fee_percent": 50}, {"within_minutes": 60, "fee_percent": 0}]}),
    *(calls("mal", "bookings.book_session", INVALID, f"{seats!r} seats", **SLOT, seats=seats)
      for seats in (0, -1, 501, 1.0, "1", True, 10**12)),
    calls("mal", "bookings.book_session", f"{PRE} INSUFFICIENT_CREDITS", "paying with credits one has not",
          **SLOT, pay_with="credits"),
    calls("mal", "bookings.book_session", INVALID, "paying with nothing", **SLOT, pay_with="free"),
    calls("mal", "bookings.book_session", f"{PRE} NOT_PAYABLE_WITH_CREDITS",
          "paying with credits what has no price in them", service_id="@strict", starts_at="@free_hour",
          pay_with="credits"),
    calls("mal", "bookings.confirm_hold", NO_BOOKING, "confirming Ada's hold at her expense",
          booking_id="@hold", pay_with="credits"),
    calls("mal", "bookings.book_series", f"{PRE} SERIES_REFUSED", "a series on credit", **SLOT,
          pay_with="credits", repeat={"every": "day", "count": 2}),
    calls("eve", "bookings.grant_credits", "PERMISSION_DENIED CREDITS_SCOPE", "Eve grants credits for Tom's time",
          client_id="mal", amount=9, trainer_id="tom", **WHY),
    calls("eve", "bookings.grant_credits", "NOT_FOUND SERVICE_NOT_FOUND", "Eve grants credits for a service of Tom's",
          client_id="mal", amount=9, trainer_id="eve", service_id="@boxing", **WHY),
    calls(ADMIN, "bookings.grant_credits", "NOT_FOUND USER_NOT_FOUND", "credits for nobody", client_id="nobody",
          amount=5, **WHY),
    *(calls(ADMIN, "admin.adjust_credits", INVALID, f"an adjustment by {change!r}", allocation_id="@allocation",
            change=change, **WHY)
      for change in (0, 10_001, -10_001, 0.5, "1", 10**18)),
    calls(ADMIN, "admin.adjust_credits", f"{PRE} INSUFFICIENT_CREDITS", "credits below zero",
          allocation_id="@allocation", change=-6, **WHY),
    *(calls(ADMIN, "admin.resolve_dispute", INVALID, f"a verdict that returns {amount!r}", **SPLIT,
            return_minor=amount)
      for amount in (-1, 0.5, "5", True)),
    calls(ADMIN, "admin.resolve_dispute", f"{PRE} OUTCOME_EXCEEDS", "a verdict that returns more than was paid",
          **SPLIT, return_minor=10**9),
    calls(ADMIN, "admin.resolve_dispute", f"{PRE} OUTCOME_EXCEEDS", "a verdict that refunds credits nobody spent",
          **SPLIT, refund_credits=3),
    calls(ADMIN, "admin.waive_fee", f"{PRE} NO_FEE_DUE", "a waiver where nothing is due",
          booking_id="@booking", **WHY),
    *(calls(ADMIN, "admin.waive_fee", INVALID, f"a waiver of {amount!r}", booking_id="@missed",
            amount_minor=amount, **WHY)
      for amount in (0, -5, 1.5, 10**19)),
    calls("ada", "reviews.open_dispute", "ALREADY_EXISTS ALREADY_DISPUTED", "a second refund of one booking",
          booking_id="@done", reason="wrong_fee", **SAID),
    calls("mal", "reviews.open_dispute", f"{PRE} NOT_DISPUTABLE", "a dispute after its time",
          booking_id="@long_done", reason="wrong_fee", **SAID),
    calls("mal", "reviews.open_dispute", f"{PRE} NOT_DISPUTABLE", "a dispute before anything happened",
          booking_id="@mals_late", reason="wrong_fee", **SAID),
    calls("ada", "bookings.cancel_booking", f"{PRE} SESSION_STARTED", "cancelling what took place for a refund",
          booking_id="@done"),
    calls("mal", "bookings.cancel_booking", f"{PRE} SESSION_STARTED", "cancelling a missed seat to lose its fee",
          booking_id="@missed"),
    calls("mal", "bookings.reschedule_booking", f"{PRE} SESSION_STARTED", "moving a missed seat into the future",
          booking_id="@missed", starts_at="@free_hour"),
    calls("mal", "bookings.book_session", f"{PRE} SLOT_TOO_SOON", "booking the past", service_id="@boxing",
          starts_at="2020-01-01T10:00:00Z"),
    calls("tom", "bookings.book_session", f"{PRE} OWN_SESSION", "a trainer books himself", **SLOT),
]  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nobody_pays_less_or_gets_more(arena: Arena, attempt: Attempt) -> None:
    arena.withstand(attempt)


def test_moving_first_does_not_dodge_a_late_fee(arena: Arena) -> None:
    booking = {"booking_id": "@mals_late"}
    late = calls("mal", "bookings.preview_cancellation", "", "", **booking)
    assert '"fee_minor":5000' in arena.succeed(late).text

    arena.succeed(calls("mal", "bookings.reschedule_booking", "", "", **booking, starts_at=at(12, days=8)))

    assert arena.world.rows("SELECT fee_minor FROM bookings WHERE id = %s", arena.names["mals_late"]) == [
        (5000,)
    ]
    again = calls("mal", "bookings.reschedule_booking", f"{PRE} TOO_MANY_RESCHEDULES",
                  "moving a booking to and fro", **booking, starts_at=at(12, days=9))  # fmt: skip
    arena.withstand(again)


def test_cancelling_twice_refunds_once(arena: Arena) -> None:
    paid = calls(
        "ada",
        "bookings.book_session",
        "",
        "",
        service_id="@boxing",
        starts_at=at(8, days=7),
        pay_with="credits",
    )
    booking = arena.succeed(paid).result["booking_id"]
    arena.succeed(calls("ada", "bookings.cancel_booking", "", "", booking_id=booking))

    for command in ("bookings.cancel_booking", "bookings.cancel_series"):
        scope = {"scope": "all"} if "series" in command else {}
        again = calls("ada", command, "", "", booking_id=booking, **scope)
        with arena.unchanged():
            assert arena.try_(again).verdict != "OK"

    assert arena.world.rows("SELECT remaining FROM allocations WHERE id = %s", arena.names["allocation"]) == [
        (5,)
    ]


def test_a_trainer_does_not_change_what_was_agreed(arena: Arena) -> None:
    fair = {**OFFER, "name": "Fair", "price_minor": 5_000}
    service = arena.succeed(calls("tom", "trainers.add_service", "", "", **fair)).result["service_id"]
    slot = {"service_id": service, "starts_at": at(7, days=8)}
    booking = arena.succeed(calls("ada", "bookings.book_session", "", "", **slot)).result["booking_id"]
    dear = {"policy": {"cancel": [{"within_minutes": 43_200, "fee_percent": 100}]}, "price_minor": 90_000}

    arena.succeed(calls("tom", "trainers.update_service", "", "", service_id=service, **{**fair, **dear}))

    left = arena.succeed(calls("ada", "bookings.cancel_booking", "", "", booking_id=booking))
    assert left.result["outcome"]["fee_minor"] == 0
