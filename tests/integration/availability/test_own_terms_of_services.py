"""Hours, notice, horizon, steps and caps of one service, in place of its trainer's."""

from datetime import timedelta
from typing import Any

import pytest

from courtside.relay import jobs
from tests.integration.availability.days import open_times, why_not
from tests.integration.relay.drift import drift
from tests.world import World, tomorrow_at

TOMORROW = tomorrow_at(0).date()
TEN = tomorrow_at(10)


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", hours=("09:00", "12:00"), horizon_days=8)
    for client in ("ada", "bob"):
        world.register_client(client)
    return world


def set_hours(studio: World, service: str, *ranges: tuple[str, str]) -> None:
    week = [{"weekday": day, "start": start, "end": end} for day in range(1, 8) for start, end in ranges]
    studio.call("tom", "availability.set_weekly_hours", service_id=service, hours=week)


def test_hours_of_a_service_replace_the_trainers_for_it_alone(studio: World) -> None:
    yoga, boxing = (studio.add_service(slot_step_minutes=60) for _ in range(2))
    set_hours(studio, yoga, ("18:00", "20:00"))
    studio.relay()

    assert open_times(studio, "tom", TOMORROW, yoga) == ["18:00", "19:00"]
    assert open_times(studio, "tom", TOMORROW, boxing) == ["09:00", "10:00", "11:00"]
    assert why_not(studio, "ada", yoga, TEN.isoformat()) == "SLOT_OUTSIDE_HOURS"
    studio.book("ada", yoga, tomorrow_at(18))
    assert open_times(studio, "tom", TOMORROW, yoga) == ["19:00"]


def test_a_service_without_hours_is_closed_and_without_its_own_is_as_the_trainer(studio: World) -> None:
    yoga = studio.add_service(slot_step_minutes=60)
    set_hours(studio, yoga)
    studio.relay()
    assert open_times(studio, "tom", TOMORROW) == []

    studio.call("tom", "availability.set_weekly_hours", service_id=yoga, hours=None)
    studio.relay()
    assert open_times(studio, "tom", TOMORROW) == ["09:00", "10:00", "11:00"]


def test_hours_of_another_trainers_service_are_refused(studio: World) -> None:
    studio.approve_trainer("eve")
    service = studio.add_service("eve")
    assert (
        studio.refusal("tom", "availability.set_weekly_hours", service_id=service, hours=[]).reason
        == "SERVICE_NOT_FOUND"
    )


def test_an_override_counts_for_services_with_hours_of_their_own(studio: World) -> None:
    yoga = studio.add_service(slot_step_minutes=60)
    set_hours(studio, yoga, ("18:00", "20:00"))
    hours = [{"start": "14:00", "end": "15:00"}]
    studio.call("tom", "availability.set_override", on_date=TOMORROW.isoformat(), hours=hours)
    studio.relay()
    assert open_times(studio, "tom", TOMORROW, yoga) == ["14:00"]


def test_steps_and_their_offset_are_the_services(studio: World) -> None:
    studio.add_service(slot_step_minutes=60, step_offset_minutes=75)
    studio.relay()
    # An offset beyond the step starts over.
    assert open_times(studio, "tom", TOMORROW) == ["09:15", "10:15"]


def test_notice_of_a_service_holds_for_joining_too(studio: World) -> None:
    group = studio.add_service(capacity=3, min_notice_minutes=600)
    studio.book("ada", group, TEN)
    late = TEN - timedelta(minutes=599)
    wanted: dict[str, Any] = {"service_id": group, "starts_at": TEN.isoformat()}
    outcome = studio.run("bob", "bookings.book_session", now=late, **wanted)
    assert outcome.error is not None
    assert outcome.error["details"]["reason"] == "SLOT_TOO_SOON"


def test_a_longer_horizon_of_a_service_opens_further_days_of_it_alone(studio: World) -> None:
    near, far = (
        studio.add_service(slot_step_minutes=60),
        studio.add_service(slot_step_minutes=60, horizon_days=20),
    )
    studio.relay()

    beyond = TOMORROW + timedelta(days=15)
    assert open_times(studio, "tom", beyond, far) == ["09:00", "10:00", "11:00"]
    assert open_times(studio, "tom", beyond, near) == []
    trainer = studio.document("trainers/tom")
    assert trainer is not None
    assert (trainer["horizon_days"], [s["horizon_days"] for s in trainer["services"]]) == (20, [8, 20])
    assert drift(studio) == []


def test_days_beyond_are_closed_when_the_far_service_is_retired(studio: World) -> None:
    offer: dict[str, Any] = {
        "name": "Far",
        "duration_minutes": 60,
        "price_minor": 1,
        "currency": "EUR",
        "horizon_days": 20,
    }
    far = studio.add_service(**offer)
    studio.relay()
    studio.call("tom", "trainers.update_service", service_id=far, active=False, **offer)
    studio.relay()
    assert studio.document(f"trainers/tom/days/{TOMORROW + timedelta(days=15)}") is None
    assert drift(studio) == []


def test_every_night_opens_the_day_that_came_within_each_horizon(studio: World) -> None:
    studio.add_service(slot_step_minutes=60, horizon_days=20)
    studio.relay()
    before = wanted_days(studio)
    jobs.nightly(studio.backends)
    raised = {path for path, want in wanted_days(studio).items() if want > before.get(path, 0)}
    newest = (TOMORROW + timedelta(days=days - 1) for days in (8, 20))
    assert raised >= {f"trainers/tom/days/{day}" for day in newest}


def wanted_days(studio: World) -> dict[str, int]:
    return dict(studio.rows("SELECT path, want FROM projection WHERE path LIKE 'trainers/tom/days/%%'"))


@pytest.mark.parametrize("of", ["trainer", "service"])
def test_a_full_day_takes_no_further_session_and_opens_when_one_is_cancelled(studio: World, of: str) -> None:
    service = studio.add_service(slot_step_minutes=60, daily_cap=2 if of == "service" else None)
    if of == "trainer":
        studio.call("tom", "trainers.update_profile", daily_cap=2)
    studio.book("ada", service, tomorrow_at(9))
    booking = studio.book("bob", service, tomorrow_at(10))["booking_id"]

    assert open_times(studio, "tom", TOMORROW) == []
    assert why_not(studio, "ada", service, tomorrow_at(11).isoformat()) == "SLOT_CAP_REACHED"

    studio.call(
        "bob", "bookings.reschedule_booking", booking_id=booking, starts_at=tomorrow_at(11).isoformat()
    )
    studio.call("bob", "bookings.cancel_booking", booking_id=booking)
    assert open_times(studio, "tom", TOMORROW) == ["10:00", "11:00"]


def test_a_cap_of_one_service_leaves_the_others_open(studio: World) -> None:
    capped, free = (
        studio.add_service(slot_step_minutes=60, daily_cap=1),
        studio.add_service(slot_step_minutes=60),
    )
    studio.book("ada", capped, tomorrow_at(9))
    assert open_times(studio, "tom", TOMORROW, capped) == []
    assert open_times(studio, "tom", TOMORROW, free) == ["10:00", "11:00"]


def test_joining_a_session_is_not_a_further_session(studio: World) -> None:
    group = studio.add_service(capacity=2, daily_cap=1)
    studio.book("ada", group, TEN)
    studio.book("bob", group, TEN)


@pytest.mark.parametrize("of", ["trainer", "service"])
def test_a_full_week_closes_all_its_days_from_monday_to_sunday(studio: World, of: str) -> None:
    service = studio.add_service(slot_step_minutes=60, weekly_cap=2 if of == "service" else None)
    if of == "trainer":
        studio.call("tom", "trainers.update_profile", weekly_cap=2)
    # The first whole week that is near enough to be booked: its Monday and the Sunday before.
    monday = TOMORROW + timedelta(days=(7 - TOMORROW.weekday()) % 7)
    ahead = (monday - TOMORROW).days
    studio.relay()
    studio.book("ada", service, tomorrow_at(9, days=1 + ahead))
    studio.book("bob", service, tomorrow_at(11, days=1 + ahead))

    assert open_times(studio, "tom", monday + timedelta(days=1)) == []
    last = tomorrow_at(9, days=1 + ahead + 1).isoformat()
    assert why_not(studio, "ada", service, last) == "SLOT_CAP_REACHED"
    if ahead:
        assert open_times(studio, "tom", monday - timedelta(days=1)) == ["09:00", "10:00", "11:00"]
    assert drift(studio) == []


def test_an_overdue_hold_does_not_count_against_the_cap(studio: World) -> None:
    service = studio.add_service(slot_step_minutes=60, daily_cap=1, hold_minutes=1)
    studio.call("ada", "bookings.hold_slot", service_id=service, starts_at=tomorrow_at(9).isoformat())
    wanted: dict[str, Any] = {"service_id": service, "starts_at": TEN.isoformat()}
    later = studio.rows("SELECT now() + interval '2 minutes'")[0][0]
    assert studio.run("bob", "bookings.book_session", now=later, **wanted).error is None
