"""Blocked accounts: what they can do no more, what of theirs stands, and how they come back."""

from typing import Any

import pytest

from courtside.errors import AccountBlocked, TokenRevoked
from tests.integration.standing.test_roles import WHY, later, now
from tests.world import ADMIN, World, tomorrow_at


@pytest.fixture
def studio(world: World) -> World:
    """Tom, an approved trainer with a service, and Ada, who booked tomorrow at 10."""
    world.approve_trainer("tom")
    world.register_client("ada")
    return world


def told(world: World, type_: str) -> list[dict[str, Any]]:
    """What the admins' feed says of such events."""
    events = [event.to_dict() or {} for event in world.firestore.collection("feeds/admin/events").stream()]
    return [event["payload"] for event in events if event["type"] == type_]


def test_a_blocked_client_can_do_nothing_and_what_is_booked_stands(studio: World) -> None:
    service = studio.add_service("tom")
    booking = studio.book("ada", service, tomorrow_at(10))["booking_id"]

    answer = studio.call(ADMIN, "admin.block_user", user_id="ada", **WHY)

    assert answer == {"user_id": "ada", "blocked": True, "bookings": 1, "sessions": 0}
    for signed_in_at in (now(), later()):
        for name, content in (
            ("bookings.cancel_booking", {"booking_id": booking}),
            ("account.credits_statement", {}),
            ("trainers.search", {}),
        ):
            with pytest.raises(AccountBlocked):
                studio.run("ada", name, signed_in_at=signed_in_at, **content)
    access = studio.document("access/ada")
    assert access is not None
    assert access["blocked"] is True
    assert studio.rows("SELECT status FROM bookings") == [("confirmed",)]
    assert told(studio, "user:blocked") == [{"user_id": "ada", "bookings": 1, "sessions": 0}]


def test_nobody_books_for_a_blocked_client(studio: World) -> None:
    service = studio.add_service("tom")
    studio.call(ADMIN, "admin.block_user", user_id="ada", **WHY)
    content = {"service_id": service, "starts_at": tomorrow_at(11).isoformat(), "client_id": "ada"}

    assert studio.refusal("tom", "bookings.book_session", **content).reason == "CLIENT_BLOCKED"
    assert studio.refusal("tom", "bookings.hold_slot", **content).reason == "CLIENT_BLOCKED"

    studio.call(ADMIN, "admin.unblock_user", user_id="ada", **WHY)
    studio.call("tom", "bookings.book_session", **content)


def test_a_blocked_trainer_is_out_of_sight_and_sessions_stand(studio: World) -> None:
    service = studio.add_service("tom")
    booking = studio.book("ada", service, tomorrow_at(10))["booking_id"]

    answer = studio.call(ADMIN, "admin.block_user", user_id="tom", reason="insults")
    studio.relay()

    assert (answer["bookings"], answer["sessions"]) == (0, 1)
    assert studio.document("trainers/tom") is None
    content = {"service_id": service, "starts_at": tomorrow_at(12).isoformat()}
    assert studio.refusal("ada", "bookings.book_session", **content).reason == "TRAINER_NOT_APPROVED"
    # Its client can still leave, and an admin call it off.
    studio.call("ada", "bookings.cancel_booking", booking_id=booking)

    studio.call(ADMIN, "admin.unblock_user", user_id="tom", **WHY)
    studio.relay()

    assert studio.document("trainers/tom") is not None
    studio.call("ada", "bookings.book_session", **content)
    assert told(studio, "user:unblocked") == [{"user_id": "tom"}]


def test_whoever_comes_back_signs_in_again(studio: World) -> None:
    signed_in_at = now()
    studio.call(ADMIN, "admin.block_user", user_id="ada", **WHY)
    studio.call(ADMIN, "admin.unblock_user", user_id="ada", **WHY)

    with pytest.raises(TokenRevoked):
        studio.run("ada", "account.credits_statement", signed_in_at=signed_in_at)
    assert studio.run("ada", "account.credits_statement", signed_in_at=later()).error is None


def test_a_trainer_who_became_a_client_does_not_come_back_as_trainer(studio: World) -> None:
    studio.call(ADMIN, "admin.set_role", user_id="tom", role="client", **WHY)
    studio.call(ADMIN, "admin.block_user", user_id="tom", reason="insults")
    studio.call(ADMIN, "admin.unblock_user", user_id="tom", **WHY)
    studio.relay()

    assert studio.document("trainers/tom") is None
    assert studio.rows("SELECT status FROM trainers WHERE id = 'tom'") == [("suspended",)]


def test_blocks_are_audited_with_their_reason(studio: World) -> None:
    studio.call(ADMIN, "admin.block_user", user_id="tom", reason="took money aside")

    lines = studio.call(ADMIN, "admin.search_audit", of_command="admin.block_user")["lines"]

    assert [(line["subject"], line["before"], line["after"], line["reason"]) for line in lines] == [
        ("users/tom/block", {"blocked": False}, {"blocked": True}, "took money aside"),
        ("trainers/tom", {"status": "approved"}, {"status": "suspended"}, "took money aside"),
    ]


def test_a_block_does_not_wait_for_a_worker(studio: World) -> None:
    """However much else the command changed: a month of days is left, who may look is written."""
    studio.add_service("tom")
    studio.relay()

    outcome = studio.run(ADMIN, "admin.block_user", user_id="tom", reason="insults")

    assert outcome.work is not None
    assert outcome.work.left
    access = studio.document("access/tom")
    assert access is not None
    assert access["blocked"] is True
    assert studio.document("trainers/tom") is not None
    studio.relay()
    assert studio.document("trainers/tom") is None


def test_nobody_who_is_blocked_becomes_a_trainer(studio: World) -> None:
    studio.call("amy", "trainers.apply", display_name="Amy", time_zone="UTC")
    studio.call(ADMIN, "admin.block_user", user_id="amy", **WHY)

    assert studio.refusal(ADMIN, "trainers.approve", trainer_id="amy").reason == "TRAINER_SUSPENDED"

    studio.call(ADMIN, "admin.unblock_user", user_id="amy", **WHY)
    studio.call(ADMIN, "trainers.approve", trainer_id="amy")
