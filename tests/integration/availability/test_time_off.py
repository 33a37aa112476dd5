"""Time off: by dates of the trainer's zone or by instants, and back again."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.integration.availability.days import open_times, why_not
from tests.integration.relay.drift import drift
from tests.world import World, facts, tomorrow_at

TOMORROW = tomorrow_at(0).date()


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", hours=("09:00", "12:00"), horizon_days=8)
    world.register_client("ada")
    return world


def test_dates_off_are_closed_until_the_time_off_is_removed(studio: World) -> None:
    service = studio.add_service(slot_step_minutes=60)
    booked = studio.book("ada", service, tomorrow_at(9))
    last = TOMORROW + timedelta(days=1)
    off = studio.call(
        "tom",
        "availability.add_time_off",
        first_date=TOMORROW.isoformat(),
        last_date=last.isoformat(),
        reason="Sea",
    )
    studio.relay()

    assert [open_times(studio, "tom", TOMORROW + timedelta(days=n)) for n in range(3)] == [
        [],
        [],
        ["09:00", "10:00", "11:00"],
    ]
    assert why_not(studio, "ada", service, tomorrow_at(10).isoformat()) == "SLOT_OUTSIDE_HOURS"
    # What stands stays, and does not go away with the time off either.
    assert studio.rows("SELECT status FROM bookings WHERE id = %s", booked["booking_id"]) == [("confirmed",)]
    assert drift(studio) == []

    studio.call("tom", "availability.remove_time_off", time_off_id=off["time_off_id"])
    studio.relay()
    assert open_times(studio, "tom", TOMORROW) == ["10:00", "11:00"]
    assert drift(studio) == []


def test_hours_off_close_what_would_reach_into_them(studio: World) -> None:
    studio.add_service(slot_step_minutes=30, buffer_before_minutes=60, buffer_after_minutes=60)
    studio.call(
        "tom",
        "availability.add_time_off",
        starts_at=tomorrow_at(10).isoformat(),
        ends_at=tomorrow_at(10, 30).isoformat(),
    )
    studio.relay()
    # Buffers may reach into time off, as they may out of the hours.
    assert open_times(studio, "tom", TOMORROW) == ["09:00", "10:30", "11:00"]


def test_dates_are_those_of_the_trainers_zone(world: World) -> None:
    world.approve_trainer("tom", time_zone="Pacific/Chatham")
    off = world.call(
        "tom", "availability.add_time_off", first_date=TOMORROW.isoformat(), last_date=TOMORROW.isoformat()
    )
    midnight = tomorrow_at(0).replace(tzinfo=ZoneInfo("Pacific/Chatham"))
    assert off["starts_at"] == midnight.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("days", [-3, 800])
def test_time_off_that_is_over_or_years_ahead_changes_nothing(studio: World, days: int) -> None:
    before = dict(facts(studio))
    on = (TOMORROW + timedelta(days=days)).isoformat()
    refusal = studio.refusal("tom", "availability.add_time_off", first_date=on, last_date=on)
    assert refusal.reason == "DATE_OUT_OF_REACH"
    assert dict(facts(studio)) == before


def test_nobody_removes_the_time_off_of_another_trainer(studio: World) -> None:
    studio.approve_trainer("eve")
    on = TOMORROW.isoformat()
    off = studio.call("tom", "availability.add_time_off", first_date=on, last_date=on)["time_off_id"]
    before = dict(facts(studio))
    refusal = studio.refusal("eve", "availability.remove_time_off", time_off_id=off)
    assert refusal.reason == "TIME_OFF_NOT_FOUND"
    assert dict(facts(studio)) == before
