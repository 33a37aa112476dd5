"""Hundreds of clients after the same time, over real HTTP: nobody is booked twice, and everybody is told the truth."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from local.environment import backend_environment
from local.functions_host.host import running_functions
from tests.integration.bookings.callers import Call, Reply, call_together
from tests.integration.relay.rest import relay_to_rest
from tests.world import World, tomorrow_at

NO_AUTH_EMULATOR = "127.0.0.1:9"  # unsigned tokens are accepted once one is named; it is never called


@pytest.fixture
def studio(empty_database: str, emulator_host: str) -> Iterator[World]:
    """An approved trainer, the rest still to come; set up without draining, which is not what is tested."""
    world = World.of(empty_database, emulator_host, lease_seconds=0.0)
    world.drains = False
    try:
        world.approve_trainer("tom", horizon_days=3)
        yield world
    finally:
        world.close()


@pytest.fixture
def functions_url(studio: World) -> Iterator[str]:
    """The functions of this studio, served as in production in a process of their own."""
    settings = studio.backends.settings
    assert settings.firestore_emulator is not None
    environment = backend_environment(
        settings.database_url, settings.firestore_emulator, NO_AUTH_EMULATOR, settings.project
    )
    with running_functions(environment, project=settings.project) as host:
        yield host.url


def test_one_of_500_clients_gets_the_slot(studio: World, functions_url: str) -> None:
    service = studio.add_service("tom")
    clients = _register(studio, 500)
    deadlocks = _deadlocks(studio)

    replies = _book(studio, functions_url, [(client, service, tomorrow_at(10)) for client in clients])

    assert Counter(reply.reason for reply in replies) == {None: 1, "SLOT_TAKEN": 499}
    (winner,) = (reply for reply in replies if reply.reason is None)
    assert studio.rows("SELECT id::text, client_id, status FROM bookings") == [
        (winner.result["booking_id"], winner.call.uid, "confirmed")
    ]
    assert studio.rows("SELECT capacity, seats_taken, status FROM sessions") == [(1, 1, "confirmed")]
    assert _deadlocks(studio) == deadlocks
    relay_to_rest(studio)
    (document,) = studio.firestore.collection("bookings").stream()
    assert document.id == winner.result["booking_id"]


def test_clients_on_overlapping_starts_leave_no_overlap(studio: World, functions_url: str) -> None:
    service = studio.add_service("tom", duration_minutes=60, buffer_after_minutes=15)
    starts = [tomorrow_at(10) + timedelta(minutes=30 * n) for n in range(10)]
    clients = _register(studio, 40)
    deadlocks = _deadlocks(studio)

    replies = _book(studio, functions_url, [(c, service, starts[n % 10]) for n, c in enumerate(clients)])

    assert {reply.reason for reply in replies} == {None, "SLOT_TAKEN"}
    booked = sorted(datetime.fromisoformat(r.result["starts_at"]) for r in replies if r.reason is None)
    # An hour and a buffer of 15 minutes: no two of the half-hour starts that are nearer than 90 minutes fit.
    assert all(later - earlier >= timedelta(minutes=90) for earlier, later in pairwise(booked))
    # None was refused without need: every start that was wanted and not booked is near one that was.
    assert all(any(abs(start - taken) < timedelta(minutes=90) for taken in booked) for start in starts)
    assert [start for (start,) in studio.rows("SELECT starts_at FROM sessions ORDER BY 1")] == booked
    assert _deadlocks(studio) == deadlocks
    relay_to_rest(studio)


def test_a_group_session_fills_to_its_capacity_and_no_further(studio: World, functions_url: str) -> None:
    service = studio.add_service("tom", name="Yoga", capacity=5)
    clients = _register(studio, 30)

    replies = _book(studio, functions_url, [(client, service, tomorrow_at(18)) for client in clients])

    assert Counter(reply.reason for reply in replies) == {None: 5, "SESSION_FULL": 25}
    assert studio.rows("SELECT capacity, seats_taken FROM sessions") == [(5, 5)]
    relay_to_rest(studio)
    (session,) = studio.firestore.collection("sessions").stream()
    assert {attendee["client_id"] for attendee in session.get("attendees")} == {
        reply.call.uid for reply in replies if reply.reason is None
    }
    day = studio.document(f"trainers/tom/days/{tomorrow_at(18).date()}")
    assert day is not None
    assert [slot for slot in day["slots"] if slot["session_id"] == session.id] == []


def test_clients_who_trade_places_at_once_never_hold_two(studio: World, functions_url: str) -> None:
    """Each moves to where another is about to leave: some moves are refused, no seat is lost or doubled."""
    service = studio.add_service("tom")
    clients = _register(studio, 12)
    starts = [tomorrow_at(8 + n) for n in range(12)]
    bookings = [
        studio.book(client, service, start)["booking_id"]
        for client, start in zip(clients, starts, strict=True)
    ]
    deadlocks = _deadlocks(studio)

    replies = call_together(
        functions_url,
        studio.backends.settings.project,
        [
            Call(
                client,
                "bookings",
                "reschedule_booking",
                {"booking_id": booking, "starts_at": starts[(n + 1) % 12].isoformat()},
            )
            for n, (client, booking) in enumerate(zip(clients, bookings, strict=True))
        ],
    )

    assert {reply.reason for reply in replies} <= {None, "SLOT_TAKEN"}
    assert studio.rows(
        "SELECT count(*), count(DISTINCT session_id) FROM bookings WHERE status = 'confirmed'"
    ) == [(12, 12)]
    assert studio.rows("SELECT count(*) FROM sessions WHERE status = 'confirmed' AND seats_taken = 1") == [
        (12,)
    ]
    assert _deadlocks(studio) == deadlocks
    relay_to_rest(studio)


def _register(world: World, count: int) -> list[str]:
    return [world.register_client(f"client-{n}") for n in range(count)]


def _book(world: World, url: str, wishes: list[tuple[str, str, datetime]]) -> list[Reply]:
    calls = [
        Call(uid, "bookings", "book_session", {"service_id": service, "starts_at": start.isoformat()})
        for uid, service, start in wishes
    ]
    return call_together(url, world.backends.settings.project, calls)


def _deadlocks(world: World) -> int:
    ((count,),) = world.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(count)
