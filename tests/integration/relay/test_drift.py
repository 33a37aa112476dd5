"""The checker of drift itself: it is silent when all agrees, and names whatever was tampered with."""

import pytest

from tests.integration.relay.drift import drift
from tests.world import World, tomorrow_at


@pytest.fixture
def booked(world: World) -> World:
    """A world at rest with one booking in it."""
    world.approve_trainer(horizon_days=3)
    world.register_client("ada")
    world.book("ada", world.add_service(), tomorrow_at(10))
    world.relay()
    return world


def test_a_world_at_rest_has_no_drift(booked: World) -> None:
    assert drift(booked) == []


def test_a_changed_field_is_named(booked: World) -> None:
    ((session,),) = booked.rows("SELECT id FROM sessions")
    booked.firestore.document(f"sessions/{session}").update({"seats_taken": 7})

    assert drift(booked) == [f"sessions/{session}.seats_taken: stored 7, should be 1"]


def test_a_deleted_document_is_named(booked: World) -> None:
    booked.firestore.document("clients/ada").delete()

    assert drift(booked) == ["clients/ada: None", "clients/ada: facts call for it, it is not there"]


def test_a_document_without_facts_is_named(booked: World) -> None:
    booked.firestore.document("bookings/invented").set({"version": 1})

    assert drift(booked) == ["bookings/invented: is there, no facts call for it"]


def test_a_document_that_nobody_wanted_is_named(booked: World) -> None:
    path = f"trainers/tom/days/{tomorrow_at(0).date()}"
    booked.rows("DELETE FROM projection WHERE path = %s RETURNING path", path)
    booked.firestore.document(path).delete()

    assert drift(booked) == [f"{path}: facts call for it, it is not there"]


def test_a_missing_and_an_invented_feed_event_are_named(booked: World) -> None:
    events = list(booked.firestore.collection("feeds/trainer_tom/events").stream())
    assert "session:booked" in [event.get("type") for event in events]
    events[0].reference.delete()
    booked.firestore.document("feeds/trainer_tom/events/invented").set(events[0].to_dict())

    lines = drift(booked)

    assert len(lines) == 2
    assert all(line.startswith("feeds/trainer_tom/events/") for line in lines)


def test_work_that_is_left_is_named(booked: World) -> None:
    booked.rows("UPDATE projection SET want = want + 1 WHERE path = 'clients/ada' RETURNING path")

    assert "not carried out: ('clients/ada', 2, 1, None)" in drift(booked)
