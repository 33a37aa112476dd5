"""Why a booking, a move or a cancellation is refused: each reason by an example, and nothing changed by any."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from tests.integration.relay.database_clock import DatabaseClock
from tests.world import ADMIN, World, facts, tomorrow_at

CLOSED: list[dict[str, str]] = []


@pytest.fixture
def studio(idle_world: World) -> World:
    """A trainer who works from 8 to 20 and wants an hour's notice, and two clients."""
    idle_world.approve_trainer(
        "tom", hours=("08:00", "20:00"), min_notice_minutes=60, horizon_days=7, slot_step_minutes=30
    )
    idle_world.register_client("ada")
    idle_world.register_client("bob")
    return idle_world


@pytest.mark.parametrize(
    ("starts_at", "reason"),
    [
        (tomorrow_at(10, days=-1) - timedelta(days=1), "SLOT_TOO_SOON"),
        (tomorrow_at(10, days=8), "SLOT_BEYOND_HORIZON"),
        (tomorrow_at(7, 30), "SLOT_OUTSIDE_HOURS"),
        (tomorrow_at(19, 30), "SLOT_OUTSIDE_HOURS"),
        (tomorrow_at(10, 10), "SLOT_OFF_STEP"),
        (tomorrow_at(14, 30), "SLOT_TAKEN"),
    ],
    ids=["past", "too far ahead", "before hours", "until after hours", "off step", "overlapping"],
)
def test_a_time_that_is_not_open(studio: World, starts_at: datetime, reason: str) -> None:
    service = studio.add_service("tom")
    studio.book("bob", service, tomorrow_at(14))

    with nothing_changes(studio):
        refused = studio.refusal(
            "ada", "bookings.book_session", service_id=service, starts_at=starts_at.isoformat()
        )

    assert refused.reason == reason
    assert refused.error["details"]["starts_at"] == starts_at.isoformat()


def test_a_time_within_the_notice(clock: DatabaseClock, studio: World) -> None:
    service = studio.add_service("tom")
    clock.set(tomorrow_at(9, 1))

    assert _why_not_book(studio, "ada", service, tomorrow_at(10)) == "SLOT_TOO_SOON"

    clock.set(tomorrow_at(9))
    studio.book("ada", service, tomorrow_at(10))


def test_a_date_that_is_closed(studio: World) -> None:
    service = studio.add_service("tom")
    studio.call("tom", "availability.set_override", on_date=str(tomorrow_at(0).date()), hours=CLOSED)

    assert _why_not_book(studio, "ada", service, tomorrow_at(10)) == "SLOT_OUTSIDE_HOURS"


def test_a_buffer_before_or_after_meets_another_session(studio: World) -> None:
    plain = studio.add_service("tom")
    buffered = studio.add_service("tom", buffer_before_minutes=15, buffer_after_minutes=15)
    studio.book("bob", plain, tomorrow_at(12))

    assert _why_not_book(studio, "ada", buffered, tomorrow_at(11)) == "SLOT_TAKEN"
    assert _why_not_book(studio, "ada", buffered, tomorrow_at(13)) == "SLOT_TAKEN"
    studio.book("ada", buffered, tomorrow_at(10, 30))
    studio.book("ada", buffered, tomorrow_at(13, 30))


def test_two_services_of_a_trainer_share_the_trainers_time(studio: World) -> None:
    studio.book("bob", studio.add_service("tom"), tomorrow_at(12))

    assert _why_not_book(studio, "ada", studio.add_service("tom"), tomorrow_at(12)) == "SLOT_TAKEN"


def test_two_trainers_do_not_share_time(studio: World) -> None:
    studio.approve_trainer("tim")
    studio.book("bob", studio.add_service("tom"), tomorrow_at(12))

    studio.book("ada", studio.add_service("tim"), tomorrow_at(12))


def test_a_service_that_nobody_offers(studio: World) -> None:
    assert _why_not_book(studio, "ada", str(uuid4()), tomorrow_at(10)) == "SERVICE_NOT_FOUND"


def test_a_service_that_is_offered_no_more(studio: World) -> None:
    service = studio.add_service("tom")
    studio.rows("UPDATE services SET active = false RETURNING id")

    assert _why_not_book(studio, "ada", service, tomorrow_at(10)) == "SERVICE_NOT_FOUND"


def test_a_trainer_who_is_not_approved(studio: World) -> None:
    studio.call("tim", "trainers.apply", display_name="Tim", time_zone="UTC")

    assert _why_not_book(studio, "ada", studio.add_service("tim"), tomorrow_at(10)) == "TRAINER_NOT_APPROVED"


def test_a_trainers_own_session(studio: World) -> None:
    assert _why_not_book(studio, "tom", studio.add_service("tom"), tomorrow_at(10)) == "OWN_SESSION"


def test_a_full_session(studio: World) -> None:
    pair = studio.add_service("tom", capacity=2)
    studio.register_client("cleo")
    studio.book("ada", pair, tomorrow_at(10))
    studio.book("bob", pair, tomorrow_at(10))

    assert _why_not_book(studio, "cleo", pair, tomorrow_at(10)) == "SESSION_FULL"


def test_a_second_seat_for_the_same_client(studio: World) -> None:
    group = studio.add_service("tom", capacity=3)
    studio.book("ada", group, tomorrow_at(10))

    assert _why_not_book(studio, "ada", group, tomorrow_at(10)) == "ALREADY_BOOKED"


def test_joining_within_the_notice(clock: DatabaseClock, studio: World) -> None:
    group = studio.add_service("tom", capacity=3)
    studio.book("bob", group, tomorrow_at(10))
    clock.set(tomorrow_at(9, 1))

    assert _why_not_book(studio, "ada", group, tomorrow_at(10)) == "SLOT_TOO_SOON"


@pytest.mark.parametrize("command", ["cancel_booking", "reschedule_booking"])
def test_somebody_elses_booking_is_as_if_it_were_not_there(studio: World, command: str) -> None:
    booking = studio.book("ada", studio.add_service("tom"), tomorrow_at(10))["booking_id"]

    assert _why_not_change(studio, "bob", command, booking) == "BOOKING_NOT_FOUND"
    assert _why_not_change(studio, "bob", command, str(uuid4())) == "BOOKING_NOT_FOUND"


@pytest.mark.parametrize("command", ["cancel_booking", "reschedule_booking"])
def test_a_booking_that_is_cancelled(studio: World, command: str) -> None:
    booking = studio.book("ada", studio.add_service("tom"), tomorrow_at(10))["booking_id"]
    studio.call("ada", "bookings.cancel_booking", booking_id=booking)

    assert _why_not_change(studio, "ada", command, booking) == "BOOKING_CANCELLED"


@pytest.mark.parametrize("command", ["cancel_booking", "reschedule_booking"])
@pytest.mark.parametrize("who", ["ada", "tom", ADMIN])
def test_a_session_that_has_started(clock: DatabaseClock, studio: World, who: str, command: str) -> None:
    booking = studio.book("ada", studio.add_service("tom"), tomorrow_at(10))["booking_id"]
    clock.set(tomorrow_at(10))

    assert _why_not_change(studio, who, command, booking) == "SESSION_STARTED"


def test_moving_to_the_same_time(studio: World) -> None:
    booking = studio.book("ada", studio.add_service("tom"), tomorrow_at(12))["booking_id"]

    assert _why_not_change(studio, "ada", "reschedule_booking", booking, tomorrow_at(12)) == "SAME_TIME"


def test_moving_to_a_taken_time_keeps_the_old_one(studio: World) -> None:
    service = studio.add_service("tom")
    booking = studio.book("ada", service, tomorrow_at(10))["booking_id"]
    studio.book("bob", service, tomorrow_at(12))

    assert _why_not_change(studio, "ada", "reschedule_booking", booking, tomorrow_at(12)) == "SLOT_TAKEN"
    assert _why_not_book(studio, "bob", service, tomorrow_at(10)) == "SLOT_TAKEN"


def test_moving_into_a_session_where_the_client_has_a_seat(studio: World) -> None:
    group = studio.add_service("tom", capacity=3)
    booking = studio.book("ada", group, tomorrow_at(10))["booking_id"]
    studio.book("ada", group, tomorrow_at(12))

    assert _why_not_change(studio, "ada", "reschedule_booking", booking, tomorrow_at(12)) == "ALREADY_BOOKED"


def test_moving_into_a_full_session(studio: World) -> None:
    pair = studio.add_service("tom", capacity=2)
    studio.register_client("cleo")
    booking = studio.book("ada", pair, tomorrow_at(10))["booking_id"]
    studio.book("bob", pair, tomorrow_at(12))
    studio.book("cleo", pair, tomorrow_at(12))

    assert _why_not_change(studio, "ada", "reschedule_booking", booking, tomorrow_at(12)) == "SESSION_FULL"


@contextmanager
def nothing_changes(world: World) -> Iterator[None]:
    """Fail if a row of any table is another one afterwards."""
    before = dict(facts(world))
    yield
    assert dict(facts(world)) == before


def _why_not_book(world: World, uid: str, service: str, starts_at: datetime) -> str:
    with nothing_changes(world):
        return world.refusal(
            uid, "bookings.book_session", service_id=service, starts_at=starts_at.isoformat()
        ).reason


def _why_not_change(
    world: World, uid: str, command: str, booking_id: str, starts_at: datetime | None = None
) -> str:
    content = {"booking_id": booking_id}
    if command == "reschedule_booking":
        content["starts_at"] = (starts_at or tomorrow_at(12)).isoformat()
    with nothing_changes(world):
        return world.refusal(uid, f"bookings.{command}", **content).reason
