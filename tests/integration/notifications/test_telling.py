"""Who finds what in their inbox after a command, in which language; and what confirms to people what they did."""

from typing import Any

import pytest

from tests.integration.relay.drift import documents_of, drift
from tests.world import ADMIN, World, tomorrow_at


@pytest.fixture
def studio(world: World) -> World:
    """Two trainers, two clients and two admins; one of the clients reads Spanish and lives in Madrid."""
    world.make_admin()
    for trainer in ("tom", "tim"):
        world.approve_trainer(trainer, display_name=trainer.title(), horizon_days=5)
    spanish = {"locale": "es-ES", "time_zone": "Europe/Madrid"}
    world.call("ada", "account.register_client", display_name="Ada", **spanish)
    world.register_client("bob", display_name="Bob")
    world.make_admin("eve")
    world.relay()
    return world


def test_a_booking_is_confirmed_to_its_client_by_a_receipt_that_no_inbox_shows(studio: World) -> None:
    studio.book("ada", studio.add_service("tom", name="Boxing"), tomorrow_at(10))

    assert told(studio, "ada", receipts=True)[-1] == "session.booked"
    assert (told(studio, "ada"), inbox(studio, "ada")) == ([], [])
    assert [note["title"] for note in inbox(studio, "tom") if note["type"] == "session.booked"] == [
        "New booking"
    ]
    assert drift(studio) == []


def test_it_is_said_in_the_language_and_zone_that_its_reader_has(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom", name="Boxing"), tomorrow_at(10))["booking_id"]
    studio.call("tom", "bookings.cancel_booking", booking_id=booking)

    (note,) = inbox(studio, "ada")
    assert note["title"] == "Reserva cancelada"
    assert note["body"].startswith("Se ha cancelado Boxing el ")
    assert any(zone in note["body"] for zone in ("11:00 CET", "12:00 CEST"))


def test_what_somebody_has_set_goes_before_what_the_account_says(studio: World) -> None:
    studio.rows(
        "INSERT INTO notification_settings (user_id, language, time_zone)"
        " VALUES ('ada', 'en', 'Asia/Tokyo') RETURNING 1"
    )
    booking = studio.book("ada", studio.add_service("tom", name="Boxing"), tomorrow_at(10))["booking_id"]
    studio.call("tom", "bookings.cancel_booking", booking_id=booking)

    (note,) = inbox(studio, "ada")
    assert note["title"] == "Booking cancelled"
    assert "7:00\u00a0PM JST" in note["body"]


def test_what_an_inbox_says_stays_when_its_owner_moves(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom"), tomorrow_at(10))["booking_id"]
    studio.call("tom", "bookings.cancel_booking", booking_id=booking)
    before = inbox(studio, "ada")

    studio.rows("UPDATE users SET locale = 'en', time_zone = 'UTC' WHERE id = 'ada' RETURNING id")
    assert inbox(studio, "ada") == before
    assert [line for line in drift(studio) if "inbox" in line] == []


def test_an_application_is_told_to_every_admin_and_can_be_approved_from_there(studio: World) -> None:
    studio.call("bob", "trainers.apply", display_name="Bob", time_zone="UTC")

    for admin in (ADMIN, "eve"):
        (note,) = [note for note in inbox(studio, admin) if note["payload"].get("trainer_id") == "bob"]
        (action,) = note["actions"]
        assert (note["type"], note["link"]) == ("trainer.applied", "/admin/trainers/bob")
    studio.call("eve", action["command"], **action["arguments"])

    assert "trainer.approved" in types(studio, "bob")


def test_a_request_is_answered_from_the_inbox(studio: World) -> None:
    service = studio.add_service("tom", requires_confirmation=True)
    studio.book("ada", service, tomorrow_at(10))

    (note,) = [note for note in inbox(studio, "tom") if note["type"] == "session.requested"]
    assert [(action["name"], action["label"]) for action in note["actions"]] == [
        ("confirm", "Confirm"),
        ("decline", "Decline"),
    ]
    assert (note["priority"], note["sound"], note["toast"]) == ("high", True, "brief")
    studio.call("tom", note["actions"][0]["command"], **note["actions"][0]["arguments"])

    assert types(studio, "ada") == ["session.confirmed"]
    assert "session.confirmed" not in told(studio, "tom", receipts=True) + types(studio, "tom")


def test_a_session_that_is_called_off_is_told_to_each_client_and_once_to_its_trainer(studio: World) -> None:
    service = studio.add_service("tom", capacity=4)
    session = studio.book("ada", service, tomorrow_at(10))["session_id"]
    studio.book("bob", service, tomorrow_at(10))
    studio.call(ADMIN, "bookings.cancel_session", session_id=session, reason="The roof leaks.")

    assert types(studio, "ada") == types(studio, "bob") == ["session.cancelled"]
    assert inbox(studio, "ada")[0]["title"] == "Sesión suspendida"
    assert [type_ for type_ in types(studio, "tom") if type_.startswith("session.c")] == [
        "session.called_off"
    ]
    assert "roof" not in str(documents_of(studio, "inbox"))


def test_credits_are_told_by_what_became_of_them(studio: World) -> None:
    for amount in (1, 3):
        studio.call("tom", "bookings.grant_credits", client_id="ada", amount=amount, reason="a gift")

    assert [note["body"] for note in inbox(studio, "ada")] == [
        "Tienes 1 crédito más para reservar.",
        "Tienes 3 créditos más para reservar.",
    ]


def test_each_step_of_a_dispute_is_told_to_the_other_party_and_the_admins(studio: World) -> None:
    service = studio.add_service(
        "tom", policy={"cancel": [{"within_minutes": 43_200, "fee_percent": 50}]}, price_minor=5_000
    )
    booking = studio.book("ada", service, tomorrow_at(10))["booking_id"]
    studio.call("tom", "bookings.cancel_booking", booking_id=booking, for_client=True)
    dispute = studio.call(
        "ada", "reviews.open_dispute", booking_id=booking, reason="wrong_fee", text="I was ill."
    )["dispute_id"]
    studio.call("tom", "reviews.answer_dispute", dispute_id=dispute, text="Nobody told me.")
    for text in ("Here is the letter.", "And another one."):
        studio.call("ada", "reviews.add_evidence", dispute_id=dispute, text=text)
    studio.call(
        ADMIN,
        "admin.resolve_dispute",
        dispute_id=dispute,
        outcome="for_client",
        reason="A letter is a letter.",
    )

    assert of_disputes(studio, "ada") == ["dispute.answered", "dispute.resolved"]
    assert of_disputes(studio, "tom") == [
        "dispute.opened",
        "dispute.continued",
        "dispute.continued",
        "dispute.resolved",
    ]
    assert of_disputes(studio, "eve") == ["dispute.opened", "dispute.answered"]
    assert {"fee.charged", "fee.returned"} <= set(types(studio, "ada"))
    assert "letter" not in str(documents_of(studio, "inbox"))


def test_nobody_who_is_deleted_or_blocked_is_an_admin_to_be_told(studio: World) -> None:
    studio.rows("UPDATE users SET blocked_at = now() WHERE id = 'eve' RETURNING id")
    studio.call("bob", "trainers.apply", display_name="Bob", time_zone="UTC")

    assert studio.rows(
        "SELECT DISTINCT user_id FROM notifications WHERE dedupe_key = 'trainer.applied:bob'"
    ) == [(ADMIN,)]


def test_an_admin_is_not_told_what_that_admin_did(studio: World) -> None:
    studio.call("eve", "trainers.apply", display_name="Eve", time_zone="UTC")

    assert "trainer.applied" in told(studio, ADMIN)
    assert [note for note in inbox(studio, "eve") if note["payload"].get("trainer_id") == "eve"] == []


def test_what_is_to_be_planned_is_left_for_the_planner(studio: World) -> None:
    studio.book("ada", studio.add_service("tom"), tomorrow_at(10))

    rows = studio.rows(
        "SELECT user_id, receipt, planned_at, read_at IS NOT NULL, archived_at IS NOT NULL, group_key, expires_at"
        " FROM notifications WHERE type = 'session.booked' ORDER BY user_id"
    )
    assert rows == [
        ("ada", True, None, True, True, "session.booked:client", tomorrow_at(10)),
        ("tom", False, None, False, False, "session.booked:trainer", tomorrow_at(10)),
    ]


def inbox(world: World, uid: str) -> list[dict[str, Any]]:
    """The documents of somebody's inbox, oldest first."""
    world.relay()
    notes = [note for path, note in documents_of(world, "inbox").items() if path.split("/")[1] == uid]
    return sorted(notes, key=lambda note: note["created_at"])


def types(world: World, uid: str) -> list[str]:
    return [note["type"] for note in inbox(world, uid)]


def of_disputes(world: World, uid: str) -> list[str]:
    return [type_ for type_ in types(world, uid) if type_.startswith("dispute.")]


def told(world: World, uid: str, *, receipts: bool = False) -> list[str]:
    """The types of somebody's rows, oldest first."""
    query = "SELECT type FROM notifications WHERE user_id = %s AND receipt = %s ORDER BY created_at"
    return [type_ for (type_,) in world.rows(query, uid, receipts)]
