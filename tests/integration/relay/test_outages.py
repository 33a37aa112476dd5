"""Firestore stopped, silent or emptied: commands go on, nothing is given up, and all arrives when it is back."""

import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from courtside.db.outbox import MAX_ATTEMPTS
from courtside.relay.wake import CHANNEL
from local.emulator import EmulatorServer, running_emulator
from tests.emulator.service.administration import arm, call
from tests.integration.relay.drift import drift
from tests.integration.relay.rest import left_to_do, relay_to_rest, wait_until
from tests.world import World, tomorrow_at

DRAIN_SECONDS = 0.4
# What a command may take beyond its drain's deadline, on a busy machine.
MARGIN_SECONDS = 2.0


@pytest.fixture
def own_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatorServer]:
    """An emulator that this test may stop."""
    with running_emulator() as server:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", server.host)
        yield server


@pytest.fixture
def studio(empty_database: str, own_emulator: EmulatorServer) -> Iterator[World]:
    """A trainer with a service, and a client, at rest; commands drain, but not for long."""
    world = World.of(
        empty_database,
        own_emulator.host,
        lease_seconds=0.2,
        drain_deadline_seconds=DRAIN_SECONDS,
        worker_lease_seconds=2.0,
    )
    try:
        world.approve_trainer("tom", horizon_days=3)
        world.add_service("tom", name="Boxing")
        world.register_client("ada")
        relay_to_rest(world)
        yield world
    finally:
        world.close()


def test_a_booking_succeeds_while_firestore_is_silent_and_arrives_later(
    studio: World, own_emulator: EmulatorServer
) -> None:
    own_emulator.process.popen.send_signal(signal.SIGSTOP)
    try:
        started = time.monotonic()
        booking = _book(studio)
        took = time.monotonic() - started
        assert took < DRAIN_SECONDS + MARGIN_SECONDS
        assert left_to_do(studio) > 0
    finally:
        own_emulator.process.popen.send_signal(signal.SIGCONT)

    relay_to_rest(studio)

    assert (studio.document(f"bookings/{booking}") or {})["status"] == "confirmed"


def test_a_booking_succeeds_while_firestore_is_gone_and_arrives_later(
    studio: World, own_emulator: EmulatorServer
) -> None:
    own_emulator.process.kill()
    started = time.monotonic()
    booking = _book(studio)
    assert time.monotonic() - started < DRAIN_SECONDS + MARGIN_SECONDS

    with running_emulator(port=int(own_emulator.host.rpartition(":")[2])):
        _relay_until_written(studio, f"bookings/{booking}")
        # This emulator came back empty: what was written before the outage is written again when it is asked for.
        studio.rows("UPDATE projection SET want = want + 1, next_at = now() RETURNING path")
        studio.rows("UPDATE outbox SET done_at = NULL, next_at = now() RETURNING id")
        relay_to_rest(studio)


def test_an_outage_gives_nothing_up_however_long_it_lasts(
    studio: World, own_emulator: EmulatorServer
) -> None:
    own_emulator.process.popen.send_signal(signal.SIGSTOP)
    try:
        _book(studio)
        studio.rows("UPDATE projection SET attempts = %s, next_at = now() RETURNING path", MAX_ATTEMPTS * 3)
        studio.rows("UPDATE outbox SET attempts = %s, next_at = now() RETURNING id", MAX_ATTEMPTS * 3)
        studio.rows("UPDATE projection SET lease_until = NULL RETURNING path")
        studio.rows("UPDATE outbox SET lease_until = NULL RETURNING id")

        studio.relay()

        dead = "SELECT count(*) FROM {} WHERE dead_at IS NOT NULL"
        assert studio.rows(dead.format("projection")) == studio.rows(dead.format("outbox")) == [(0,)]
        # And looks again soon: all of it ends at once.
        ((longest,),) = studio.rows(
            "SELECT max(next_at) - now() < '16 seconds' FROM projection WHERE want > have"
        )
        assert longest
    finally:
        own_emulator.process.popen.send_signal(signal.SIGCONT)
    studio.rows("UPDATE projection SET next_at = now() RETURNING path")
    studio.rows("UPDATE outbox SET next_at = now() RETURNING id")
    relay_to_rest(studio)


def test_while_firestore_asks_for_less_it_is_left_alone(studio: World, own_emulator: EmulatorServer) -> None:
    arm(own_emulator.host, {"rpc": "BatchWrite", "status": "RESOURCE_EXHAUSTED"})

    _book(studio)
    for headline in ("one", "two", "three"):
        studio.call("tom", "trainers.update_profile", headline=headline)

    _, rules = call(own_emulator.host, "GET", "/emulator/v1/faults")
    assert [rule["struck"] for rule in rules["rules"]] == [1]
    arm(own_emulator.host)
    relay_to_rest(studio)
    assert (studio.document("trainers/tom") or {})["headline"] == "three"


def test_a_drain_that_leaves_something_wakes_the_worker(studio: World, own_emulator: EmulatorServer) -> None:
    with psycopg.connect(studio.backends.settings.database_url, autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        own_emulator.process.popen.send_signal(signal.SIGSTOP)
        try:
            _book(studio)
        finally:
            own_emulator.process.popen.send_signal(signal.SIGCONT)

        assert [notice.channel for notice in listener.notifies(timeout=5, stop_after=1)] == [CHANNEL]
    relay_to_rest(studio)
    assert drift(studio) == []


def _book(world: World) -> str:
    ((service,),) = world.rows("SELECT id::text FROM services")
    return str(world.book("ada", service, tomorrow_at(10))["booking_id"])


def _relay_until_written(world: World, path: str) -> None:
    wait_until(lambda: world.relay() >= 0 and world.document(path) is not None, path)
