"""Who is told of what: feed events cut to their audience, and notices in the inboxes of those concerned."""

from typing import Any

import pytest

from tests.integration.relay.drift import documents_of
from tests.world import World, tomorrow_at


@pytest.fixture
def studio(world: World) -> World:
    """A trainer and two clients; what setting up told everybody is told already."""
    world.approve_trainer("tom", display_name="Tom", horizon_days=5)
    world.register_client("ada", display_name="Ada")
    world.register_client("bob", display_name="Bob")
    world.relay()
    return world


def test_a_booking_is_told_to_admins_and_its_trainer_but_not_to_who_made_it(studio: World) -> None:
    service = studio.add_service("tom", name="Boxing")

    booking = studio.book("ada", service, tomorrow_at(10))

    payload = {
        "booking_id": booking["booking_id"],
        "session_id": booking["session_id"],
        "trainer_id": "tom",
        "service_name": "Boxing",
        "starts_at": tomorrow_at(10),
        "ends_at": tomorrow_at(11),
        "client_id": "ada",
        "seats": 1,
        "status": "confirmed",
        "expires_at": None,
    }
    assert _told(studio, "session:booked") == {"admin": payload, "trainer_tom": payload}


def test_a_cancellation_says_who_cancelled(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom"), tomorrow_at(10))

    studio.call("tom", "bookings.cancel_booking", booking_id=booking["booking_id"], reason="private")

    told = _told(studio, "session:cancelled")
    assert told.keys() == {"admin", "client_ada"}
    assert {payload["cancelled_by"] for payload in told.values()} == {"tom"}
    assert "private" not in str(told)


def test_a_move_says_from_when_to_when(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom"), tomorrow_at(10))

    studio.call(
        "ada",
        "bookings.reschedule_booking",
        booking_id=booking["booking_id"],
        starts_at=tomorrow_at(12).isoformat(),
    )

    payload = _told(studio, "session:rescheduled")["trainer_tom"]
    assert (payload["old_starts_at"], payload["starts_at"]) == (tomorrow_at(10), tomorrow_at(12))


def test_other_attendees_are_not_told_of_each_other(studio: World) -> None:
    group = studio.add_service("tom", capacity=3)
    studio.book("ada", group, tomorrow_at(10))

    studio.book("bob", group, tomorrow_at(10))

    events = documents_of(studio, "events")
    of_ada = [event for path, event in events.items() if path.startswith("feeds/client_ada/")]
    assert of_ada == []


def test_a_refused_command_tells_nobody(studio: World) -> None:
    service = studio.add_service("tom")
    studio.book("ada", service, tomorrow_at(10))
    before = documents_of(studio, "events"), documents_of(studio, "inbox")

    studio.refusal("bob", "bookings.book_session", service_id=service, starts_at=tomorrow_at(10).isoformat())

    studio.relay()
    assert (documents_of(studio, "events"), documents_of(studio, "inbox")) == before


def test_an_approval_is_public_and_an_application_is_not(studio: World) -> None:
    studio.call("tim", "trainers.apply", display_name="Tim", time_zone="UTC")
    studio.relay()

    assert _told(studio, "trainer:approved") == {
        audience: {"trainer_id": "tom", "display_name": "Tom"}
        for audience in ("admin", "public", "trainer_tom")
    }
    applied = [
        path for path, event in documents_of(studio, "events").items() if event["type"] == "trainer:applied"
    ]
    assert {path.split("/")[1] for path in applied} == {"admin"}


def test_client_and_trainer_find_what_the_other_changed_in_their_inbox_once(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom", name="Boxing"), tomorrow_at(10))["booking_id"]
    content = {"booking_id": booking, "starts_at": tomorrow_at(12).isoformat()}
    studio.call("ada", "bookings.reschedule_booking", **content)
    studio.call("tom", "bookings.cancel_booking", booking_id=booking)

    assert _inbox_types(studio, "ada") == ["session.cancelled"]
    assert _inbox_types(studio, "tom") == ["session.booked", "session.rescheduled", "trainer.approved"]
    assert _inbox_types(studio, "bob") == []


def test_a_notice_says_what_and_when(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom", name="Boxing"), tomorrow_at(10))

    (notice,) = [note for note in _inbox(studio, "tom") if note["type"] == "session.booked"]

    assert notice["read_at"] is notice["archived_at"] is notice["snoozed_until"] is None
    assert (notice["category"], notice["priority"], notice["count"]) == ("booking", "medium", 1)
    assert notice["title"] == "New booking"
    assert f"A client booked Boxing on {tomorrow_at(10):%A, %B}" in notice["body"]
    assert notice["link"] == f"/bookings/{booking['booking_id']}"
    assert notice["expires_at"] == tomorrow_at(10)
    assert notice["payload"] == {
        "role": "trainer",
        "booking_id": booking["booking_id"],
        "session_id": booking["session_id"],
        "service_name": "Boxing",
        "starts_at": tomorrow_at(10),
        "ends_at": tomorrow_at(11),
    }


def test_moving_back_and_forth_is_told_each_time(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom"), tomorrow_at(10))["booking_id"]

    for hour in (12, 10, 12):
        content = {"booking_id": booking, "starts_at": tomorrow_at(hour).isoformat()}
        studio.call("ada", "bookings.reschedule_booking", **content)

    assert _inbox_types(studio, "tom").count("session.rescheduled") == 3


def test_moving_into_the_same_group_twice_is_told_twice(studio: World) -> None:
    group = studio.add_service("tom", capacity=3)
    studio.book("bob", group, tomorrow_at(12))
    booking = studio.book("ada", group, tomorrow_at(10))["booking_id"]

    for hour in (12, 10, 12):
        content = {"booking_id": booking, "starts_at": tomorrow_at(hour).isoformat()}
        studio.call("ada", "bookings.reschedule_booking", **content)

    assert _inbox_types(studio, "tom").count("session.rescheduled") == 3


def _told(world: World, type_: str) -> dict[str, Any]:
    """Audience → payload of the one event of this type that each was told."""
    events = [(path, e) for path, e in documents_of(world, "events").items() if e["type"] == type_]
    told = {path.split("/")[1]: event["payload"] for path, event in events}
    assert len(told) == len(events)
    return told


def _inbox(world: World, uid: str) -> list[dict[str, Any]]:
    return [note for path, note in documents_of(world, "inbox").items() if path.split("/")[1] == uid]


def _inbox_types(world: World, uid: str) -> list[str]:
    return sorted(note["type"] for note in _inbox(world, uid))
