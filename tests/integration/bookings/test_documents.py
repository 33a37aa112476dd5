"""What screens show of booking, moving and cancelling: each document that the facts appear in, and no other."""

from datetime import date, datetime
from typing import Any

import pytest

from tests.integration.relay.rest import relay_to_rest
from tests.world import World, tomorrow_at

SlotSeen = tuple[datetime, str | None, int]


@pytest.fixture
def studio(world: World) -> World:
    """A trainer who works from 9 to 12, and two clients; commands drain as at the edge."""
    world.approve_trainer("tom", display_name="Tom", hours=("09:00", "12:00"), horizon_days=5)
    world.register_client("ada", display_name="Ada")
    world.register_client("bob", display_name="Bob")
    world.relay()
    return world


def test_booking_closes_its_slot_and_those_that_overlap_it(studio: World) -> None:
    service = studio.add_service("tom")
    studio.relay()
    assert _starts(studio, tomorrow_at(0)) == [tomorrow_at(9 + n // 2, 30 * (n % 2)) for n in range(5)]

    studio.book("ada", service, tomorrow_at(10))

    assert _starts(studio, tomorrow_at(0)) == [tomorrow_at(9), tomorrow_at(11)]


def test_cancelling_opens_the_slots_again(studio: World) -> None:
    service = studio.add_service("tom")
    studio.relay()
    open_before = _starts(studio, tomorrow_at(0))
    booking = studio.book("ada", service, tomorrow_at(10))

    studio.call("ada", "bookings.cancel_booking", booking_id=booking["booking_id"], reason="ill")

    assert _starts(studio, tomorrow_at(0)) == open_before
    document = _document(studio, f"bookings/{booking['booking_id']}")
    assert (document["status"], document["cancelled_by"], document["cancel_reason"]) == (
        "cancelled",
        "ada",
        "ill",
    )
    session = _document(studio, f"sessions/{booking['session_id']}")
    assert (session["status"], session["seats_taken"], session["attendees"]) == ("cancelled", 0, [])


def test_moving_closes_slots_on_one_date_and_opens_them_on_the_other(studio: World) -> None:
    service = studio.add_service("tom")
    studio.relay()
    open_before = _starts(studio, tomorrow_at(0))
    booking = studio.book("ada", service, tomorrow_at(10))

    moved = studio.call(
        "ada",
        "bookings.reschedule_booking",
        booking_id=booking["booking_id"],
        starts_at=tomorrow_at(10, days=2).isoformat(),
    )

    assert _starts(studio, tomorrow_at(0)) == open_before
    assert _starts(studio, tomorrow_at(0, days=2)) == [tomorrow_at(9, days=2), tomorrow_at(11, days=2)]
    document = _document(studio, f"bookings/{booking['booking_id']}")
    assert (document["session_id"], document["reschedules"]) == (moved["session_id"], 1)
    assert document["starts_at"] == tomorrow_at(10, days=2)
    assert _document(studio, f"sessions/{booking['session_id']}")["status"] == "cancelled"
    relay_to_rest(studio)


def test_a_slot_freed_by_moving_can_be_taken(studio: World) -> None:
    """Shown free, but not to be had: cal.com #21589."""
    service = studio.add_service("tom")
    booking = studio.book("ada", service, tomorrow_at(10))["booking_id"]
    _reschedule(studio, booking, tomorrow_at(11))

    studio.book("bob", service, tomorrow_at(10))

    relay_to_rest(studio)


def test_a_booking_moved_often_is_one_booking(studio: World) -> None:
    """An old link that books once more each time it is followed: cal.com #12922."""
    service = studio.add_service("tom")
    booking = studio.book("ada", service, tomorrow_at(9))["booking_id"]

    for hour in (10, 11, 9, 10):
        _reschedule(studio, booking, tomorrow_at(hour))

    assert studio.rows("SELECT count(*) FROM bookings") == [(1,)]
    assert studio.rows("SELECT count(*), min(starts_at) FROM sessions WHERE status <> 'cancelled'") == [
        (1, tomorrow_at(10))
    ]
    relay_to_rest(studio)


def test_a_booking_can_be_moved_by_less_than_its_length(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom"), tomorrow_at(10))["booking_id"]

    assert _reschedule(studio, booking, tomorrow_at(10, 30))["starts_at"] == tomorrow_at(10, 30).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


def test_a_second_client_joins_the_first_ones_session(studio: World) -> None:
    """Two first attendees, two sessions: cal.com #13360."""
    group = studio.add_service("tom", capacity=3)
    first = studio.book("ada", group, tomorrow_at(10))

    second = studio.book("bob", group, tomorrow_at(10))

    assert second["session_id"] == first["session_id"]
    session = _document(studio, f"sessions/{first['session_id']}")
    assert [(a["client_id"], a["display_name"]) for a in session["attendees"]] == [
        ("ada", "Ada"),
        ("bob", "Bob"),
    ]
    assert (session["capacity"], session["seats_taken"]) == (3, 2)
    assert (tomorrow_at(10), first["session_id"], 1) in _slots(studio, tomorrow_at(0))


def test_a_group_session_is_shown_until_it_is_full(studio: World) -> None:
    pair = studio.add_service("tom", capacity=2)
    session = studio.book("ada", pair, tomorrow_at(10))["session_id"]
    assert (tomorrow_at(10), session, 1) in _slots(studio, tomorrow_at(0))

    studio.book("bob", pair, tomorrow_at(10))

    assert tomorrow_at(10) not in _starts(studio, tomorrow_at(0))


def test_the_seat_of_one_who_leaves_can_be_taken(studio: World) -> None:
    pair = studio.add_service("tom", capacity=2)
    studio.register_client("cleo")
    left = studio.book("ada", pair, tomorrow_at(10))
    studio.book("bob", pair, tomorrow_at(10))

    studio.call("ada", "bookings.cancel_booking", booking_id=left["booking_id"])

    assert studio.book("cleo", pair, tomorrow_at(10))["session_id"] == left["session_id"]
    relay_to_rest(studio)


def test_a_slot_can_be_booked_after_the_last_attendee_left(studio: World) -> None:
    """cal.com #18460."""
    group = studio.add_service("tom", capacity=3)
    bookings = [studio.book(client, group, tomorrow_at(10)) for client in ("ada", "bob")]
    for client, booking in zip(("ada", "bob"), bookings, strict=True):
        studio.call(client, "bookings.cancel_booking", booking_id=booking["booking_id"])
    assert (tomorrow_at(10), None, 3) in _slots(studio, tomorrow_at(0))

    again = studio.book("ada", group, tomorrow_at(10))

    assert again["session_id"] != bookings[0]["session_id"]
    relay_to_rest(studio)


def test_a_session_near_midnight_closes_slots_of_both_dates(world: World) -> None:
    """Tom's evening runs into the next date, which in his zone is another document."""
    world.approve_trainer("tom", time_zone="Asia/Tokyo", hours=("22:00", "26:00"), horizon_days=5)
    world.register_client("ada")
    long = world.add_service("tom", duration_minutes=120)
    world.relay()
    # Midnight in Tokyo is 15:00 UTC.
    assert tomorrow_at(13, days=2) in _starts(world, tomorrow_at(0, days=2))
    assert tomorrow_at(15, days=2) in _starts(world, tomorrow_at(0, days=3))

    world.book("ada", long, tomorrow_at(14, days=2))

    # What is left of the date is its first hours, which belong to the evening before.
    assert _starts(world, tomorrow_at(0, days=2)) == [tomorrow_at(15)]
    assert tomorrow_at(15, days=2) not in _starts(world, tomorrow_at(0, days=3))
    relay_to_rest(world)


def test_hours_that_shrink_leave_what_is_booked(studio: World) -> None:
    service = studio.add_service("tom")
    booking = studio.book("ada", service, tomorrow_at(10))

    studio.call("tom", "availability.set_weekly_hours", hours=[])
    relay_to_rest(studio)

    assert _document(studio, f"bookings/{booking['booking_id']}")["status"] == "confirmed"
    assert _starts(studio, tomorrow_at(0)) == []


def test_a_price_that_was_agreed_stays(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom", price_minor=4200, currency="EUR"), tomorrow_at(10))
    studio.rows("UPDATE services SET price_minor = 9900 RETURNING id")

    _reschedule(studio, booking["booking_id"], tomorrow_at(11))

    document = _document(studio, f"bookings/{booking['booking_id']}")
    assert (document["price_minor"], document["currency"]) == (4200, "EUR")


@pytest.mark.parametrize(
    "change",
    [
        {"display_name": "Thomas"},
        {"time_zone": "Pacific/Auckland"},
        {"time_zone": "Pacific/Pago_Pago"},
        {"horizon_days": 2},
        {"horizon_days": 9},
        {"slot_step_minutes": 15, "min_notice_minutes": 120},
    ],
    ids=["name", "zone to the east", "zone to the west", "nearer horizon", "further horizon", "rules"],
)
def test_a_profile_change_reaches_every_document(studio: World, change: dict[str, Any]) -> None:
    studio.book("ada", studio.add_service("tom"), tomorrow_at(10))
    relay_to_rest(studio)

    studio.call("tom", "trainers.update_profile", **change)

    relay_to_rest(studio)


def _reschedule(world: World, booking_id: str, starts_at: datetime) -> dict[str, Any]:
    return world.call(
        "ada", "bookings.reschedule_booking", booking_id=booking_id, starts_at=starts_at.isoformat()
    )


def _document(world: World, path: str) -> dict[str, Any]:
    document = world.document(path)
    assert document is not None
    return document


def _slots(world: World, on_date: date) -> list[SlotSeen]:
    """(start, session, seats left) of each slot on a screen of that day."""
    day = _document(world, f"trainers/tom/days/{on_date:%Y-%m-%d}")
    return [(slot["starts_at"], slot["session_id"], slot["seats_left"]) for slot in day["slots"]]


def _starts(world: World, on_date: date) -> list[datetime]:
    return [start for start, _, _ in _slots(world, on_date)]
