"""`health/relay`: what admins see of the relay, how often it is made, and by whom."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest

from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.monitoring.recorder import Recorder
from courtside.monitoring.service import publish_relay
from courtside.relay import jobs
from courtside.relay.reconcile.run import Plan, reconcile
from courtside.relay.worker import Worker
from tests.integration.relay.rest import wait_until
from tests.log_capture import LogLines, captured_logs
from tests.world import World

PATH = "health/relay"


@pytest.fixture
def logs() -> Iterator[LogLines]:
    """What the process logs during the test."""
    with captured_logs() as lines:
        yield lines


def publish(world: World, *, fresh_seconds: float = 15.0) -> bool:
    """Whether a report was due, and made."""
    return run_transaction(
        world.backends.pool,
        lambda connection: publish_relay(Reader(connection), fresh_seconds=fresh_seconds) is not None,
    )


def shown(world: World) -> dict[str, Any]:
    """The document as admins see it."""
    world.relay()
    document = world.document(PATH)
    assert document is not None
    return document


def test_latencies_are_shown_by_kind_and_step(watched: World, recorder: Recorder) -> None:
    watched.register_client("ada")
    recorder.flush()

    publish(watched)

    latency = shown(watched)["latency"]
    assert set(latency) == {"access", "clients", "feed"}
    assert set(latency["clients"]) == {"commit_to_lease", "lease_to_written", "commit_to_written"}
    whole = latency["clients"]["commit_to_written"]
    assert (whole["count"], set(whole)) == (1, {"count", "p50_ms", "p95_ms", "p99_ms"})
    assert 0 < whole["p50_ms"] == whole["p99_ms"] < 1500


def test_what_is_due_is_shown_with_the_age_of_the_oldest(world: World) -> None:
    world.drains = False
    world.register_client("ada")
    world.rows("UPDATE projection SET wanted_at = wanted_at - interval '1 hour' RETURNING path")

    publish(world)

    backlog = shown(world)["backlog"]
    assert (backlog["documents"], backlog["entries"], backlog["dead"], backlog["webhooks"]) == (2, 1, 0, 0)
    assert backlog["oldest_seconds"] == pytest.approx(3600, abs=60)


def test_what_was_given_up_is_shown_and_no_longer_due(world: World) -> None:
    world.drains = False
    world.register_client("ada")
    world.rows("UPDATE projection SET dead_at = now() RETURNING path")

    publish(world)

    backlog = shown(world)["backlog"]
    assert (backlog["documents"], backlog["dead"]) == (0, 2)


def test_webhooks_that_wait_for_their_receivers_are_shown_apart(world: World) -> None:
    world.make_admin()
    url = "https://receiver.example/hook"
    world.call(
        "admin-uid",
        "admin.add_webhook",
        reason="asked for",
        url=url,
        description="",
        types=["user:registered"],
    )
    world.register_client("ada")

    publish(world)

    backlog = shown(world)["backlog"]
    assert (backlog["entries"], backlog["webhooks"]) == (0, 1)


def test_report_is_a_document_like_any_other(world: World) -> None:
    publish(world, fresh_seconds=0)
    first = shown(world)

    publish(world, fresh_seconds=0)

    second = shown(world)
    assert second["version"] > first["version"]
    assert second["measured_at"] > first["measured_at"]
    assert first["measured_at"] <= first["committed_at"] <= second["measured_at"]


def test_report_is_what_it_was_whatever_is_measured_since(watched: World, recorder: Recorder) -> None:
    publish(watched)
    watched.relay()
    watched.register_client("ada")
    recorder.flush()

    assert reconcile(watched.backends, Plan(pause_seconds=0.01, deep=True)).drift == {}

    watched.firestore.document(PATH).update({"window_seconds": 1})
    assert sum(reconcile(watched.backends, Plan(pause_seconds=0.01, deep=True)).drift.values()) == 1


def test_reports_are_made_seldom_however_many_ask(world: World) -> None:
    start = Barrier(4)

    def ask(_: int) -> bool:
        start.wait()
        return publish(world)

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(ask, range(4)))

    assert sorted(made) == [False, False, False, True]


def test_clock_that_was_set_back_stops_no_report(world: World) -> None:
    publish(world)
    world.rows("UPDATE health_reports SET measured_at = now() + interval '1 day' RETURNING service")

    assert publish(world)


def test_sweep_tells_how_the_relay_fares(world: World) -> None:
    world.drains = False
    world.register_client("ada")
    world.rows("UPDATE projection SET lease_until = NULL RETURNING path")

    jobs.relay_sweep(world.backends)

    document = world.document(PATH)
    assert document is not None
    assert document["backlog"]["documents"] == 2
    assert world.document("clients/ada") is not None


def test_sweep_goes_on_when_nobody_can_be_told(
    empty_database: str, emulator_host: str, logs: LogLines
) -> None:
    world = World.of(empty_database, emulator_host, lease_seconds=0.0, statement_timeout_ms=200)
    with closing(world), psycopg.connect(empty_database) as other:
        world.drains = False
        world.register_client("ada")
        other.execute("LOCK TABLE health_reports")

        jobs.relay_sweep(world.backends)

        assert world.document("clients/ada") is not None
    assert logs.of("health not told")


def test_worker_is_shown_with_its_heartbeat(watched: World, recorder: Recorder) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    with running_worker(watched, recorder):
        wait_until(lambda: watched.document(PATH), "the worker's report")

    (worker,) = shown(watched)["workers"]
    assert began <= worker["started_at"] <= worker["seen_at"] <= datetime.now(UTC)
    assert ":" in worker["name"]


def test_heart_stops_with_the_worker_not_with_its_process(watched: World, recorder: Recorder) -> None:
    with running_worker(watched, recorder):
        pass
    stopped = datetime.now(UTC)

    recorder.flush()

    ((seen_at,),) = watched.rows("SELECT seen_at FROM relay_workers")
    assert seen_at <= stopped


def test_what_no_report_covers_any_more_is_forgotten(watched: World, recorder: Recorder) -> None:
    watched.register_client("ada")
    recorder.flush()
    watched.rows(
        "WITH a AS (UPDATE relay_latencies SET minute = minute - interval '3 hours')"
        " INSERT INTO relay_workers SELECT gen_random_uuid(), 'gone:1', now(), now() - interval '2 hours'"
        " RETURNING process"
    )

    publish(watched)

    assert watched.rows("SELECT 1 FROM relay_latencies UNION ALL SELECT 1 FROM relay_workers") == []


@contextmanager
def running_worker(world: World, recorder: Recorder) -> Iterator[None]:
    """A relay worker in this process, once its heartbeat is there."""

    def has_beaten() -> bool:
        recorder.flush()
        return bool(world.rows("SELECT 1 FROM relay_workers"))

    worker = Worker(world.backends)
    with ThreadPoolExecutor() as threads:
        ended = threads.submit(worker.run)
        try:
            wait_until(has_beaten, "the worker's heartbeat")
            yield
        finally:
            worker.stop()
        ended.result()
