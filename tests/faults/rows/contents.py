"""What is to be published is itself at fault: too large, too much, or nothing that anybody can write."""

from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from courtside.db.outbox import MAX_ATTEMPTS, mark_documents
from courtside.db.reader import Reader
from tests.faults.arena import Arena
from tests.faults.catalogue import row
from tests.integration.relay.rest import wait_until

_MANY_ENTRIES = 250
_ENTRY_BYTES = 90_000  # a batch of them is above the 10 MiB that one call may carry
_TOO_LARGE_BYTES = 1_100_000  # a document may have 1 MiB
_LARGE_BYTES = 900_000  # more than the 512 KiB that an event of a trigger may carry
_PARKED_SECONDS = 90.0
_NOWHERE = "nowhere/at-all"
_POISON = (
    ("pigeon", "client_x", {"type": "poison", "payload": {}}),
    ("feed", "client_x", {"type": "poison", "payload": {"starts_at": "not a time"}}),
    ("feed", "client_x", {"type": "poison", "payload": {"text": "x" * _TOO_LARGE_BYTES}}),
)


@row(
    27,
    "over Firestore's limits",
    injected=f"{_MANY_ENTRIES} entries of {_ENTRY_BYTES // 1000} kB at once, and a card above 1 MiB",
    expected="calls are split; the card waits alone, and is written once it is small enough",
    invariants="I3 I8",
)
def limits_are_exceeded(arena: Arena) -> int:
    """Nobody has to wait behind what does not fit."""
    trainer = arena.studio.trainers[0]
    _swell(arena, trainer, _TOO_LARGE_BYTES)
    with psycopg.connect(arena.database_url) as connection:
        for _ in range(_MANY_ENTRIES):
            _enqueue(connection, "feed", "public", _event({"text": "x" * _ENTRY_BYTES}))
    arena.act(40)
    card = f"trainers/{trainer}"
    wait_until(lambda: _is_refused(arena, card), "the card to be refused")
    arena.act(40)
    arena.world.call(trainer, "trainers.update_profile", bio="short again")
    return _MANY_ENTRIES + 1


@row(
    28,
    "poison",
    injected="a document that no projection makes, entries that nobody can deliver",
    expected=f"each is parked after {MAX_ATTEMPTS} attempts and shown as dead; everything else flows",
    invariants="I3 I10",
)
def poison_is_planted(arena: Arena) -> int:
    """Left in the books by a bug; taken out again by hand, when it was seen."""
    with psycopg.connect(arena.database_url) as connection:
        mark_documents(Reader(connection), [_NOWHERE])
        for kind, target, payload in _POISON:
            _enqueue(connection, kind, target, payload)
    planted = len(_POISON) + 1
    try:
        arena.act(40)
        wait_until(lambda: _dead_after_next_attempt(arena) == planted, "poison to be parked", _PARKED_SECONDS)
        tried = {attempts for (attempts,) in arena.world.rows(_ATTEMPTS_OF_DEAD)}
        arena.expect(tried == {MAX_ATTEMPTS}, f"poison was parked after {sorted(tried)} attempts")
        arena.act(20)
    finally:
        arena.world.rows("DELETE FROM projection WHERE path = %s RETURNING path", _NOWHERE)
        arena.world.rows("DELETE FROM outbox WHERE payload ->> 'type' = 'poison' RETURNING id")
    return planted


@row(
    32,
    "payload over 512 KiB",
    injected=f"cards of {_LARGE_BYTES // 1000} kB",
    expected="they are written like any other: nothing travels in an event, all is read from its source",
    invariants="I3",
)
def payloads_are_large(arena: Arena) -> int:
    """Close below what a document may have."""
    for trainer in arena.studio.trainers:
        _swell(arena, trainer, _LARGE_BYTES)
    arena.act(60)
    return len(arena.studio.trainers)


_ATTEMPTS_OF_DEAD = """
    SELECT attempts FROM projection WHERE dead_at IS NOT NULL
    UNION ALL SELECT attempts FROM outbox WHERE dead_at IS NOT NULL
"""


def _swell(arena: Arena, trainer: str, size: int) -> None:
    """A profile that no command would take."""
    arena.world.rows("UPDATE trainers SET bio = repeat('x', %s) WHERE id = %s RETURNING id", size, trainer)
    arena.world.call(trainer, "trainers.update_profile", headline="swollen")


def _event(payload: dict[str, str]) -> dict[str, object]:
    return {"type": "test:large", "occurred_at": "2030-01-01T00:00:00+00:00", "payload": payload}


def _enqueue(
    connection: psycopg.Connection[tuple[object, ...]], kind: str, target: str, payload: object
) -> None:
    connection.execute(
        "INSERT INTO outbox (id, kind, target, payload, created_at, next_at)"
        " VALUES (%s, %s, %s, %s, now(), now())",
        [uuid4(), kind, target, Jsonb(payload)],
    )


def _is_refused(arena: Arena, path: str) -> bool:
    return bool(arena.world.rows("SELECT 1 FROM projection WHERE path = %s AND last_error IS NOT NULL", path))


def _dead_after_next_attempt(arena: Arena) -> int:
    """How many are parked, after those that fail had their pauses cut short."""
    # Of the poison alone: locks on others' rows would meet those of commands in another order.
    arena.world.rows(
        "UPDATE projection SET next_at = clock_timestamp() WHERE path = %s AND dead_at IS NULL RETURNING 1",
        _NOWHERE,
    )
    arena.world.rows(
        "UPDATE outbox SET next_at = clock_timestamp()"
        " WHERE payload ->> 'type' = 'poison' AND dead_at IS NULL RETURNING 1"
    )
    ((dead,),) = arena.world.rows(
        "SELECT (SELECT count(*) FROM projection WHERE dead_at IS NOT NULL)"
        " + (SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL)"
    )
    return int(dead)
