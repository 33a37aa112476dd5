"""Conflicts: found in the transaction that makes them, published with ways out, gone when their cause is."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.bookings.conversation import book, refused, types_told
from tests.world import ADMIN, World, tomorrow_at

TEN = tomorrow_at(10)
WEEK = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(1, 8)]


@pytest.fixture
def studio(world: World) -> World:
    for trainer in ("tom", "eve"):
        world.approve_trainer(trainer, display_name=trainer.title(), horizon_days=5)
    for client in ("ada", "bob"):
        world.register_client(client)
    return world


def conflicts(studio: World) -> list[dict[str, Any]]:
    """Every conflict as screens see it, those that are settled too."""
    found = studio.firestore.collection_group("conflicts").stream()
    return [{"path": c.reference.path, **(c.to_dict() or {})} for c in found]


def open_kinds(studio: World) -> list[str]:
    return sorted(c["kind"] for c in conflicts(studio) if c["resolved_at"] is None)


def time_off(studio: World, **content: Any) -> str:
    span = {"starts_at": tomorrow_at(9).isoformat(), "ends_at": tomorrow_at(12).isoformat()}
    answer = studio.call("tom", "availability.add_time_off", **{**span, **content})
    time_off_id: str = answer["time_off_id"]
    return time_off_id


def test_time_off_over_a_booking_is_a_conflict_with_ways_out(studio: World) -> None:
    booked = book(studio, "ada", studio.add_service("tom"), TEN)

    time_off(studio)

    (conflict,) = conflicts(studio)
    assert conflict["path"].startswith(f"schedule/{TEN.date()}/conflicts/")
    assert (conflict["kind"], conflict["trainer_ids"]) == ("time_off", ["tom"])
    assert conflict["session_ids"] == [booked["session_id"]]
    moves = [way["starts_at"] for way in conflict["ways_out"] if "starts_at" in way]
    assert len(moves) == 3
    studio.call(
        "ada", "bookings.reschedule_booking", booking_id=booked["booking_id"], starts_at=moves[0].isoformat()
    )
    assert open_kinds(studio) == []
    assert "schedule:conflict" in types_told(studio, "admin")
    assert "schedule:conflict" not in types_told(studio, "client_ada")


@pytest.mark.parametrize("way", ["remove", "cancel", "call off"])
def test_a_conflict_is_gone_with_its_cause(studio: World, way: str) -> None:
    booked = book(studio, "ada", studio.add_service("tom"), TEN)
    off = time_off(studio)
    assert open_kinds(studio) == ["time_off"]

    match way:
        case "remove":
            studio.call("tom", "availability.remove_time_off", time_off_id=off)
        case "cancel":
            studio.call("ada", "bookings.cancel_booking", booking_id=booked["booking_id"])
        case _:
            studio.call("tom", "bookings.cancel_session", session_id=booked["session_id"])

    assert open_kinds(studio) == []
    (settled,) = conflicts(studio)
    assert settled["resolution"] == "gone"


def test_changed_hours_leave_bookings_outside_them(studio: World) -> None:
    service = studio.add_service("tom")
    book(studio, "ada", service, TEN)
    book(studio, "bob", service, tomorrow_at(15))
    afternoons = [{**day, "start": "12:00", "end": "18:00"} for day in WEEK]

    studio.call("tom", "availability.set_weekly_hours", hours=afternoons)
    assert open_kinds(studio) == ["hours"]
    studio.call("tom", "availability.set_override", on_date=TEN.date().isoformat(), hours=[])
    assert open_kinds(studio) == ["hours", "hours"]
    studio.call("tom", "availability.set_override", on_date=TEN.date().isoformat(), hours=None)
    studio.call("tom", "availability.set_weekly_hours", hours=WEEK)

    assert open_kinds(studio) == []


def test_an_open_class_outside_hours_is_no_conflict_but_under_time_off_it_is(studio: World) -> None:
    service = studio.add_service("tom", capacity=4)
    mornings = [{**day, "start": "06:00", "end": "08:00"} for day in WEEK]
    studio.call("tom", "availability.set_weekly_hours", hours=mornings)
    studio.call("tom", "bookings.create_session", service_id=service, starts_at=TEN.isoformat())
    studio.call("tom", "availability.set_weekly_hours", hours=mornings)
    assert open_kinds(studio) == []

    time_off(studio)

    assert open_kinds(studio) == ["time_off"]


def test_a_retired_room_stands_against_what_was_planned_in_it(studio: World) -> None:
    room = studio.call(ADMIN, "admin.add_resource", name="Ring")["resource_id"]
    book(studio, "ada", studio.add_service("tom", resource_id=room), TEN)

    studio.call(ADMIN, "admin.retire_resource", resource_id=room)

    assert open_kinds(studio) == ["resource"]


def test_a_client_in_two_places_at_once_is_told(studio: World) -> None:
    book(studio, "ada", studio.add_service("tom"), TEN)
    second = book(studio, "ada", studio.add_service("eve"), TEN + timedelta(minutes=30))

    (conflict,) = conflicts(studio)
    assert (conflict["kind"], conflict["client_id"]) == ("double_booking", "ada")
    assert sorted(conflict["trainer_ids"]) == ["eve", "tom"]
    for audience in ("trainer_tom", "trainer_eve", "admin"):
        assert "schedule:conflict" in types_told(studio, audience)

    studio.call("ada", "bookings.cancel_booking", booking_id=second["booking_id"])
    assert open_kinds(studio) == []


def test_the_later_booking_is_the_one_to_move_and_what_is_known_stays(studio: World) -> None:
    book(studio, "ada", studio.add_service("eve"), TEN)
    book(studio, "ada", studio.add_service("tom"), TEN + timedelta(minutes=30))
    (first,) = conflicts(studio)
    assert first["trainer_ids"] == ["eve", "tom"]

    book(studio, "ada", studio.add_service("eve", name="Late"), TEN + timedelta(hours=5))
    book(studio, "ada", studio.add_service("tom", name="Late"), TEN + timedelta(hours=5))

    assert open_kinds(studio) == ["double_booking", "double_booking"]
    kept = next(conflict for conflict in conflicts(studio) if conflict["path"] == first["path"])
    assert (kept["found_at"], kept["ways_out"]) == (first["found_at"], first["ways_out"])


def test_bookings_that_only_touch_are_no_conflict(studio: World) -> None:
    book(studio, "ada", studio.add_service("tom"), TEN)
    book(studio, "ada", studio.add_service("eve"), TEN + timedelta(minutes=60))

    assert conflicts(studio) == []


def test_whoever_keeps_it_is_not_asked_again(studio: World) -> None:
    book(studio, "ada", studio.add_service("tom"), TEN)
    time_off(studio)
    (conflict,) = conflicts(studio)
    conflict_id = conflict["path"].rsplit("/", 1)[1]
    content = {"conflict_id": conflict_id, "reason": "agreed by phone"}

    assert refused(studio, "eve", "resolve_conflict", **content) == "CONFLICT_NOT_FOUND"
    assert refused(studio, "ada", "resolve_conflict", **content) == "CONFLICT_NOT_FOUND"
    studio.call("tom", "bookings.resolve_conflict", **content)
    time_off(studio, starts_at=tomorrow_at(9, 30).isoformat())

    (settled,) = conflicts(studio)
    assert settled["resolution"] == "agreed by phone"
    assert refused(studio, "tom", "resolve_conflict", **content) == "CONFLICT_NOT_FOUND"


def test_a_refused_command_finds_nothing(studio: World) -> None:
    service = studio.add_service("eve")
    book(studio, "ada", studio.add_service("tom"), TEN)
    book(studio, "bob", service, TEN)

    assert (
        refused(studio, "ada", "book_session", service_id=service, starts_at=TEN.isoformat()) == "SLOT_TAKEN"
    )

    assert conflicts(studio) == []
