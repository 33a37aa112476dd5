"""How the relay carries out what commits leave: once, in any order, past losses and foreign hands."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from courtside import crash_points
from courtside.backends import Backends
from courtside.db import outbox
from courtside.db.outbox import lease_due, mark_documents
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.edge.dispatch import EDGE_LEASE_LIMIT
from courtside.relay import worker as worker_module
from courtside.relay.edge_drain import drain_commit
from courtside.relay.wake import CHANNEL
from courtside.relay.worker import Worker, relay_once
from tests.integration.relay.drift import drift
from tests.integration.relay.recorder import recording
from tests.integration.relay.rest import left_to_do, relay_to_rest, wait_until
from tests.world import World, tomorrow_at

CARD = "trainers/tom"
UNPACED = outbox.Pace(1, timedelta())


@pytest.fixture
def studio(idle_world: World) -> World:
    """A trainer and a client, at rest."""
    idle_world.approve_trainer("tom", horizon_days=3)
    idle_world.register_client("ada")
    relay_to_rest(idle_world)
    return idle_world


def test_ten_changes_while_nobody_relays_are_one_write(studio: World) -> None:
    with recording(studio.firestore, CARD) as recorder:
        before = recorder.latest(CARD)
        assert before is not None
        for change in range(10):
            studio.call("tom", "trainers.update_profile", headline=f"change {change}")

        relay_to_rest(studio)

        recorder.wait_for(CARD, before + 10)
        assert recorder.seen(CARD) == [before, before + 10]
    assert (studio.document(CARD) or {})["headline"] == "change 9"


def test_a_caller_waits_for_a_connection_no_longer_than_for_the_documents(studio: World) -> None:
    studio.call("tom", "trainers.update_profile", headline="new")
    work = _lease(studio, seconds=30)
    scarce = Backends.of(
        replace(
            studio.backends.settings,
            pool_max_connections=1,
            pool_wait_seconds=20.0,
            drain_deadline_seconds=0.3,
        )
    )

    with closing(scarce), scarce.pool.get().connection():
        began = time.monotonic()
        assert not drain_commit(scarce, work)

    assert time.monotonic() - began < 10


def test_what_is_leased_is_nobody_elses_until_the_lease_ends(studio: World) -> None:
    studio.call("tom", "trainers.update_profile", headline="new")

    first = _lease(studio, seconds=0.2)
    second = _lease(studio, seconds=0.2)

    assert [lease.path for lease in first.documents] == [CARD]
    assert second.is_empty
    wait_until(lambda: not _lease(studio, seconds=0.0).is_empty, "the lease to end")


def test_a_holder_that_comes_late_settles_nothing(studio: World) -> None:
    studio.call("tom", "trainers.update_profile", headline="new")
    late = _lease(studio, seconds=0.0)
    relay_to_rest(studio)
    ((want, have),) = studio.rows("SELECT want, have FROM projection WHERE path = %s", CARD)

    written = [outbox.Written(CARD, have - 1, None)]
    settlement = run_transaction(
        studio.backends.pool,
        lambda connection: outbox.settle_documents(
            Reader(connection), late.token, written, lease_seconds=1, pace=UNPACED
        ),
    )

    assert settlement.lost == (CARD,)
    assert studio.rows("SELECT want, have FROM projection WHERE path = %s", CARD) == [(want, have)]


def test_a_change_that_commits_late_is_not_skipped(studio: World) -> None:
    with psycopg.connect(studio.backends.settings.database_url) as early:
        early.execute("UPDATE users SET display_name = 'Ada Lovelace' WHERE id = 'ada'")
        mark_documents(Reader(early), ["clients/ada"])
        studio.register_client("bob")
        studio.call("tom", "trainers.update_profile", headline="committed meanwhile")
        relay_to_rest(studio)
        early.commit()

    relay_to_rest(studio)

    assert (studio.document("clients/ada") or {})["display_name"] == "Ada Lovelace"


def test_a_change_during_the_write_is_written_by_the_same_holder(studio: World) -> None:
    """Wanted newer while its write is under way: settling finds that, and the holder goes round again."""
    studio.call("tom", "trainers.update_profile", headline="first")

    with _once_at(
        crash_points.RENDERED, lambda: studio.call("tom", "trainers.update_profile", headline="second")
    ):
        relay_once(studio.backends)

    assert left_to_do(studio) == 0
    assert (studio.document(CARD) or {})["headline"] == "second"
    assert drift(studio) == []


def test_a_document_that_somebody_deleted_is_written_anew(studio: World) -> None:
    studio.firestore.document(CARD).delete()

    studio.call("tom", "trainers.update_profile", headline="back")
    relay_to_rest(studio)

    assert (studio.document(CARD) or {})["headline"] == "back"


def test_a_document_that_somebody_changed_is_overwritten_as_a_whole(studio: World) -> None:
    studio.firestore.document(CARD).update({"headline": "tampered", "foreign": True})

    studio.call("tom", "trainers.update_profile", city="Porto")
    relay_to_rest(studio)

    card = studio.document(CARD) or {}
    assert (card["headline"], card["city"]) == ("", "Porto")
    assert "foreign" not in card


def test_a_version_from_a_lost_future_is_gone_beyond(studio: World) -> None:
    """Firestore is ahead: Postgres was restored to a time before the version that is there."""
    studio.firestore.document(CARD).set({"version": 50, "headline": "from a future that was lost"})
    with recording(studio.firestore, CARD) as recorder:
        studio.call("tom", "trainers.update_profile", headline="now")
        relay_to_rest(studio)

        recorder.wait_for(CARD, 51)
        assert recorder.regressions() == {}
    assert (studio.document(CARD) or {})["headline"] == "now"


def test_a_feed_event_delivered_again_is_there_once(studio: World) -> None:
    before = {event.id: event.update_time for event in studio.firestore.collection_group("events").stream()}
    studio.rows("UPDATE outbox SET done_at = NULL RETURNING id")

    relay_to_rest(studio)

    after = {event.id: event.update_time for event in studio.firestore.collection_group("events").stream()}
    assert after == before


def test_everything_is_written_again_after_firestore_was_emptied(studio: World) -> None:
    studio.book("ada", studio.add_service("tom"), tomorrow_at(10))
    relay_to_rest(studio)
    for collection in studio.firestore.collections():
        studio.firestore.recursive_delete(collection)
    assert drift(studio) != []

    run_transaction(studio.backends.pool, lambda connection: outbox.want_everything(Reader(connection)))

    relay_to_rest(studio)


def test_a_worker_that_sleeps_long_is_woken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_SHORTEST_POLL_SECONDS", 3600.0)
    monkeypatch.setattr(worker_module, "_LONGEST_POLL_SECONDS", 3600.0)
    world.approve_trainer("tom", horizon_days=EDGE_LEASE_LIMIT + 10)
    with _running_worker(world):
        wait_until(lambda: left_to_do(world) == 0, "the worker's first look")
        wait_until(lambda: _listeners(world) == 1, "the worker to sleep")

        # More documents than the edge carries out itself.
        world.call("tom", "availability.set_weekly_hours", hours=[])

        wait_until(lambda: left_to_do(world) == 0, "the worker to wake")
    assert drift(world) == []


def test_a_worker_survives_the_loss_of_every_connection(studio: World) -> None:
    with _running_worker(studio):
        studio.call("tom", "trainers.update_profile", headline="before")
        wait_until(lambda: left_to_do(studio) == 0, "the worker")
        studio.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'courtside' AND pid <> pg_backend_pid()"
        )
        studio.call("tom", "trainers.update_profile", headline="after")

        wait_until(lambda: left_to_do(studio) == 0, "the worker to come back")
    assert (studio.document(CARD) or {})["headline"] == "after"


def _lease(world: World, *, seconds: float) -> outbox.Work:
    return run_transaction(
        world.backends.pool,
        lambda connection: lease_due(Reader(connection), limit=100, lease_seconds=seconds),
    )


def _listeners(world: World) -> int:
    ((count,),) = world.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'courtside' AND query LIKE %s",
        f"LISTEN {CHANNEL}%",
    )
    return int(count)


@contextmanager
def _running_worker(world: World) -> Iterator[None]:
    worker = Worker(world.backends)
    with ThreadPoolExecutor() as threads:
        ended = threads.submit(worker.run)
        try:
            yield
        finally:
            worker.stop()
            world.rows("SELECT pg_notify(%s, '')", CHANNEL)
        ended.result()


@contextmanager
def _once_at(point: str, act: Callable[[], object]) -> Iterator[None]:
    """Have something happen while the relay is at a point, the first time that it gets there."""

    def hook(reached: str) -> None:
        if reached == point:
            crash_points.on_reach(None)
            act()

    crash_points.on_reach(hook)
    try:
        yield
    finally:
        crash_points.on_reach(None)
