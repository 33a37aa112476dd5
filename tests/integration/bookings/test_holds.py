"""Holds: exclusive while they last, nobody's obstacle after, and turned into bookings by their owner alone."""

from datetime import timedelta

import pytest

from courtside.relay import jobs
from tests.integration.bookings.conversation import book, hold, later, open_starts, refused, soon, types_told
from tests.world import ADMIN, World, facts, tomorrow_at

TEN = tomorrow_at(10)


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", horizon_days=3)
    for client in ("ada", "bob"):
        world.register_client(client)
    return world


def test_a_hold_takes_its_slot_from_everybody_and_says_until_when(studio: World) -> None:
    service = studio.add_service(hold_minutes=5)

    held = hold(studio, "ada", service, TEN)

    document = studio.document(f"bookings/{held['booking_id']}")
    assert document is not None
    assert (document["status"], document["ended"]) == ("held", None)
    assert document["expires_at"] - document["created_at"] == timedelta(minutes=5)
    assert TEN not in open_starts(studio, "tom", TEN)
    assert "booking:held" in types_told(studio, "trainer_tom")
    for name in ("hold_slot", "book_session"):
        assert refused(studio, "bob", name, service_id=service, starts_at=TEN.isoformat()) == "SLOT_TAKEN"


def test_two_visitors_cannot_hold_one_slot(studio: World) -> None:
    """Cal.com #23974: the key of a hold included the visitor, so two visitors held one slot."""
    service = studio.add_service()
    hold(studio, "ada", service, TEN)

    assert refused(studio, "bob", "hold_slot", service_id=service, starts_at=TEN.isoformat()) == "SLOT_TAKEN"


def test_a_hold_overlapping_another_services_time_is_refused(studio: World) -> None:
    hold(studio, "ada", studio.add_service(buffer_after_minutes=30), TEN)
    other = studio.add_service()

    reason = refused(studio, "bob", "book_session", service_id=other, starts_at=tomorrow_at(11).isoformat())

    assert reason == "SLOT_TAKEN"


def test_the_owner_turns_a_hold_into_a_booking(studio: World) -> None:
    held = hold(studio, "ada", studio.add_service(), TEN)

    booked = studio.call("ada", "bookings.confirm_hold", booking_id=held["booking_id"])

    assert (booked["status"], booked["expires_at"]) == ("confirmed", None)
    document = studio.document(f"bookings/{held['booking_id']}")
    assert document is not None
    assert (document["status"], document["expires_at"]) == ("confirmed", None)
    assert studio.rows("SELECT status FROM sessions") == [("confirmed",)]
    assert "session:booked" in types_told(studio, "trainer_tom")


def test_a_hold_of_a_service_that_asks_becomes_a_request(studio: World) -> None:
    held = hold(studio, "ada", studio.add_service(requires_confirmation=True), TEN)

    booked = studio.call("ada", "bookings.confirm_hold", booking_id=held["booking_id"])

    assert booked["status"] == "pending"
    assert studio.rows("SELECT status FROM sessions") == [("booked",)]


@pytest.mark.parametrize("name", ["confirm_hold", "extend_hold", "release_hold"])
@pytest.mark.parametrize("uid", ["bob", "tom", ADMIN])
def test_nobody_but_its_owner_has_a_say_in_a_hold(studio: World, name: str, uid: str) -> None:
    held = hold(studio, "ada", studio.add_service(), TEN)

    before = dict(facts(studio))
    assert refused(studio, uid, name, booking_id=held["booking_id"]) == "BOOKING_NOT_FOUND"
    assert dict(facts(studio)) == before


@pytest.mark.parametrize("name", ["confirm_hold", "extend_hold", "release_hold"])
def test_what_is_no_hold_any_more_is_refused(studio: World, name: str) -> None:
    service = studio.add_service(hold_minutes=5)
    booked = book(studio, "ada", service, TEN)["booking_id"]
    over = hold(studio, "ada", service, tomorrow_at(12), now=soon() - timedelta(minutes=6))["booking_id"]

    before = dict(facts(studio))
    assert refused(studio, "ada", name, booking_id=booked) == "NOT_HELD"
    assert refused(studio, "ada", name, booking_id=over) == "HOLD_EXPIRED"
    assert dict(facts(studio)) == before


def test_a_hold_lasts_three_times_its_length_at_most(studio: World) -> None:
    now = soon()
    held = hold(studio, "ada", studio.add_service(hold_minutes=5), TEN, now=now)["booking_id"]

    assert refused(studio, "ada", "extend_hold", booking_id=held, now=now) == "HOLD_SPENT"
    ends = [
        studio.call("ada", "bookings.extend_hold", booking_id=held, now=later(now, minutes=after))[
            "expires_at"
        ]
        for after in (4, 8, 12)
    ]

    assert ends == [f"{later(now, minutes=after):%Y-%m-%dT%H:%M:%SZ}" for after in (9, 13, 15)]
    reason = refused(studio, "ada", "extend_hold", booking_id=held, now=later(now, minutes=14))
    assert reason == "HOLD_SPENT"


def test_a_hold_ends_with_the_start_at_the_latest(studio: World) -> None:
    now = later(TEN, minutes=-2)

    held = hold(studio, "ada", studio.add_service(hold_minutes=5), TEN, now=now)

    assert held["expires_at"] == f"{TEN:%Y-%m-%dT%H:%M:%SZ}"


def test_nobody_holds_more_than_three_times_at_once(studio: World) -> None:
    studio.approve_trainer("eve", horizon_days=3)
    service, elsewhere = studio.add_service(), studio.add_service("eve")
    held = [hold(studio, "ada", service, tomorrow_at(hour))["booking_id"] for hour in (9, 10)]
    hold(studio, "ada", elsewhere, tomorrow_at(11))
    wanted = {"service_id": elsewhere, "starts_at": tomorrow_at(13).isoformat()}

    before = dict(facts(studio))
    assert refused(studio, "ada", "hold_slot", **wanted) == "TOO_MANY_HOLDS"
    assert dict(facts(studio)) == before
    studio.call("ada", "bookings.release_hold", booking_id=held[0])
    studio.call("ada", "bookings.hold_slot", **wanted)
    hold(studio, "bob", service, tomorrow_at(9))


def test_a_hold_that_is_over_counts_no_more(studio: World) -> None:
    service, now = studio.add_service(hold_minutes=5), soon()
    for hour in (9, 10, 11):
        hold(studio, "ada", service, tomorrow_at(hour), now=now)

    hold(studio, "ada", service, tomorrow_at(13), now=later(now, minutes=5))


def test_what_the_clock_has_ended_cannot_be_cancelled_or_moved(studio: World) -> None:
    """Moved, its seats would be given back twice: by the move, and by whoever finds it overdue."""
    service, now = studio.add_service(hold_minutes=5), soon()
    held = hold(studio, "ada", service, TEN, now=now)["booking_id"]
    at = {"booking_id": held, "now": later(now, minutes=5)}

    before = dict(facts(studio))
    assert refused(studio, "ada", "cancel_booking", **at) == "BOOKING_CANCELLED"
    moved = {**at, "starts_at": tomorrow_at(12).isoformat()}
    assert refused(studio, "ada", "reschedule_booking", **moved) == "BOOKING_CANCELLED"
    assert dict(facts(studio)) == before


def test_a_released_hold_frees_its_slot(studio: World) -> None:
    service = studio.add_service()
    held = hold(studio, "ada", service, TEN)

    studio.call("ada", "bookings.release_hold", booking_id=held["booking_id"])

    assert TEN in open_starts(studio, "tom", TEN)
    document = studio.document(f"bookings/{held['booking_id']}")
    assert document is not None
    assert (document["status"], document["ended"], document["cancelled_by"]) == (
        "cancelled",
        "hold_released",
        "ada",
    )
    book(studio, "bob", service, TEN)


def test_the_clock_frees_a_hold_that_nobody_came_back_to(studio: World) -> None:
    held = hold(studio, "ada", studio.add_service(hold_minutes=5), TEN, now=soon() - timedelta(minutes=6))
    assert TEN not in open_starts(studio, "tom", TEN)

    ended = [jobs.every_minute(studio.backends) for _ in range(2)]
    studio.relay()

    assert ended == [1, 0]
    assert TEN in open_starts(studio, "tom", TEN)
    document = studio.document(f"bookings/{held['booking_id']}")
    assert document is not None
    assert (document["ended"], document["cancelled_by"]) == ("hold_expired", None)
    assert "booking:hold_expired" in types_told(studio, "client_ada")


def test_a_hold_that_is_over_is_in_nobodys_way_before_the_clock_comes_by(studio: World) -> None:
    service = studio.add_service(hold_minutes=5)
    now = soon()
    held = hold(studio, "ada", service, TEN, now=now)["booking_id"]
    wanted = {"service_id": service, "starts_at": TEN.isoformat()}

    at_its_end = later(now, minutes=5)
    assert (
        refused(studio, "bob", "book_session", **wanted, now=later(now, minutes=5, seconds=-1))
        == "SLOT_TAKEN"
    )
    book(studio, "bob", service, TEN, now=at_its_end)

    assert studio.rows("SELECT status, ended, cancelled_by FROM bookings WHERE id = %s", held) == [
        ("cancelled", "hold_expired", None)
    ]


def test_ones_own_hold_that_is_over_is_not_in_ones_way_in_a_group(studio: World) -> None:
    service = studio.add_service(capacity=2, hold_minutes=5)
    now = soon()
    hold(studio, "ada", service, TEN, now=now)
    book(studio, "bob", service, TEN, now=now)

    book(studio, "ada", service, TEN, now=later(now, minutes=5))

    assert studio.rows("SELECT seats_taken, status FROM sessions") == [(2, "confirmed")]


def test_held_seats_of_a_group_are_as_taken_as_booked_ones(studio: World) -> None:
    service = studio.add_service(capacity=3, max_seats_per_booking=2)
    hold(studio, "ada", service, TEN, seats=2)

    wanted = {"service_id": service, "starts_at": TEN.isoformat()}
    assert refused(studio, "bob", "book_session", **wanted, seats=2) == "SESSION_FULL"
    book(studio, "bob", service, TEN)

    assert studio.rows("SELECT seats_taken FROM sessions") == [(3,)]
