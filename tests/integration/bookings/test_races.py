"""Those who want the same at once: one gets it, the others are told why not, and the counts agree."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from courtside.relay import jobs
from tests.integration.bookings.conversation import book, hold, outcome_of, soon, together
from tests.world import World, tomorrow_at

TEN = tomorrow_at(10)
CLIENTS = ("ada", "bob", "cleo", "dan")


@pytest.fixture
def studio(world: World) -> World:
    world.drains = False
    world.approve_trainer("tom", horizon_days=3)
    for client in CLIENTS:
        world.register_client(client)
    return world


def wants(studio: World, name: str, service: str, hour: int = 10) -> list[Callable[[], str]]:
    """The same wish of every client."""
    content = {"service_id": service, "starts_at": tomorrow_at(hour).isoformat()}
    return [outcome_of(studio, uid, name, **content) for uid in CLIENTS]


def violations(studio: World) -> list[tuple[object, ...]]:
    """Sessions whose count of seats is not that of their bookings, or that overlap another."""
    return studio.rows("""
        SELECT s.id FROM sessions AS s LEFT JOIN bookings AS b
            ON b.session_id = s.id AND b.status NOT IN ('cancelled', 'waitlisted')
        GROUP BY s.id HAVING s.seats_taken <> coalesce(sum(b.seats), 0) OR s.seats_taken > s.capacity
        UNION ALL
        SELECT a.id FROM sessions AS a JOIN sessions AS b ON a.trainer_id = b.trainer_id AND a.id < b.id
        WHERE a.status <> 'cancelled' AND b.status <> 'cancelled'
          AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
    """)


@pytest.mark.parametrize("name", ["book_session", "hold_slot"])
def test_one_slot_goes_to_one_of_many(studio: World, name: str) -> None:
    """Cal.com #5820, #13397: parallel requests each created a booking."""
    service = studio.add_service(requires_confirmation=name == "book_session")

    outcomes = Counter(together(wants(studio, name, service)))

    assert outcomes == {"ok": 1, "SLOT_TAKEN": 3}
    assert violations(studio) == []


def test_holding_and_booking_one_slot(studio: World) -> None:
    service, asked = studio.add_service(), studio.add_service(requires_confirmation=True)
    for hour in range(8, 13):
        acts = [
            wants(studio, "hold_slot", service, hour)[0],
            wants(studio, "book_session", service, hour)[1],
            wants(studio, "book_session", asked, hour)[2],
        ]
        outcomes = Counter(together(acts))
        assert outcomes["ok"] == 1, outcomes
        studio.rows(
            "UPDATE bookings SET status = 'confirmed', expires_at = NULL WHERE status = 'held' RETURNING id"
        )
    assert violations(studio) == []


def test_two_first_attendees_make_one_session(studio: World) -> None:
    """Cal.com #13360: two first attendees of a group session created two."""
    group = studio.add_service(capacity=4)

    outcomes = together(wants(studio, "book_session", group))

    assert outcomes == ["ok"] * 4
    assert studio.rows("SELECT seats_taken, status FROM sessions") == [(4, "confirmed")]


def test_the_last_seat_goes_to_one(studio: World) -> None:
    group = studio.add_service(capacity=2)
    studio.register_client("eva")
    book(studio, "eva", group, TEN)

    outcomes = Counter(together(wants(studio, "book_session", group)))

    assert outcomes == {"ok": 1, "SESSION_FULL": 3}
    assert violations(studio) == []


def test_resizing_while_others_book(studio: World) -> None:
    group = studio.add_service(capacity=4)
    created = studio.call("tom", "bookings.create_session", service_id=group, starts_at=TEN.isoformat())
    smaller = outcome_of(studio, "tom", "resize_session", session_id=created["session_id"], capacity=2)

    *booked, resized = together([*wants(studio, "book_session", group), smaller])

    ((capacity, taken),) = studio.rows("SELECT capacity, seats_taken FROM sessions")
    assert taken == booked.count("ok") <= capacity
    assert (resized, capacity) in {("ok", 2), ("SEATS_TAKEN", 4)}


def test_expiring_while_the_trainer_confirms(studio: World) -> None:
    service = studio.add_service(requires_confirmation=True, confirm_within_minutes=5)
    asked = soon() - timedelta(minutes=6)
    for hour in range(8, 13):
        request = book(studio, "ada", service, tomorrow_at(hour), now=asked)["booking_id"]
        confirm = outcome_of(studio, "tom", "confirm_booking", booking_id=request, now=asked)
        outcomes = together([confirm, lambda: str(jobs.every_minute(studio.backends))])
        (row,) = studio.rows("SELECT status, ended FROM bookings WHERE id = %s", request)
        if outcomes[0] == "ok":
            assert row == ("confirmed", None)
        else:
            assert (outcomes, row) == (["NOT_PENDING", "1"], ("cancelled", "request_expired"))
    assert violations(studio) == []


def test_one_overdue_hold_ends_once_for_all_who_find_it(studio: World) -> None:
    service = studio.add_service(hold_minutes=5)
    hold(studio, "ada", service, TEN, now=soon() - timedelta(minutes=6))
    sweeps = [lambda: str(jobs.every_minute(studio.backends))] * 2

    *booked, first, second = together([*wants(studio, "book_session", service), *sweeps])

    assert Counter(booked) == {"ok": 1, "SLOT_TAKEN": 3}
    assert int(first) + int(second) <= 1
    assert studio.rows("SELECT count(*) FROM audit WHERE after ->> 'ended' = 'hold_expired'") == [(1,)]
    assert violations(studio) == []


def test_holds_of_one_client_with_many_trainers_are_counted_together(studio: World) -> None:
    trainers = ["tom", *(studio.approve_trainer(f"trainer{n}", horizon_days=1) for n in range(5))]
    services = [studio.add_service(trainer) for trainer in trainers]
    acts = [
        outcome_of(studio, "ada", "hold_slot", service_id=service, starts_at=TEN.isoformat())
        for service in services
    ]

    assert Counter(together(acts)) == {"ok": 3, "TOO_MANY_HOLDS": 3}


def test_a_hold_is_confirmed_once_however_many_screens_do_it(studio: World) -> None:
    held = hold(studio, "ada", studio.add_service(), TEN)["booking_id"]

    outcomes = Counter(together([outcome_of(studio, "ada", "confirm_hold", booking_id=held)] * 4))

    assert outcomes == {"ok": 1, "NOT_HELD": 3}


def test_a_request_is_confirmed_or_declined_but_not_both(studio: World) -> None:
    """Cal.com #10789, #29958: two answers to requests were both carried out."""
    service = studio.add_service(requires_confirmation=True)
    for hour in range(8, 13):
        request = book(studio, "ada", service, tomorrow_at(hour))["booking_id"]
        names = ("confirm_booking", "decline_booking")
        outcomes = together([outcome_of(studio, "tom", name, booking_id=request) for name in names])
        (row,) = studio.rows("SELECT status FROM bookings WHERE id = %s", request)
        assert sorted(outcomes) == ["NOT_PENDING", "ok"]
        assert row == ("confirmed" if outcomes[0] == "ok" else "cancelled",)
    assert violations(studio) == []


def test_nobody_stays_in_a_class_that_is_called_off_while_they_join(studio: World) -> None:
    group = studio.add_service(capacity=4)
    for hour in range(8, 13):
        starts_at = tomorrow_at(hour)
        created = studio.call(
            "tom", "bookings.create_session", service_id=group, starts_at=starts_at.isoformat()
        )
        off = outcome_of(studio, "tom", "cancel_session", session_id=created["session_id"])
        *joined, called_off = together([*wants(studio, "book_session", group, hour), off])
        assert (set(joined), called_off) == ({"ok"}, "ok")
        stayed = "SELECT count(*) FROM bookings WHERE session_id = %s AND status <> 'cancelled'"
        assert studio.rows(stayed, created["session_id"]) == [(0,)]
    assert violations(studio) == []


def test_rooms_that_two_trainers_share(studio: World) -> None:
    room = "01900000-0000-7000-8000-000000000001"
    studio.rows("INSERT INTO resources (id, name, created_at) VALUES (%s, 'Hall', now()) RETURNING id", room)
    trainers = ["tom", *(studio.approve_trainer(f"trainer{n}", horizon_days=1) for n in range(3))]
    services = [studio.add_service(trainer, resource_id=room) for trainer in trainers]

    acts = [
        outcome_of(studio, uid, "book_session", service_id=service, starts_at=TEN.isoformat())
        for uid, service in zip(CLIENTS, services, strict=True)
    ]

    assert Counter(together(acts)) == {"ok": 1, "RESOURCE_TAKEN": 3}
