"""Leases are short and extended: nobody takes over from a holder that lives, and soon somebody from one that died."""

import time

import pytest

from courtside import crash_points
from courtside.db.outbox import Work, lease_due
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.relay.heart import Heart
from tests.integration.relay.rest import left_to_do, relay_to_rest, wait_until
from tests.world import World

LEASE_SECONDS = 0.3


@pytest.fixture
def studio(idle_world: World) -> World:
    """A trainer whose new headline is due."""
    idle_world.approve_trainer("tom", horizon_days=1)
    relay_to_rest(idle_world)
    idle_world.call("tom", "trainers.update_profile", headline="new")
    return idle_world


def test_a_slow_holder_keeps_what_it_holds(studio: World) -> None:
    work = _lease(studio)
    ends_at = time.monotonic() + 4 * LEASE_SECONDS

    with Heart(studio.backends.pool).holding(work, LEASE_SECONDS):
        while time.monotonic() < ends_at:
            assert _finds_nothing(studio)


def test_who_holds_no_more_keeps_nothing(studio: World) -> None:
    with Heart(studio.backends.pool).holding(_lease(studio), LEASE_SECONDS):
        pass

    wait_until(lambda: not _lease(studio).is_empty, "the lease to end", seconds=LEASE_SECONDS + 2)


def test_what_was_lost_is_not_taken_back(studio: World) -> None:
    """A holder that froze beyond its lease wakes up and beats, while somebody else holds the work."""
    late = _lease(studio)
    wait_until(lambda: not _lease(studio, seconds=60).is_empty, "the lease to end")
    ends_at = time.monotonic() + 2 * LEASE_SECONDS

    with Heart(studio.backends.pool).holding(late, LEASE_SECONDS):
        wait_until(lambda: time.monotonic() > ends_at, "some beats")

    ((left,),) = studio.rows(
        "SELECT extract(epoch FROM lease_until - clock_timestamp())::float8 FROM projection WHERE want > have"
    )
    assert left > 30


def test_the_relay_beats_while_firestore_is_slow(studio: World) -> None:
    """At the moment before the write, which takes longer than the lease."""
    seen: list[bool] = []

    def linger(point: str) -> None:
        if point == crash_points.RENDERED and not seen:
            ends_at = time.monotonic() + 3
            while time.monotonic() < ends_at and _finds_nothing(studio):
                pass
            seen.append(time.monotonic() >= ends_at)

    crash_points.on_reach(linger)
    try:
        studio.relay()
    finally:
        crash_points.on_reach(None)

    assert seen == [True]
    assert left_to_do(studio) == 0


def _finds_nothing(world: World) -> bool:
    return _lease(world).is_empty


def _lease(world: World, seconds: float = LEASE_SECONDS) -> Work:
    return run_transaction(
        world.backends.pool, lambda connection: lease_due(Reader(connection), limit=10, lease_seconds=seconds)
    )
