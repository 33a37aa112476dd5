"""What a process notes while it works is counted once, whatever becomes of Postgres, Firestore and the process."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from courtside.db.unit_of_work import read_snapshot
from courtside.errors import Unavailable
from courtside.histogram import WORST_ERROR, seconds_of
from courtside.monitoring import recorder as recorder_module
from courtside.monitoring import store
from courtside.monitoring.model import Step
from courtside.monitoring.recorder import Recorder
from courtside.relay.webhook_lane import deliver_once
from tests.architecture.source import FUNCTIONS
from tests.integration.notifications.receiver import running_receiver
from tests.world import ADMIN, World, tomorrow_at

# A deployed process that relays something and ends.
DEPLOYED = """
import time, main
from datetime import UTC, datetime
from courtside.observer import Landing, Round

now = time.monotonic()
main.runtime.backends.observer.carried_out(Round(now, now, [Landing("days", datetime.now(UTC))], []))
"""
NOBODY = "127.0.0.1:1"


def counts(world: World, step: Step = Step.COMMIT_TO_WRITTEN) -> dict[str, int]:
    """Kind → how many items were counted for a step."""
    found: Counter[str] = Counter()
    for counted in read_snapshot(world.backends.pool, lambda r: store.list_counted(r, window_seconds=600)):
        if counted.step == step:
            found[counted.kind] += counted.count
    return dict(found)


def retries(world: World) -> dict[str, int]:
    """Kind → how many attempts failed."""
    rows = read_snapshot(world.backends.pool, lambda r: store.list_retries(r, window_seconds=600))
    return {row.kind: row.count for row in rows}


def longest(world: World, kind: str, step: Step) -> float:
    """The longest duration of a kind's step, in seconds."""
    rows = read_snapshot(world.backends.pool, lambda r: store.list_counted(r, window_seconds=600))
    return max(seconds_of(row.bucket) for row in rows if (row.kind, row.step) == (kind, step))


def test_every_item_of_a_command_is_counted_for_every_step(watched: World, recorder: Recorder) -> None:
    watched.register_client("ada")

    recorder.flush()

    assert [counts(watched, step) for step in Step] == [{"access": 1, "clients": 1, "feed": 1}] * len(Step)


def test_kinds_are_the_collections_that_a_booking_writes(watched: World, recorder: Recorder) -> None:
    watched.approve_trainer(horizon_days=3)
    watched.register_client("ada")
    service = watched.add_service()
    watched.relay()
    recorder.flush()
    before = Counter(counts(watched))

    watched.book("ada", service, tomorrow_at(10))

    recorder.flush()
    added = Counter(counts(watched)) - before
    assert (added["bookings"], added["sessions"], added["days"], added["inbox"]) == (1, 1, 1, 1)
    assert added["feed"] == 2


def test_saving_again_counts_nothing_twice(watched: World, recorder: Recorder) -> None:
    watched.register_client("ada")
    recorder.flush()
    watched.register_client("bea")

    for _ in range(2):
        recorder.flush()

    assert counts(watched) == {"access": 2, "clients": 2, "feed": 2}


def test_processes_are_added_up(watched: World, recorder: Recorder) -> None:
    watched.register_client("ada")
    recorder.flush()
    other = Recorder(watched.backends.pool)
    watched.backends = replace(watched.backends, observer=other)
    watched.register_client("bea")
    other.flush()

    assert counts(watched) == {"access": 2, "clients": 2, "feed": 2}


def test_a_document_that_waited_for_its_lease_shows_how_long(watched: World, recorder: Recorder) -> None:
    watched.drains = False
    watched.register_client("ada")
    watched.rows(
        "UPDATE projection SET wanted_at = wanted_at - interval '90 seconds', lease_until = NULL RETURNING path"
    )

    watched.relay()

    recorder.flush()
    assert longest(watched, "clients", Step.COMMIT_TO_LEASE) == pytest.approx(90, rel=0.1)
    assert longest(watched, "clients", Step.COMMIT_TO_WRITTEN) == pytest.approx(90, rel=0.1)
    assert longest(watched, "clients", Step.LEASE_TO_WRITTEN) < 9


def test_a_feed_event_that_waited_shows_how_long(watched: World, recorder: Recorder) -> None:
    watched.drains = False
    watched.register_client("ada")
    watched.rows(
        "UPDATE outbox SET created_at = created_at - interval '90 seconds', lease_until = NULL RETURNING id"
    )

    watched.relay()

    recorder.flush()
    assert longest(watched, "feed", Step.COMMIT_TO_LEASE) == pytest.approx(90, rel=0.1)


def test_no_step_took_longer_than_the_command(watched: World, recorder: Recorder) -> None:
    began = time.monotonic()
    watched.register_client("ada")
    took = time.monotonic() - began

    recorder.flush()

    for step in Step:
        assert 0 < longest(watched, "clients", step) < took * (1 + WORST_ERROR)


def test_what_postgres_cannot_take_is_kept(empty_database: str, emulator_host: str) -> None:
    with watched_world(empty_database, emulator_host, pool_max_connections=1, pool_wait_seconds=0.05) as (
        world,
        recorder,
    ):
        world.register_client("ada")
        with world.backends.pool.get().connection(), pytest.raises(Unavailable):
            recorder.flush()

        recorder.flush()

        assert counts(world) == {"access": 1, "clients": 1, "feed": 1}


def test_memory_is_bounded_while_postgres_takes_nothing(
    watched: World, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each registration takes two: who may do what goes first.
    monkeypatch.setattr(recorder_module, "_MOST_ROUNDS", 4)
    for uid in ("ada", "bea", "cyd"):
        watched.register_client(uid)

    recorder.flush()

    assert counts(watched) == {"access": 2, "clients": 2, "feed": 2}


def test_what_firestore_does_not_take_counts_as_retries(empty_database: str) -> None:
    with watched_world(empty_database, NOBODY, drain_deadline_seconds=0.3) as (world, recorder):
        world.register_client("ada")

        recorder.flush()

        assert counts(world) == {}
        assert retries(world) == {"access": 1, "clients": 1, "feed": 1}


def test_webhooks_are_counted_when_their_receiver_has_them(watched: World, recorder: Recorder) -> None:
    settings = replace(watched.backends.settings, calls_to_loopback=True)
    watched.backends = replace(watched.backends, settings=settings)
    watched.make_admin()
    with running_receiver() as receiver:
        watched.call(ADMIN, "admin.add_webhook", reason="asked for", url=receiver.url)
        receiver.statuses = [500]
        watched.register_client("ada")
        deliver_once(watched.backends)
        watched.rows(
            "UPDATE outbox SET next_at = now(), created_at = created_at - interval '90 seconds'"
            " WHERE kind = 'webhook' RETURNING id"
        )

        deliver_once(watched.backends)

    recorder.flush()
    assert (counts(watched)["webhooks"], retries(watched)["webhooks"]) == (1, 1)
    assert longest(watched, "webhooks", Step.COMMIT_TO_WRITTEN) == pytest.approx(90, rel=0.1)


def test_what_was_noted_is_saved_when_the_process_ends(empty_database: str, emulator_host: str) -> None:
    with watched_world(empty_database, emulator_host) as (world, _):
        world.register_client("ada")

    assert counts(world) == {"access": 1, "clients": 1, "feed": 1}
    world.close()


def test_deployed_process_saves_what_it_noted_when_it_ends(world: World, emulator_host: str) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "GCLOUD_PROJECT": world.backends.settings.project,
        "DATABASE_URL": world.backends.settings.database_url,
        "FIRESTORE_EMULATOR_HOST": emulator_host,
    }

    subprocess.run([sys.executable, "-c", DEPLOYED], cwd=FUNCTIONS, env=environment, check=True, timeout=60)

    assert counts(world) == {"days": 1}


def test_nothing_is_written_where_nothing_was_noted(watched: World, recorder: Recorder) -> None:
    recorder.flush()

    assert watched.rows("SELECT 1 FROM relay_workers UNION ALL SELECT 1 FROM health_reports") == []


def test_nobody_looks_unless_asked(world: World) -> None:
    world.register_client("ada")
    world.backends.observer.close()

    assert counts(world) == {}


@contextmanager
def watched_world(database_url: str, emulator_host: str, **settings: Any) -> Iterator[tuple[World, Recorder]]:
    """A watched world with settings of its own."""
    with closing(World.of(database_url, emulator_host, **settings)) as world:
        recorder = Recorder(world.backends.pool)
        world.backends = replace(world.backends, observer=recorder)
        yield world, recorder
