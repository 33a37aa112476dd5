"""Disputes: claimed, answered, decided; what goes back moves through the ledger, and never more than was charged."""

from datetime import timedelta
from typing import Any

import pytest

from courtside.relay import jobs
from tests.integration.bookings.conversation import book, types_told
from tests.world import ADMIN, World, tomorrow_at

TEN = tomorrow_at(10)
AFTER = TEN + timedelta(hours=2)
SAID = {"text": "I was there.", "links": ["https://example.com/photo"]}


@pytest.fixture
def studio(world: World) -> World:
    """Ada was charged 25 € for a session that she is said to have missed."""
    world.approve_trainer("tom", horizon_days=3)
    for client in ("ada", "bob"):
        world.register_client(client)
    service = world.add_service("tom", price_minor=5_000, policy={"no_show": {"fee_percent": 50}})
    booking = book(world, "ada", service, TEN)["booking_id"]
    world.call("tom", "bookings.mark_no_show", now=AFTER, booking_id=booking)
    return world


def booking_of(studio: World) -> str:
    ((booking,),) = studio.rows("SELECT id::text FROM bookings")
    return str(booking)


def open_dispute(studio: World, uid: str = "ada") -> str:
    content = {"booking_id": booking_of(studio), "reason": "wrong_attendance", **SAID}
    dispute: str = studio.call(uid, "reviews.open_dispute", now=AFTER, **content)["dispute_id"]
    return dispute


def shown(studio: World, dispute: str) -> dict[str, Any]:
    document = studio.document(f"disputes/{dispute}")
    assert document is not None
    return document


def fees_due(studio: World) -> list[dict[str, Any]]:
    document = studio.document("clients/ada")
    assert document is not None
    fees: list[dict[str, Any]] = document["fees_due"]
    return fees


def reason(studio: World, uid: str, name: str, **content: Any) -> str:
    return studio.refusal(uid, name, **{"now": AFTER, **content}).reason


def test_both_parties_see_what_was_said(studio: World) -> None:
    dispute = open_dispute(studio)
    studio.call("tom", "reviews.answer_dispute", now=AFTER, dispute_id=dispute, text="Nobody came.")
    studio.call("ada", "reviews.add_evidence", now=AFTER, dispute_id=dispute, text="See the photo.")

    document = shown(studio, dispute)
    assert (document["status"], document["opened_by"]) == ("answered", "ada")
    assert [(s["author"], s["text"]) for s in document["statements"]] == [
        ("ada", "I was there."),
        ("tom", "Nobody came."),
        ("ada", "See the photo."),
    ]
    assert document["statements"][0]["links"] == SAID["links"]
    assert "dispute:opened" in types_told(studio, "trainer_tom")


def test_decided_for_the_client_the_fee_goes_back(studio: World) -> None:
    dispute = open_dispute(studio)

    studio.call(ADMIN, "admin.resolve_dispute", dispute_id=dispute, outcome="for_client", reason="the photo")

    document = shown(studio, dispute)
    assert (document["status"], document["outcome"], document["returned_minor"]) == (
        "resolved",
        "for_client",
        2_500,
    )
    assert fees_due(studio) == []
    assert "dispute:resolved" in types_told(studio, "client_ada")


def test_decided_for_the_trainer_nothing_goes_back(studio: World) -> None:
    dispute = open_dispute(studio)

    studio.call(ADMIN, "admin.resolve_dispute", dispute_id=dispute, outcome="for_trainer", reason="no proof")

    assert fees_due(studio) == [{"currency": "EUR", "amount_minor": 2_500}]


def test_a_split_gives_back_what_the_admin_says_and_never_more_than_was_charged(studio: World) -> None:
    dispute = open_dispute(studio)
    split = {"dispute_id": dispute, "outcome": "split", "reason": "both at fault"}

    assert reason(studio, ADMIN, "admin.resolve_dispute", return_minor=2_501, **split) == "OUTCOME_EXCEEDS"
    assert reason(studio, ADMIN, "admin.resolve_dispute", refund_credits=1, **split) == "OUTCOME_EXCEEDS"
    studio.call(ADMIN, "admin.resolve_dispute", return_minor=1_000, **split)

    assert fees_due(studio) == [{"currency": "EUR", "amount_minor": 1_500}]
    assert reason(studio, ADMIN, "admin.resolve_dispute", **split) == "DISPUTE_CLOSED"


def test_credits_that_were_kept_go_back_where_they_came_from(studio: World) -> None:
    service = studio.add_service("tom", name="Prepaid", credit_price=2)
    studio.call(ADMIN, "bookings.grant_credits", client_id="ada", amount=5, reason="package")
    noon = tomorrow_at(12)
    booking = book(studio, "ada", service, noon, pay_with="credits")["booking_id"]
    after = noon + timedelta(hours=2)
    studio.call("tom", "bookings.mark_no_show", now=after, booking_id=booking)
    content = {"booking_id": booking, "reason": "other", **SAID}
    dispute = studio.call("ada", "reviews.open_dispute", now=after, **content)["dispute_id"]

    studio.call(ADMIN, "admin.resolve_dispute", dispute_id=dispute, outcome="for_client", reason="the photo")

    assert studio.rows("SELECT remaining FROM allocations") == [(5,)]
    assert studio.rows("SELECT credits_spent FROM bookings WHERE id = %s", booking) == [(0,)]


def test_nobody_waits_for_ever_for_an_answer(studio: World) -> None:
    dispute = open_dispute(studio)
    studio.rows("UPDATE disputes SET answer_by = now() RETURNING id")

    late = reason(studio, "tom", "reviews.answer_dispute", dispute_id=dispute, text="Sorry, late.")
    jobs.every_minute(studio.backends)
    studio.relay()

    assert late == "DISPUTE_CLOSED"
    assert shown(studio, dispute)["status"] == "lapsed"
    studio.call(ADMIN, "admin.resolve_dispute", dispute_id=dispute, outcome="for_client", reason="no answer")
    assert shown(studio, dispute)["status"] == "resolved"


def test_who_opened_it_may_take_it_back_and_open_another(studio: World) -> None:
    dispute = open_dispute(studio)

    assert reason(studio, "tom", "reviews.withdraw_dispute", dispute_id=dispute) == "OTHER_PARTY"
    studio.call("ada", "reviews.withdraw_dispute", dispute_id=dispute)
    assert shown(studio, dispute)["status"] == "withdrawn"
    assert reason(studio, "ada", "reviews.add_evidence", dispute_id=dispute, **SAID) == "DISPUTE_CLOSED"
    open_dispute(studio, "tom")


def test_a_booking_is_disputed_by_its_parties_in_time_and_once(studio: World) -> None:
    content = {"booking_id": booking_of(studio), "reason": "wrong_fee", **SAID}
    late = TEN + timedelta(days=15)

    assert reason(studio, "bob", "reviews.open_dispute", **content) == "BOOKING_NOT_FOUND"
    assert reason(studio, "ada", "reviews.open_dispute", **{**content, "now": late}) == "NOT_DISPUTABLE"
    dispute = open_dispute(studio)
    assert reason(studio, "tom", "reviews.open_dispute", **content) == "ALREADY_DISPUTED"
    assert reason(studio, "ada", "reviews.answer_dispute", dispute_id=dispute, **SAID) == "OTHER_PARTY"
    assert reason(studio, "bob", "reviews.add_evidence", dispute_id=dispute, **SAID) == "DISPUTE_NOT_FOUND"


def test_enough_is_enough(studio: World) -> None:
    dispute = open_dispute(studio)
    for _ in range(19):
        studio.call("ada", "reviews.add_evidence", dispute_id=dispute, text="And another thing.")

    assert reason(studio, "ada", "reviews.add_evidence", dispute_id=dispute, **SAID) == "DISPUTE_CLOSED"


@pytest.mark.parametrize(
    "link",
    ["http://example.com", "javascript:alert(1)", "https://u:p@example.com", "https://", "https://a\u202eb"],
)
def test_links_are_plain_https(studio: World, link: str) -> None:
    content = {"booking_id": booking_of(studio), "reason": "other", "text": "See.", "links": [link]}

    with pytest.raises(Exception, match="expected shape"):
        studio.run("ada", "reviews.open_dispute", **content)
