"""Hot documents: some writes at once, then one in each pause, whoever writes; nothing else waits for them."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.integration.relay.recorder import recording
from tests.integration.relay.rest import left_to_do, relay_to_rest, wait_until
from tests.world import World

CARD = "trainers/tom"
BURST = 3
HOUR = 3600.0


@contextmanager
def _studio(database_url: str, emulator_host: str, pause_seconds: float) -> Iterator[World]:
    """A trainer whose card is cool, in a world that writes a document BURST times at once."""
    world = World.of(database_url, emulator_host, document_burst=BURST, document_pause_seconds=pause_seconds)
    with closing(world):
        world.approve_trainer("tom", horizon_days=1)
        _cool(world)
        world.relay()
        _cool(world)
        yield world


def test_a_hot_document_waits_and_the_others_do_not(empty_database: str, emulator_host: str) -> None:
    with _studio(empty_database, emulator_host, HOUR) as world:
        before = _version(world)
        for change in range(BURST + 2):
            world.call("tom", "trainers.update_profile", headline=f"change {change}")
        world.register_client("ada")
        world.relay()

        assert _version(world) == before + BURST
        assert (world.document("clients/ada") or {})["display_name"] == "Ada"
        ((pause,),) = world.rows(
            "SELECT extract(epoch FROM next_at - clock_timestamp())::float8 FROM projection WHERE path = %s",
            CARD,
        )
        assert pause == pytest.approx(HOUR, abs=60)


def test_what_a_hot_document_missed_is_one_write(empty_database: str, emulator_host: str) -> None:
    with _studio(empty_database, emulator_host, 0.2) as world:
        before = _version(world)
        with recording(world.firestore, CARD) as recorder:
            for change in range(BURST + 20):
                world.call("tom", "trainers.update_profile", headline=f"change {change}")

            relay_to_rest(world)

            recorder.wait_for(CARD, before + BURST + 20)
            assert recorder.seen(CARD)[: BURST + 1] == [before + n for n in range(BURST + 1)]
            assert len(recorder.seen(CARD)) <= 2 * BURST + 1
        assert (world.document(CARD) or {})["headline"] == f"change {BURST + 19}"


def test_sustained_changes_are_written_once_in_a_pause(empty_database: str, emulator_host: str) -> None:
    pause = 0.1
    with _studio(empty_database, emulator_host, pause) as world:
        began = time.monotonic()
        with recording(world.firestore, CARD) as recorder:
            wait_until(lambda: _change(world) and time.monotonic() > began + 8 * pause, "eight pauses")
            relay_to_rest(world)
            recorder.wait_for(CARD, _version(world))
            # The first is what was there before.
            writes = len(recorder.seen(CARD)) - 1

        pauses = (time.monotonic() - began) / pause
        assert BURST + 4 <= writes <= BURST + pauses + 1


def test_a_cooled_document_is_written_at_once_again(empty_database: str, emulator_host: str) -> None:
    with _studio(empty_database, emulator_host, 0.1) as world:
        for change in range(BURST + 5):
            world.call("tom", "trainers.update_profile", headline=f"change {change}")
        relay_to_rest(world)
        wait_until(
            lambda: world.rows("SELECT 1 FROM projection WHERE path = %s AND cooled_at < now()", CARD),
            "cooling",
        )

        world.call("tom", "trainers.update_profile", headline="at once")

        assert left_to_do(world) == 0
        assert (world.document(CARD) or {})["headline"] == "at once"


def test_a_clock_that_was_set_back_makes_nobody_wait_longer(empty_database: str, emulator_host: str) -> None:
    """An hour from now, written before the clock went back, counts as a full burst and no more."""
    with _studio(empty_database, emulator_host, 0.1) as world:
        world.rows("UPDATE projection SET cooled_at = now() + interval '1 hour' RETURNING 1")

        world.call("tom", "trainers.update_profile", headline="once")

        ((pause,),) = world.rows(
            "SELECT extract(epoch FROM next_at - clock_timestamp())::float8 FROM projection WHERE path = %s",
            CARD,
        )
        assert pause < 1


def _cool(world: World) -> None:
    world.rows("UPDATE projection SET cooled_at = '-infinity', next_at = now() RETURNING 1")


def _change(world: World) -> bool:
    world.call("tom", "trainers.update_profile", headline=str(time.monotonic_ns()))
    world.relay()
    return True


def _version(world: World) -> int:
    return int((world.document(CARD) or {})["version"])
