"""`availability.explain_slot`: anybody learns why a time is not free, and nobody who has it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.world import ADMIN, World, tomorrow_at

TEN = tomorrow_at(10)


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", hours=("09:00", "12:00"), horizon_days=3, min_notice_minutes=60)
    world.register_client("ada", display_name="Ada Lovelace")
    return world


def explain(studio: World, service: str, starts_at: datetime, uid: str = "") -> dict[str, Any]:
    return studio.call(uid, "availability.explain_slot", service_id=service, starts_at=starts_at.isoformat())


def reasons(studio: World, service: str, starts_at: datetime) -> list[str]:
    return [reason["reason"] for reason in explain(studio, service, starts_at)["reasons"]]


def starts(found: dict[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(start) for start in found["next_starts"]]


def test_a_visitor_learns_that_a_time_is_free(studio: World) -> None:
    service = studio.add_service(slot_step_minutes=60)
    found = explain(studio, service, TEN)
    assert (found["open"], found["reasons"], found["seats_left"]) == (True, [], 1)
    assert starts(found) == [TEN, tomorrow_at(11), tomorrow_at(9, days=2)]


def test_a_taken_time_says_so_without_saying_who_has_it(studio: World) -> None:
    service = studio.add_service(slot_step_minutes=60)
    studio.book("ada", service, TEN)
    found = explain(studio, service, TEN)
    assert [reason["reason"] for reason in found["reasons"]] == ["busy"]
    assert starts(found)[0] == tomorrow_at(11)
    assert "ada" not in str(found).lower()


def test_all_reasons_are_told_with_the_facts_behind_them(studio: World) -> None:
    service = studio.add_service(slot_step_minutes=60)
    on = tomorrow_at(0, days=9)
    found = explain(studio, service, on + timedelta(minutes=7))
    assert [reason["reason"] for reason in found["reasons"]] == ["beyond_horizon"]
    assert found["reasons"][0]["last_date"] == tomorrow_at(0, days=3).date().isoformat()

    outside = explain(studio, service, tomorrow_at(13, 7))["reasons"]
    assert [reason["reason"] for reason in outside] == ["outside_hours", "off_step"]
    (worked,) = outside[0]["hours"]
    assert [datetime.fromisoformat(each) for each in worked] == [tomorrow_at(9), tomorrow_at(12)]
    assert outside[1]["step_minutes"] == 60


def test_caps_rooms_and_time_off_are_named(studio: World) -> None:
    room = studio.call(ADMIN, "admin.add_resource", name="Court 1")["resource_id"]
    studio.approve_trainer("eve", horizon_days=3)
    capped = studio.add_service(slot_step_minutes=60, daily_cap=1)
    inside = studio.add_service(slot_step_minutes=60, resource_id=room)
    eves = studio.add_service("eve", resource_id=room)
    studio.book("ada", capped, tomorrow_at(9))
    studio.book("ada", eves, tomorrow_at(10))
    studio.call(
        "tom",
        "availability.add_time_off",
        starts_at=tomorrow_at(11).isoformat(),
        ends_at=tomorrow_at(12).isoformat(),
        reason="Dentist",
    )

    assert reasons(studio, capped, tomorrow_at(10)) == ["cap_reached"]
    assert reasons(studio, inside, tomorrow_at(10)) == ["resource_busy"]
    assert reasons(studio, capped, tomorrow_at(11)) == ["time_off", "cap_reached"]
    # Why the trainer is away is nobody's business.
    assert "Dentist" not in str(explain(studio, capped, tomorrow_at(11)))


def test_a_group_session_can_be_joined_while_it_has_seats(studio: World) -> None:
    group = studio.add_service(capacity=2)
    session = studio.book("ada", group, TEN)["session_id"]
    found = explain(studio, group, TEN)
    assert (found["open"], found["session_id"], found["seats_left"]) == (True, session, 1)

    studio.register_client("bob")
    studio.book("bob", group, TEN)
    assert reasons(studio, group, TEN) == ["busy"]


def test_the_past_is_too_soon(studio: World) -> None:
    service = studio.add_service()
    for past in (tomorrow_at(10, days=-1), datetime.fromisoformat("2001-01-01T10:00:00+00:00")):
        assert "too_soon" in reasons(studio, service, past)


def test_what_nobody_offers_is_not_found(studio: World) -> None:
    offer: dict[str, Any] = {"name": "Old", "duration_minutes": 60, "price_minor": 1, "currency": "EUR"}
    retired = studio.add_service(**offer)
    studio.call("tom", "trainers.update_service", service_id=retired, active=False, **offer)
    studio.call("amy", "trainers.apply", display_name="Amy", time_zone="UTC")
    for service in (retired, studio.add_service("amy")):
        with pytest.raises(Exception, match="service"):
            explain(studio, service, TEN)
