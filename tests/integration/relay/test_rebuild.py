"""Rebuilding: what was selected is written again from the facts, whatever happened to it, beside live traffic."""

import threading
from math import ceil

import pytest

from courtside.relay import rebuild as module
from courtside.relay.rebuild import Selection, rebuild
from tests.integration.relay.drift import documents_of, drift
from tests.integration.relay.rest import relay_to_rest
from tests.world import World, tomorrow_at

ALL = Selection()


@pytest.fixture
def studio(world: World) -> World:
    """Two trainers, each with a booking, at rest."""
    for trainer in ("tom", "eve"):
        world.approve_trainer(trainer, horizon_days=3)
    world.register_client("ada")
    world.book("ada", world.add_service("tom"), tomorrow_at(10))
    world.book("ada", world.add_service("eve"), tomorrow_at(12))
    relay_to_rest(world)
    return world


def versions(world: World) -> dict[str, int]:
    """Path → version of every document."""
    return dict(world.rows("SELECT path, have FROM projection"))


def rewritten(world: World, before: dict[str, int]) -> set[str]:
    """Documents that were written since."""
    return {path for path, version in versions(world).items() if version > before.get(path, 0)}


def empty_firestore(world: World) -> None:
    """Delete every document that is there."""
    for collection in world.firestore.collections():
        world.firestore.recursive_delete(collection)


def test_everything_is_written_again_after_firestore_was_emptied(studio: World) -> None:
    empty_firestore(studio)
    assert documents_of(studio, "bookings") == documents_of(studio, "events") == {}

    done = rebuild(studio.backends, ALL)

    relay_to_rest(studio)
    ((entries,),) = studio.rows("SELECT count(*) FROM outbox WHERE kind = 'feed'")
    assert done == len(versions(studio)) + entries


def test_a_changed_projection_shows_after_a_rebuild(studio: World) -> None:
    """Facts that changed without anybody noticing stand for a projection that reads them otherwise."""
    studio.rows("UPDATE trainers SET headline = 'new' RETURNING id")
    before = versions(studio)

    rebuild(studio.backends, Selection(collection="trainers"))

    assert rewritten(studio, before) == {"trainers/eve", "trainers/tom"}
    assert drift(studio) == []


def test_one_trainer_is_rebuilt_with_all_that_shows_that_trainer(studio: World) -> None:
    before = versions(studio)
    ((session, booking),) = studio.rows(
        "SELECT 'sessions/' || s.id, 'bookings/' || b.id FROM sessions AS s JOIN bookings AS b ON b.session_id = s.id "
        "WHERE s.trainer_id = 'tom'"
    )

    rebuild(studio.backends, Selection(trainer_id="tom"))

    again = rewritten(studio, before)
    assert {"trainers/tom", "clients/tom", session, booking} < again
    assert {path for path in before if path.startswith("trainers/tom/days/")} < again
    assert not any("eve" in path for path in again)
    assert len(again & {path for path in before if path.startswith(("sessions/", "bookings/"))}) == 2


def test_feed_events_alone_are_delivered_again(studio: World) -> None:
    events = documents_of(studio, "events")
    before = versions(studio)
    for path in events:
        studio.firestore.document(path).delete()

    assert rebuild(studio.backends, Selection(collection="events")) == len(events)

    assert documents_of(studio, "events") == events
    assert rewritten(studio, before) == set()


def test_slices_are_wanted_one_after_the_other(studio: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 5)
    most_left: list[int] = []

    def look(done: int) -> None:
        ((left,),) = studio.rows("SELECT count(*) FROM projection WHERE want > have")
        most_left.append(left)

    done = rebuild(studio.backends, Selection(collection="days"), on_progress=look)

    days = sum("/days/" in path for path in versions(studio))
    assert (done, len(most_left), max(most_left)) == (days, ceil(days / 5), 0)


def test_live_changes_win_over_a_rebuild_beside_them(studio: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 3)
    thread = threading.Thread(target=lambda: [rebuild(studio.backends, ALL) for _ in range(3)])
    thread.start()
    number = 0
    while thread.is_alive():
        number += 1
        studio.call("tom", "trainers.update_profile", headline=f"live {number}")
    thread.join()

    relay_to_rest(studio)
    assert (studio.document("trainers/tom") or {})["headline"] == f"live {number}"
    assert number > 3
