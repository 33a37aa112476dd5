"""Reconciliation: it is silent when all agrees, names each kind of drift, and repairs what it names."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from courtside.backends import Backends
from courtside.relay import jobs
from courtside.relay.reconcile import run as module
from courtside.relay.reconcile.run import Plan, reconcile
from courtside.relay.reconcile.store import Run
from tests.integration.relay.database_clock import DatabaseClock
from tests.integration.relay.rest import left_to_do, wait_until
from tests.world import World, tomorrow_at

PAUSE_SECONDS = 0.01
PLAN = Plan(pause_seconds=PAUSE_SECONDS)


@pytest.fixture
def booked(world: World) -> World:
    """A world at rest with one booking, a review-free trainer and some days in it."""
    world.approve_trainer(horizon_days=3)
    world.register_client("ada")
    world.book("ada", world.add_service(), tomorrow_at(10))
    world.relay()
    return world


def look(world: World, **plan: Any) -> Run:
    """One reconciliation, which waits for nothing."""
    return reconcile(world.backends, replace(PLAN, **plan))


def found(world: World) -> dict[str, str]:
    """Path → kind of everything that a deep reconciliation names."""
    return {example["path"]: example["kind"] for example in look(world, deep=True).examples}


def path_of(world: World, collection: str) -> str:
    """The only document of a collection."""
    (document,) = world.firestore.collection(collection).stream()
    path: str = document.reference.path
    return path


def test_nothing_is_found_in_a_world_at_rest(booked: World) -> None:
    ((documents, events),) = booked.rows(
        "SELECT count(*) FILTER (WHERE update_time IS NOT NULL), (SELECT count(*) FROM outbox WHERE kind = 'feed')"
        " FROM projection"
    )

    run = look(booked, deep=True)

    assert (dict(run.drift), run.finished_at is not None) == ({}, True)
    # Each document once by its row and once by its name.
    assert run.seen >= 2 * (documents + events)


def test_collections_are_not_listed_while_counts_agree(booked: World) -> None:
    (documents,) = {count for (count,) in booked.rows("SELECT count(*) FROM projection")}
    events = len(list(booked.firestore.collection_group("events").stream()))

    assert look(booked).seen == documents + events


def test_a_stray_shows_in_the_count_of_its_collection(booked: World) -> None:
    booked.firestore.document("users/ada/inbox/invented").set({"version": 3})

    assert look(booked).drift == {"extra": 1}


def test_a_stray_is_found_beside_a_missing_document(booked: World) -> None:
    """The count of their collection agrees."""
    booked.firestore.document(path_of(booked, "bookings")).delete()
    booked.firestore.document("bookings/invented").set({"version": 3})

    assert look(booked).drift == {"missing": 1, "extra": 1}


def test_a_deleted_document_is_missing(booked: World) -> None:
    booked.firestore.document("clients/ada").delete()

    assert found(booked) == {"clients/ada": "missing"}


def test_a_document_whose_facts_moved_on_without_it_is_stale(booked: World) -> None:
    booked.rows("UPDATE users SET display_name = 'Grace' WHERE id = 'ada' RETURNING id")

    assert found(booked) == {
        "clients/ada": "stale",
        path_of(booked, "bookings"): "stale",
        path_of(booked, "sessions"): "stale",
    }


def test_a_document_of_an_older_version_is_stale(booked: World) -> None:
    booked.firestore.document("clients/ada").update({"version": 0})

    assert found(booked) == {"clients/ada": "stale"}


def test_a_changed_document_is_foreign_and_its_field_named(booked: World) -> None:
    path = path_of(booked, "sessions")
    booked.firestore.document(path).update({"seats_taken": 7})

    assert list(look(booked).examples) == [{"path": path, "kind": "foreign", "detail": "seats_taken"}]


@pytest.mark.parametrize("version", [7_000, "seven", None])
def test_a_document_of_a_version_that_nobody_wanted_is_foreign(
    booked: World, version: int | str | None
) -> None:
    booked.firestore.document("clients/ada").set({"display_name": "Ada", "version": version})

    assert found(booked) == {"clients/ada": "foreign"}


@pytest.mark.parametrize(
    "path",
    ["bookings/invented", "users/ada/inbox/invented", "trainers/tom/days/2001-01-01", "feeds/admin/events/x"],
)
def test_a_document_without_a_row_is_extra(booked: World, path: str) -> None:
    booked.firestore.document(path).set({"version": 3})

    assert found(booked) == {path: "extra"}


def test_a_document_that_should_not_exist_any_more_is_extra(booked: World) -> None:
    booked.rows("UPDATE trainers SET status = 'rejected' WHERE id = 'tom' RETURNING id")

    kinds = found(booked)

    assert kinds["trainers/tom"] == "extra"


def test_a_document_that_nobody_ever_wanted_is_missing(booked: World) -> None:
    path = f"trainers/tom/days/{tomorrow_at(0).date()}"
    booked.rows("DELETE FROM projection WHERE path = %s RETURNING path", path)
    booked.firestore.document(path).delete()

    assert found(booked) == {path: "missing"}


def test_missing_and_changed_feed_events_are_found(booked: World) -> None:
    first, second, *_ = booked.firestore.collection("feeds/trainer_tom/events").stream()
    first.reference.delete()
    second.reference.update({"type": "session:forged"})

    assert found(booked) == {first.reference.path: "missing", second.reference.path: "foreign"}


def test_a_feed_event_whose_entry_is_forgotten_is_left_alone_once_it_is_old(
    booked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = next(booked.firestore.collection("feeds/trainer_tom/events").stream())
    booked.rows("DELETE FROM outbox WHERE id = %s RETURNING id", event.id)
    assert found(booked) == {event.reference.path: "extra"}

    monkeypatch.setattr("courtside.relay.reconcile.strays._ENTRIES_REMEMBERED", timedelta(0))

    assert found(booked) == {}


def test_documents_of_other_collections_are_nobodys_business(booked: World) -> None:
    booked.firestore.document("presence/one").set({"user_id": "ada"})
    booked.firestore.document("matches/one/events/two").set({"version": 1})
    booked.firestore.document(f"users/ada/marks/{uuid4()}").set({})

    assert found(booked) == {}


def test_a_document_that_nobody_can_make_is_named_and_stops_no_other(booked: World) -> None:
    booked.rows("INSERT INTO projection VALUES ('nowhere/at-all', 1, 1, NULL, now(), now()) RETURNING path")
    booked.firestore.document("clients/ada").delete()

    assert found(booked) == {"clients/ada": "missing", "nowhere/at-all": "unrenderable"}


def test_every_kind_of_drift_is_repaired(booked: World) -> None:
    session = path_of(booked, "sessions")
    events = list(booked.firestore.collection("feeds/trainer_tom/events").stream())
    booked.firestore.document(session).update({"seats_taken": 7})
    booked.firestore.document("clients/ada").delete()
    booked.firestore.document("clients/tom").set({"version": 7_000})
    booked.firestore.document(path_of(booked, "bookings")).update({"version": 0})
    booked.firestore.document("bookings/invented").set({"version": 12})
    booked.firestore.document("users/ada/inbox/nothing").set({})
    booked.firestore.document("feeds/admin/events/invented").set({"version": 1})
    events[0].reference.update({"type": "session:forged"})

    run = look(booked, repairs=True, deep=True)

    assert (run.found, run.repaired) == (8, 8)
    wait_until(lambda: booked.relay() == 0 and left_to_do(booked) == 0, "the repairs to be carried out")
    assert found(booked) == {}


@pytest.mark.parametrize("version", ["seven", 2**62, 2**63 - 1, -5, 1.5, True, [1], None])
def test_strangers_documents_are_repaired_whatever_they_say_their_version_is(
    booked: World, version: object
) -> None:
    booked.firestore.document("clients/ada").set({"version": version})
    booked.firestore.document("bookings/invented").set({"version": version})

    look(booked, repairs=True)

    wait_until(lambda: booked.relay() == 0 and left_to_do(booked) == 0, "the repairs to be carried out")
    assert found(booked) == {}


def test_a_repaired_feed_event_stays_when_its_entry_is_forgotten(booked: World) -> None:
    event = next(booked.firestore.collection("feeds/trainer_tom/events").stream())
    event.reference.delete()
    look(booked, repairs=True)
    booked.relay()
    booked.rows("DELETE FROM outbox WHERE id = %s RETURNING id", event.id)

    look(booked, repairs=True)

    booked.relay()
    assert booked.document(event.reference.path) is not None


def test_what_takes_too_long_to_ask_is_left_out_or_asked_otherwise(booked: World) -> None:
    """Whatever is asked about all rows at once waits here for a lock until its time is up."""
    booked.firestore.document("bookings/invented").set({"version": 3})
    settings = replace(booked.backends.settings, statement_timeout_ms=300)
    hurried = Backends.of(settings)
    try:
        with psycopg.connect(settings.database_url) as connection:
            connection.execute("LOCK TABLE reviews")
            run = reconcile(hurried, PLAN)
    finally:
        hurried.close()

    assert (run.drift, run.finished_at is not None) == ({"extra": 1}, True)


def test_what_is_under_way_is_not_judged(booked: World) -> None:
    booked.drains = False
    booked.call("tom", "trainers.update_profile", headline="on its way")
    booked.rows(
        "UPDATE projection SET lease_until = now() + interval '1 hour' WHERE path = 'clients/ada' RETURNING path"
    )
    booked.firestore.document("clients/ada").delete()

    run = look(booked)

    assert run.drift == {}
    assert run.in_flight >= 2


def test_a_suspect_that_is_written_between_the_looks_is_not_judged(booked: World) -> None:
    """Wrong in both looks, but what the second saw may be what comes of the write."""
    booked.firestore.document("clients/ada").delete()

    def write_again(run: Run) -> None:
        if run.stage == "documents":
            booked.rows("UPDATE projection SET want = want + 1 WHERE path = 'clients/ada' RETURNING path")
            booked.relay()
            booked.firestore.document("clients/ada").delete()

    run = reconcile(booked.backends, PLAN, write_again)

    assert run.drift == {}


@pytest.mark.parametrize("hours", [3, 20])
def test_what_time_alone_has_closed_is_no_drift(clock: DatabaseClock, booked: World, hours: int) -> None:
    """Documents of today show what was open when they were written, and those of yesterday wait for the night."""
    clock.advance(timedelta(hours=hours))

    assert found(booked) == {}


def test_a_changed_day_is_found_although_time_has_closed_some_of_it(
    clock: DatabaseClock, booked: World
) -> None:
    today = f"trainers/tom/days/{clock.now().date()}"
    booked.firestore.document(today).update({"slots": []})
    clock.advance(timedelta(hours=1))

    assert found(booked) in ({today: "foreign"}, {today: "extra"})


def test_a_run_that_was_interrupted_goes_on_where_it_was(
    booked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = look(booked)
    booked.relay()
    monkeypatch.setattr(module, "PAGE", 5)
    monkeypatch.setattr(module, "_SECONDS_BETWEEN_SAVES", 0.0)

    def interrupt(run: Run) -> None:
        if run.seen >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reconcile(booked.backends, PLAN, interrupt)
    (recorded,) = booked.rows("SELECT id, seen FROM reconciliations WHERE finished_at IS NULL")
    first: list[int] = []

    resumed = reconcile(booked.backends, replace(PLAN, resumes=True), lambda run: first.append(run.seen))

    assert (resumed.id, first[0]) == (recorded[0], recorded[1] + 5)
    assert recorded[1] >= 15
    # Its own report is a document more than there was at first.
    assert resumed.seen == whole.seen + 1
    assert look(booked, resumes=True).id != resumed.id


def test_a_run_stops_in_time_and_another_goes_on(booked: World) -> None:
    stopped = look(booked, until=0.0)

    resumed = look(booked, resumes=True)

    assert (stopped.seen, stopped.finished_at) == (0, None)
    assert (resumed.id, resumed.finished_at is not None) == (stopped.id, True)


def test_a_run_keeps_its_pace(booked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 5)
    started = time.monotonic()

    run = look(booked, documents_per_second=100)

    assert time.monotonic() - started >= 0.9 * run.seen / 100


def test_the_night_looks_for_drift_and_repairs_nothing(booked: World) -> None:
    booked.firestore.document("clients/ada").delete()

    jobs.nightly(booked.backends)
    booked.relay()

    report = booked.document("health/reconcile") or {}
    assert (report["found"], report["repaired"]) == (1, 0)
    assert booked.document("clients/ada") is None


def test_the_result_is_shown_to_admins(booked: World) -> None:
    booked.firestore.document("clients/ada").delete()

    run = look(booked)
    booked.relay()

    shown = booked.document("health/reconcile") or {}
    assert (shown["found"], shown["drift"]["missing"], shown["finished_at"]) == (1, 1, run.finished_at)
    assert shown["examples"] == [{"path": "clients/ada", "kind": "missing", "detail": ""}]
