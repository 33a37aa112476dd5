"""What is understood and refused: each with its own stable reason, and nothing changes."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.refusals import Refused, Studio
from tests.world import ADMIN, World

PERSON: dict[str, Any] = {"display_name": "New", "time_zone": "UTC"}
OFFER: dict[str, Any] = {"duration_minutes": 60, "price_minor": 100, "currency": "EUR"}
# Commands that need nothing but an account.
ANYBODYS: dict[str, dict[str, Any]] = {
    "account.register_client": PERSON,
    "trainers.apply": PERSON,
    "trainers.update_profile": {"headline": "x"},
    "trainers.approve": {"trainer_id": "amy"},
    "trainers.add_service": {"name": "Judo", **OFFER},
    "availability.set_weekly_hours": {"hours": []},
    "availability.set_override": {"on_date": "2030-01-01", "hours": []},
    "bookings.book_session": {"service_id": str(uuid4()), "starts_at": "2030-01-01T10:00:00Z"},
    "bookings.cancel_booking": {"booking_id": str(uuid4())},
    "bookings.reschedule_booking": {"booking_id": str(uuid4()), "starts_at": "2030-01-01T10:00:00Z"},
}


def book(studio: Studio, uid: str, starts_at: datetime, service: str | None = None) -> Refused:
    return studio.refused(
        uid, "bookings.book_session", service_id=service or studio.service, starts_at=starts_at.isoformat()
    )


def move(studio: Studio, uid: str, starts_at: datetime) -> Refused:
    return studio.refused(
        uid, "bookings.reschedule_booking", booking_id=studio.booking, starts_at=starts_at.isoformat()
    )


@pytest.mark.parametrize("name", ANYBODYS)
def test_blocked_account_may_do_nothing(refusing_studio: Studio, name: str) -> None:
    refused = refusing_studio.refused("blair", name, **ANYBODYS[name])

    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "ACCOUNT_BLOCKED")


@pytest.mark.parametrize(
    "name", [n for n in ANYBODYS if n not in ("account.register_client", "trainers.apply")]
)
def test_stranger_must_register_first(refusing_studio: Studio, name: str) -> None:
    refused = refusing_studio.refused("stranger", name, **ANYBODYS[name])

    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "ROLE_NOT_ALLOWED")
    assert refused.details["role"] is None


@pytest.mark.parametrize(("uid", "role"), [("ada", "client"), ("eve", "trainer"), ("amy", "client")])
def test_only_an_admin_approves(refusing_studio: Studio, uid: str, role: str) -> None:
    refused = refusing_studio.refused(uid, "trainers.approve", trainer_id="amy")

    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "ROLE_NOT_ALLOWED")
    assert refused.details == {"role": role, "allowed": ["admin"]}


@pytest.mark.parametrize(
    ("uid", "name", "content", "reason"),
    [
        ("ada", "account.register_client", PERSON, "ALREADY_REGISTERED"),
        ("tom", "account.register_client", PERSON, "ALREADY_REGISTERED"),
        ("amy", "trainers.apply", PERSON, "ALREADY_APPLIED"),
        ("tom", "trainers.apply", PERSON, "ALREADY_APPLIED"),
        (ADMIN, "trainers.approve", {"trainer_id": "tom"}, "ALREADY_APPROVED"),
        (ADMIN, "trainers.approve", {"trainer_id": "ada"}, "TRAINER_NOT_FOUND"),
        (ADMIN, "trainers.approve", {"trainer_id": "nobody"}, "TRAINER_NOT_FOUND"),
        ("ada", "trainers.update_profile", {"headline": "x"}, "TRAINER_NOT_FOUND"),
        ("ada", "trainers.add_service", {"name": "Judo", **OFFER}, "TRAINER_NOT_FOUND"),
        ("tom", "trainers.add_service", {"name": "Boxing", **OFFER}, "SERVICE_NAME_TAKEN"),
        ("tom", "trainers.add_service", {"name": " Boxing ", **OFFER}, "SERVICE_NAME_TAKEN"),
        ("ada", "availability.set_weekly_hours", {"hours": []}, "TRAINER_NOT_FOUND"),
        ("ada", "availability.set_override", {"on_date": "2030-01-01", "hours": []}, "TRAINER_NOT_FOUND"),
    ],
)
def test_account_or_trainer_that_does_not_fit(
    refusing_studio: Studio, uid: str, name: str, content: dict[str, Any], reason: str
) -> None:
    assert refusing_studio.refused(uid, name, **content).reason == reason


@pytest.mark.parametrize(
    ("hour", "minute"),
    [
        (10, 0),
        (9, 30),
        (10, 30),
        (11, 0),  # the quarter of an hour after Ada's session
        (9, 0),  # its own quarter of an hour would reach into Ada's
    ],
)
def test_slot_that_another_booking_takes(refusing_studio: Studio, hour: int, minute: int) -> None:
    refused = book(refusing_studio, "bob", refusing_studio.at(hour, minute))

    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "SLOT_TAKEN")


@pytest.mark.parametrize(
    ("days", "hour", "minute", "reason"),
    [
        (1, 8, 30, "SLOT_OUTSIDE_HOURS"),
        (1, 16, 30, "SLOT_OUTSIDE_HOURS"),
        (1, 3, 0, "SLOT_OUTSIDE_HOURS"),
        (1, 13, 10, "SLOT_OFF_STEP"),
        (30, 12, 0, "SLOT_BEYOND_HORIZON"),
        (20_000, 12, 0, "SLOT_BEYOND_HORIZON"),
        (-1, 12, 0, "SLOT_TOO_SOON"),
        (-9_000, 12, 0, "SLOT_TOO_SOON"),
    ],
)
def test_slot_that_is_not_open(
    refusing_studio: Studio, days: int, hour: int, minute: int, reason: str
) -> None:
    starts_at = refusing_studio.at(hour, minute, days=days)

    for refused in (book(refusing_studio, "bob", starts_at), move(refusing_studio, "ada", starts_at)):
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", reason)


def test_booking_is_not_moved_onto_another(world: World) -> None:
    studio = Studio.of(world)
    world.book("bob", studio.service, studio.at(14))

    assert move(studio, "ada", studio.at(14)).reason == "SLOT_TAKEN"
    assert move(studio, "ada", studio.at(15)).reason == "SLOT_TAKEN"


def test_time_within_the_notice_is_too_soon(world: World) -> None:
    world.drains = False
    world.approve_trainer("tom", min_notice_minutes=1_440, slot_step_minutes=5)
    service = world.add_service("tom")
    world.register_client("ada")
    (now,) = world.rows("SELECT date_bin('5 minutes', now(), '2000-01-01') + interval '12 hours'")[0]

    studio = Studio(world, service, service, service, "")

    assert book(studio, "ada", now).reason == "SLOT_TOO_SOON"
    assert book(studio, "ada", now + timedelta(days=40)).reason == "SLOT_BEYOND_HORIZON"


def test_what_nobody_can_book(refusing_studio: Studio) -> None:
    noon = refusing_studio.at(12)

    assert book(refusing_studio, "tom", noon).reason == "OWN_SESSION"
    assert book(refusing_studio, "ada", noon, str(uuid4())).reason == "SERVICE_NOT_FOUND"
    assert (
        book(refusing_studio, "ada", noon, refusing_studio.applicants_service).reason
        == "TRAINER_NOT_APPROVED"
    )


@pytest.mark.parametrize("uid", ["bob", "eve", "amy"])
def test_booking_of_somebody_else_is_not_even_confirmed_to_exist(refusing_studio: Studio, uid: str) -> None:
    booking_id = str(uuid4())
    none = refusing_studio.refused(uid, "bookings.cancel_booking", booking_id=booking_id)
    foreign = refusing_studio.refused(uid, "bookings.cancel_booking", booking_id=refusing_studio.booking)
    moved = move(refusing_studio, uid, refusing_studio.at(14))

    assert {each.reason for each in (none, foreign, moved)} == {"BOOKING_NOT_FOUND"}
    assert {each.code for each in (none, foreign, moved)} == {"NOT_FOUND"}
    assert {each.message for each in (none, foreign, moved)} == {none.message}
    assert foreign.details == {"booking_id": refusing_studio.booking}


def test_booking_that_stays_where_it_is(refusing_studio: Studio) -> None:
    assert move(refusing_studio, "ada", refusing_studio.at(10)).reason == "SAME_TIME"


def test_booking_that_is_over(world: World) -> None:
    studio = Studio.of(world)
    world.rows(
        "UPDATE sessions SET starts_at = now() - interval '5 minutes', ends_at = now() + interval '5 minutes', "
        "busy = tstzrange(now() - interval '1 hour', now() + interval '1 hour') RETURNING id"
    )

    started = studio.refused("ada", "bookings.cancel_booking", booking_id=studio.booking)

    assert started.reason == "SESSION_STARTED"
    assert move(studio, "ada", studio.at(14)).reason == "SESSION_STARTED"


@pytest.mark.parametrize("by", ["ada", "tom", ADMIN])
def test_booking_that_is_cancelled(world: World, by: str) -> None:
    studio = Studio.of(world)
    world.call(by, "bookings.cancel_booking", booking_id=studio.booking)

    again = studio.refused("ada", "bookings.cancel_booking", booking_id=studio.booking)

    assert again.reason == "BOOKING_CANCELLED"
    assert move(studio, "ada", studio.at(14)).reason == "BOOKING_CANCELLED"


def test_group_session_without_a_seat(world: World) -> None:
    studio = Studio.of(world)
    world.book("ada", studio.group, studio.at(14))

    assert book(studio, "ada", studio.at(14), studio.group).reason == "ALREADY_BOOKED"

    world.book("bob", studio.group, studio.at(14))
    studio = Studio(world, studio.service, studio.group, studio.applicants_service, studio.booking)

    assert book(studio, "eve", studio.at(14), studio.group).reason == "SESSION_FULL"
    assert book(studio, "eve", studio.at(14)).reason == "SLOT_TAKEN"


def test_slot_that_went_stale_on_the_screen(world: World) -> None:
    """Ada's screen shows 12:00 tomorrow; meanwhile somebody takes it, or the trainer changes the hours."""
    studio = Studio.of(world)
    noon = studio.at(12)
    world.call("tom", "availability.set_override", on_date=noon.date().isoformat(), hours=[])

    assert book(studio, "bob", noon).reason == "SLOT_OUTSIDE_HOURS"
    # What is booked stands, whatever the hours became.
    assert world.rows("SELECT status FROM bookings") == [("confirmed",)]


def test_command_id_that_stands_for_something_else(world: World) -> None:
    studio = Studio.of(world)
    command_id = str(uuid4())
    noon, one = studio.at(12).isoformat(), studio.at(13, 30).isoformat()
    mine = {"command_id": command_id, "service_id": studio.service}
    first = world.call("bob", "bookings.book_session", starts_at=noon, **mine)

    other_time = studio.refused("bob", "bookings.book_session", starts_at=one, **mine)
    other_command = studio.refused(
        "bob", "bookings.cancel_booking", command_id=command_id, booking_id=first["booking_id"]
    )

    for refused in (other_time, other_command):
        assert (refused.code, refused.reason) == ("ALREADY_EXISTS", "COMMAND_ID_REUSED")
        assert refused.details == {"command_id": command_id}
    assert world.call("bob", "bookings.book_session", starts_at=noon, **mine) == first


def test_command_id_of_a_refusal_stands_for_it_too(world: World) -> None:
    studio = Studio.of(world)
    command_id = str(uuid4())
    unknown = str(uuid4())
    studio.refused("bob", "bookings.cancel_booking", command_id=command_id, booking_id=unknown)

    other = studio.refused(
        "bob", "bookings.cancel_booking", command_id=command_id, booking_id=unknown, reason="ill"
    )

    assert other.reason == "COMMAND_ID_REUSED"
