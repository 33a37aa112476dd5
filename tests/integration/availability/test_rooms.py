"""Rooms: trainers who share one see each other's sessions as taken time, and only one session gets it."""

from functools import partial
from typing import Any

import pytest

from tests.integration.availability.days import open_times, why_not
from tests.integration.bookings.conversation import together
from tests.integration.relay.drift import drift
from tests.world import ADMIN, World, facts, tomorrow_at

TOMORROW = tomorrow_at(0).date()
TEN = tomorrow_at(10)
MORNING = ["09:00", "10:00", "11:00"]


@pytest.fixture
def studio(world: World) -> World:
    for trainer in ("tom", "eve"):
        world.approve_trainer(trainer, hours=("09:00", "12:00"), horizon_days=3)
    for client in ("ada", "bob"):
        world.register_client(client)
    return world


@pytest.fixture
def room(studio: World) -> str:
    resource_id: str = studio.call(ADMIN, "admin.add_resource", name="Court 1")["resource_id"]
    return resource_id


def test_a_session_closes_the_room_for_every_other_trainer_live(studio: World, room: str) -> None:
    toms = studio.add_service("tom", resource_id=room, slot_step_minutes=60)
    eves = studio.add_service("eve", resource_id=room, slot_step_minutes=60)
    elsewhere = studio.add_service("eve", slot_step_minutes=60)
    studio.relay()

    booking = studio.book("ada", toms, TEN)["booking_id"]
    # Her documents are there with the answer, without any sweep of the relay.
    assert open_times(studio, "eve", TOMORROW, eves) == ["09:00", "11:00"]
    assert open_times(studio, "eve", TOMORROW, elsewhere) == MORNING
    assert why_not(studio, "bob", eves, TEN.isoformat()) == "RESOURCE_TAKEN"

    studio.call(
        "ada", "bookings.reschedule_booking", booking_id=booking, starts_at=tomorrow_at(9).isoformat()
    )
    assert open_times(studio, "eve", TOMORROW, eves) == ["10:00", "11:00"]
    studio.call("ada", "bookings.cancel_booking", booking_id=booking)
    assert open_times(studio, "eve", TOMORROW, eves) == MORNING
    studio.relay()
    assert drift(studio) == []


def test_buffers_keep_the_room_as_they_keep_the_trainer(studio: World, room: str) -> None:
    toms = studio.add_service("tom", resource_id=room, buffer_after_minutes=30)
    eves = studio.add_service("eve", resource_id=room, slot_step_minutes=30)
    studio.book("ada", toms, tomorrow_at(9))
    assert open_times(studio, "eve", TOMORROW, eves) == ["10:30", "11:00"]


def test_of_two_trainers_at_once_one_gets_the_room(studio: World, room: str) -> None:
    services = [studio.add_service(trainer, resource_id=room) for trainer in ("tom", "eve")]

    def attempt(client: str, service: str) -> str:
        wanted: dict[str, Any] = {"service_id": service, "starts_at": TEN.isoformat()}
        error = studio.run(client, "bookings.book_session", **wanted).error
        return "ok" if error is None else str(error["details"]["reason"])

    outcomes = together([partial(attempt, *each) for each in zip(("ada", "bob"), services, strict=True)])
    assert sorted(outcomes) == ["RESOURCE_TAKEN", "ok"]
    assert studio.rows("SELECT count(*) FROM sessions WHERE status <> 'cancelled'") == [(1,)]


def test_services_in_a_retired_room_offer_nothing_and_sessions_stay(studio: World, room: str) -> None:
    inside = studio.add_service("tom", resource_id=room, slot_step_minutes=60)
    outside = studio.add_service("tom", slot_step_minutes=60)
    studio.book("ada", inside, TEN)
    studio.call(ADMIN, "admin.retire_resource", resource_id=room)
    studio.relay()

    assert open_times(studio, "tom", TOMORROW, inside) == []
    assert open_times(studio, "tom", TOMORROW, outside) == ["09:00", "11:00"]
    assert why_not(studio, "bob", inside, tomorrow_at(9).isoformat()) == "RESOURCE_TAKEN"
    assert studio.rows("SELECT status FROM sessions") == [("confirmed",)]
    assert drift(studio) == []


def test_what_cannot_be_done_with_rooms_changes_nothing(studio: World, room: str) -> None:
    studio.call(ADMIN, "admin.retire_resource", resource_id=room)
    before = dict(facts(studio))
    again = {"resource_id": room}
    assert studio.refusal(ADMIN, "admin.retire_resource", **again).reason == "RESOURCE_NOT_FOUND"
    assert studio.refusal(ADMIN, "admin.add_resource", name="Court 1").reason == "RESOURCE_NAME_TAKEN"
    offer = {"name": "Squash", "duration_minutes": 60, "price_minor": 1, "currency": "EUR", **again}
    assert studio.refusal("tom", "trainers.add_service", **offer).reason == "RESOURCE_NOT_FOUND"
    assert dict(facts(studio)) == before
