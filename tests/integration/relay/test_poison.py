"""Documents and feed events that cannot be carried out: they stop nobody else, are given up, and can be revived."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from courtside.db.outbox import MAX_ATTEMPTS, mark_documents
from courtside.db.reader import Reader
from tests.integration.relay.drift import drift
from tests.integration.relay.rest import relay_to_rest
from tests.world import World

CARD = "trainers/tom"
NOWHERE = "nowhere/at-all"
TOO_LARGE = 1_100_000  # bytes; Firestore takes 1,048,576


@pytest.fixture
def studio(idle_world: World) -> World:
    """A trainer and a client, at rest."""
    idle_world.approve_trainer("tom", horizon_days=3)
    idle_world.register_client("ada")
    relay_to_rest(idle_world)
    return idle_world


def test_a_document_that_no_projection_makes_stops_no_other(studio: World) -> None:
    _want(studio, NOWHERE)
    studio.call("tom", "trainers.update_profile", headline="not stopped")

    studio.relay()

    assert (studio.document(CARD) or {})["headline"] == "not stopped"
    assert _state(studio, NOWHERE) == {
        "attempts": 1,
        "dead": False,
        "error": "UnknownDocument: nowhere/at-all",
    }


def test_a_document_over_one_mebibyte_stops_no_other(studio: World) -> None:
    _swell(studio, "tom", TOO_LARGE)
    studio.register_client("bob")

    studio.relay()

    assert studio.document("clients/bob") is not None
    state = _state(studio, CARD)
    assert (state["attempts"], state["dead"]) == (1, False)
    assert state["error"]


def test_a_path_that_firestore_refuses_stops_no_other(studio: World) -> None:
    """A reserved id makes the service refuse the whole batch, not just the one write."""
    studio.rows(
        "INSERT INTO users (id, role, display_name, created_at) VALUES ('__x__', 'client', 'X', now()) RETURNING id"
    )
    _want(studio, "clients/__x__")
    for n in range(20):
        studio.register_client(f"client-{n}")

    studio.relay()

    assert all(studio.document(f"clients/client-{n}") is not None for n in range(20))
    assert _state(studio, "clients/__x__")["attempts"] == 1


def test_a_poisoned_document_is_tried_ever_less_often_then_given_up(studio: World) -> None:
    _want(studio, NOWHERE)
    pauses = []
    for _ in range(MAX_ATTEMPTS):
        studio.relay()
        pauses.append(_pause_seconds(studio, NOWHERE))
        _make_due(studio, NOWHERE)

    assert _state(studio, NOWHERE)["dead"]
    # Doubling from half a second, each spread over the upper half of its step.
    assert all(0.2 * 2**n < pause <= 0.5 * 2**n for n, pause in enumerate(pauses[:9]))
    assert all(100 < pause <= 300 for pause in pauses[-2:])
    studio.relay()
    assert _state(studio, NOWHERE)["attempts"] == MAX_ATTEMPTS


def test_a_document_that_was_given_up_is_written_after_the_next_change(studio: World) -> None:
    _swell(studio, "tom", TOO_LARGE)
    for _ in range(MAX_ATTEMPTS):
        studio.relay()
        _make_due(studio, CARD)
    assert _state(studio, CARD)["dead"]

    studio.call("tom", "trainers.update_profile", bio="short again")
    _make_due(studio, CARD)
    relay_to_rest(studio)

    assert (studio.document(CARD) or {})["bio"] == "short again"
    assert _state(studio, CARD) == {"attempts": 0, "dead": False, "error": None}


@pytest.mark.parametrize(
    ("kind", "target", "payload"),
    [
        ("pigeon", "client_ada", {"type": "x", "payload": {}}),
        ("feed", "client_ada/b", {"type": "x", "payload": {}}),
        ("feed", "client_ada", {"type": "x"}),
        ("feed", "client_ada", {"type": "x", "payload": {"starts_at": "not a time"}}),
        ("feed", "client_ada", {"type": "x", "payload": ["not", "an", "object"]}),
        ("feed", "client_ada", {"type": "x", "payload": {"number": 10**30}}),
        ("feed", "client_ada", {"type": "x", "payload": {"text": "x" * TOO_LARGE}}),
    ],
    ids=[
        "unknown kind",
        "bad audience",
        "no payload",
        "bad time",
        "bad shape",
        "too large a number",
        "too large",
    ],
)
def test_a_poisoned_entry_stops_no_other(
    studio: World, kind: str, target: str, payload: dict[str, Any]
) -> None:
    entry = _enqueue(studio, kind, target, payload)
    studio.register_client("bob")

    for _ in range(MAX_ATTEMPTS):
        studio.relay()
        studio.rows("UPDATE outbox SET next_at = now() WHERE id = %s RETURNING id", entry)

    assert studio.rows("SELECT attempts, dead_at IS NOT NULL FROM outbox WHERE id = %s", entry) == [
        (MAX_ATTEMPTS, True)
    ]
    studio.rows("DELETE FROM outbox WHERE id = %s RETURNING id", entry)
    assert drift(studio) == []


def _want(world: World, path: str) -> None:
    with psycopg.connect(world.backends.settings.database_url) as connection:
        mark_documents(Reader(connection), [path])


def _swell(world: World, trainer: str, size: int) -> None:
    """A profile that no command would take; the bug that let it in is what poison means."""
    world.call(trainer, "trainers.update_profile", headline="swollen")
    world.rows("UPDATE trainers SET bio = repeat('x', %s) WHERE id = %s RETURNING id", size, trainer)


def _enqueue(world: World, kind: str, target: str, payload: dict[str, Any]) -> UUID:
    entry = uuid4()
    world.rows(
        "INSERT INTO outbox (id, kind, target, payload, created_at, next_at)"
        " VALUES (%s, %s, %s, %s, now(), now()) RETURNING id",
        entry,
        kind,
        target,
        Jsonb(payload),
    )
    return entry


def _make_due(world: World, path: str) -> None:
    """As if the pause were over."""
    world.rows("UPDATE projection SET next_at = now() WHERE path = %s RETURNING path", path)


def _pause_seconds(world: World, path: str) -> float:
    ((pause,),) = world.rows(
        "SELECT extract(epoch FROM next_at - clock_timestamp())::float8 FROM projection WHERE path = %s", path
    )
    return float(pause)


def _state(world: World, path: str) -> dict[str, Any]:
    ((attempts, dead, error),) = world.rows(
        "SELECT attempts, dead_at IS NOT NULL, last_error FROM projection WHERE path = %s", path
    )
    return {"attempts": attempts, "dead": dead, "error": error}
