"""Accounts say something of their people: what changes, who sees it, and how sign-ins end."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from courtside.edge.auth import Caller
from courtside.edge.commands import Command
from courtside.edge.dispatch import Dispatcher
from courtside.errors import InvalidInput, TokenRevoked
from courtside.relay.subscriptions import react
from tests.world import ADMIN, CALLABLES, World, tomorrow_at


@pytest.fixture
def studio(world: World) -> World:
    """Ada has booked Tom tomorrow at 10 and reviewed him before."""
    world.approve_trainer("tom")
    world.register_client("ada", display_name="Ada Byron")
    return world


def test_what_is_given_changes_and_what_is_left_out_stays(studio: World) -> None:
    studio.call("ada", "account.update_account", phone="+34600000000", locale="es")

    studio.call("ada", "account.update_account", time_zone="Europe/Madrid")

    assert studio.rows("SELECT display_name, phone, locale, time_zone FROM users WHERE id = 'ada'") == [
        ("Ada Byron", "+34600000000", "es", "Europe/Madrid")
    ]
    document = studio.document("clients/ada")
    assert document is not None
    assert (document["locale"], document["time_zone"]) == ("es", "Europe/Madrid")
    assert "phone" not in document
    studio.call("ada", "account.update_account", phone=None, display_name=None)
    assert studio.rows("SELECT display_name, phone FROM users WHERE id = 'ada'") == [("Ada Byron", None)]


def test_another_name_reaches_every_document_that_shows_it(studio: World) -> None:
    service = studio.add_service("tom")
    booked = studio.book("ada", service, tomorrow_at(10))
    past = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    done = studio.run(
        "ada",
        "bookings.book_session",
        now=past - timedelta(days=1),
        service_id=service,
        starts_at=past.isoformat(),
    )
    before = done.answer["result"]["booking_id"]
    session = done.answer["result"]["session_id"]
    studio.call("tom", "bookings.complete_session", session_id=session)
    review = studio.call("ada", "reviews.write_review", booking_id=before, rating=5, text="Fine")["review_id"]

    studio.call("ada", "account.update_account", display_name="Countess Lovelace")
    studio.relay()

    for booking in (before, booked["booking_id"]):
        document = studio.document(f"bookings/{booking}")
        assert document is not None
        assert document["client_name"] == "Countess Lovelace"
    attended = studio.document(f"sessions/{booked['session_id']}")
    assert attended is not None
    assert [person["display_name"] for person in attended["attendees"]] == ["Countess Lovelace"]
    shown = studio.document(f"trainers/tom/reviews/{review}")
    assert shown is not None
    assert shown["author"] == "Countess"


def test_an_address_is_taken_once_it_is_proved(studio: World) -> None:
    command = CALLABLES["account"].get("update_account")
    assert isinstance(command, Command)
    dispatcher = Dispatcher(studio.backends.pool, studio.backends.settings, react)

    for email in ("ada@example.org", None):
        caller = Caller("ada", email, datetime.now(UTC))
        dispatcher.run(command, caller, {"command_id": str(uuid4())}, "test-request")
        assert studio.rows("SELECT email FROM users WHERE id = 'ada'") == [("ada@example.org",)]


@pytest.mark.parametrize(
    "content", [{"role": "admin"}, {"email": "a@b.example"}, {"phone": "0600"}, {"locale": "?"}]
)
def test_nothing_else_can_be_written(studio: World, content: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        studio.run("ada", "account.update_account", **content)  # type: ignore[arg-type]


def test_signed_out_everywhere_is_signed_out_here(studio: World) -> None:
    signed_in_at = datetime.now(UTC)

    assert studio.call("ada", "account.sign_out_everywhere") == {"user_id": "ada"}

    with pytest.raises(TokenRevoked):
        studio.run("ada", "account.credits_statement", signed_in_at=signed_in_at)
    access = studio.document("access/ada")
    assert access is not None
    assert access["tokens_valid_from_at"] > signed_in_at
    again = access["tokens_valid_from_at"]
    assert studio.run("ada", "account.credits_statement", signed_in_at=again).error is None
    # Nobody else is.
    assert studio.run("tom", "account.credits_statement", signed_in_at=signed_in_at).error is None
    assert studio.run(ADMIN, "admin.search_audit", signed_in_at=signed_in_at).error is None
