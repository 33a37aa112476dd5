"""Deliveries that come twice, much too late, or from transactions that took their time."""

from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from courtside import crash_points
from courtside.db import outbox
from courtside.db.reader import Reader
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import UnitOfWork
from courtside.relay.subscriptions import react
from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.rows.publishers import LEFT_TO_WORKERS, frozen_worker
from tests.integration.relay.rest import left_to_do, wait_until

_REPEATS = 5
_LATE_TRANSACTIONS = 3
_COPY = "CREATE TABLE TABLE_NAME AS SELECT * FROM outbox WHERE done_at IS NOT NULL"


@row(
    29,
    "duplicate delivery",
    injected=f"everything that was delivered is delivered again, {_REPEATS} times",
    expected="receivers know it by its id: no screen changes",
    invariants="I4 I6",
)
def deliveries_are_repeated(arena: Arena) -> int:
    """The marks of what was done are lost."""
    repeated = 0
    for _ in range(_REPEATS):
        arena.act(25)
        repeated += len(
            arena.world.rows("UPDATE outbox SET done_at = NULL WHERE done_at IS NOT NULL RETURNING id")
        )
    wait_until(lambda: left_to_do(arena.world) < repeated, "the repeats to be under way")
    shown = arena.screens.shown()
    twice = [path for path, versions in shown.items() if path.startswith("feeds/") and len(versions) > 1]
    arena.expect(not twice, f"{len(twice)} feed events were shown twice, such as {twice[:1]}")
    return repeated


@row(
    31,
    "delivery a day late",
    injected="a worker freezes with its batch in hand until every key that would tell a repeat is forgotten",
    expected="versions need no memory: what is older is refused all the same",
    invariants="I4 I6",
    setup=Setup(variables=LEFT_TO_WORKERS),
)
def deliveries_come_after_retention(arena: Arena) -> int:
    """Delivered entries and answered commands are pruned before the frozen worker wakes up."""
    for point in (crash_points.RENDERED, crash_points.WRITTEN):
        with frozen_worker(arena, point):
            arena.act(40)
            arena.hold(2)
            kept = _prune(arena)
            # Answers that were forgotten cannot be asked for again.
            arena.act(20)
            arena.hold(2)
            arena.load.told.sample.clear()
        arena.act(20)
        _restore(arena, kept)
    return 2


@row(
    34,
    "a transaction commits late",
    injected="transactions stay open while hundreds that began later commit and are published",
    expected="what they leave is due when they commit, wherever a cursor would have been by then",
    invariants="I3",
)
def transactions_commit_late(arena: Arena) -> int:
    """Their ids and times are older than what was published long ago."""
    for number in range(_LATE_TRANSACTIONS):
        with psycopg.connect(arena.database_url) as late:
            _register(late, f"late{number}")
            arena.act(60)
            late.commit()
    return _LATE_TRANSACTIONS


def _prune(arena: Arena) -> str:
    """Forget what was delivered and answered; the name of a table with the entries, which the verdict needs."""
    table = f"kept_{uuid4().hex}"

    def forget(uow: UnitOfWork) -> None:
        # Nothing may be delivered between the copy and its deletion.
        uow.execute("LOCK TABLE outbox IN SHARE ROW EXCLUSIVE MODE")
        uow.execute(_COPY.replace("TABLE_NAME", table))
        outbox.prune(uow, delivered_days=0, commands_days=0)

    run_as_system(arena.world.backends.pool, "nightly", forget, react)
    return table


def _restore(arena: Arena, table: str) -> None:
    with psycopg.connect(arena.database_url, autocommit=True) as connection:
        connection.execute(f"INSERT INTO outbox SELECT * FROM {table} ON CONFLICT DO NOTHING")


def _register(connection: psycopg.Connection[tuple[object, ...]], uid: str) -> None:
    """A client and an entry, as a command leaves them, in a transaction that goes on."""
    connection.execute(
        "INSERT INTO users (id, role, display_name, created_at) VALUES (%s, 'client', 'Late', now())", [uid]
    )
    outbox.mark_documents(Reader(connection), [f"access/{uid}", f"clients/{uid}"])
    event = {"type": "test:late", "occurred_at": "2030-01-01T00:00:00+00:00", "payload": {}}
    connection.execute(
        "INSERT INTO outbox (id, kind, target, payload, created_at, next_at)"
        " VALUES (%s, 'feed', 'admin', %s, now(), now())",
        [uuid4(), Jsonb(event)],
    )
