"""Every projected document says when its facts were committed, so that whoever reads it can tell how late it came."""

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.monitoring.service import publish_relay
from courtside.relay.documents import collections, kind_of
from courtside.relay.statistics import count_notifications
from tests.integration.bookings.conversation import book
from tests.integration.notifications.broadcasting import send
from tests.world import World, tomorrow_at

TEN = tomorrow_at(10)
AFTER = TEN + timedelta(hours=2)


@pytest.fixture
def studio(world: World) -> World:
    """A studio with a document of every kind."""
    world.approve_trainer("tom", horizon_days=3)
    world.register_client("ada")
    service = world.add_service("tom")
    done = book(world, "ada", service, TEN)
    world.call("tom", "bookings.complete_session", now=AFTER, session_id=done["session_id"])
    of_booking: dict[str, Any] = {"now": AFTER, "booking_id": done["booking_id"]}
    world.call("ada", "reviews.write_review", rating=4, text="Good.", **of_booking)
    missed = book(world, "ada", service, tomorrow_at(12))
    later = AFTER + timedelta(hours=2)
    world.call("tom", "bookings.mark_no_show", now=later, booking_id=missed["booking_id"])
    said: dict[str, Any] = {"text": "I was there.", "links": []}
    claim = {"booking_id": missed["booking_id"], "reason": "wrong_attendance", **said}
    world.call("ada", "reviews.open_dispute", now=later, **claim)
    book(world, "ada", service, tomorrow_at(10, days=2))
    off = (tomorrow_at(9, days=2).isoformat(), tomorrow_at(12, days=2).isoformat())
    world.call("tom", "availability.add_time_off", starts_at=off[0], ends_at=off[1])
    run_transaction(world.backends.pool, lambda connection: publish_relay(Reader(connection)))
    send(world)
    count_notifications(world.backends, until=time.monotonic() + 30)
    world.relay()
    return world


def test_every_document_says_when_its_facts_were_committed(studio: World) -> None:
    wanted_at = dict(studio.rows("SELECT path, wanted_at FROM projection"))

    stored = {path: document for path in wanted_at if (document := studio.document(path)) is not None}

    assert {kind_of(path) for path in stored} == set(collections()) - {"events"}
    assert {path: document["committed_at"] for path, document in stored.items()} == {
        path: wanted_at[path] for path in stored
    }


def test_every_feed_event_says_when_it_was_committed(studio: World) -> None:
    created_at: dict[str, datetime] = dict(
        studio.rows(
            "SELECT 'feeds/' || target || '/events/' || id, created_at FROM outbox WHERE kind = 'feed'"
        )
    )

    events = {
        e.reference.path: e.to_dict() or {} for e in studio.firestore.collection_group("events").stream()
    }

    assert {path: event["committed_at"] for path, event in events.items()} == created_at
