"""Commands get in each other's way in Postgres: no connection is free, transactions collide, a guard is taken away."""

import time

from psycopg import sql

from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.direct import direct, end_connections
from tests.faults.probe import expect_quick_refusals, probe_together
from tests.integration.bookings.callers import Call, call_together

_LONGEST_ANSWER_SECONDS = 10.0
# Plain inserts under an exclusion constraint wait for a deadlock to be found: a second each, six for one in a hundred.
_LONGEST_RACE_SECONDS = 6.0

_COLLIDE = """
    CREATE SEQUENCE bookkeeping.collisions;
    CREATE FUNCTION bookkeeping.collide() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF random() < 0.2 THEN
            -- A sequence keeps its count when the transaction is undone.
            PERFORM nextval('bookkeeping.collisions');
            IF random() < 0.5 THEN RAISE SQLSTATE '40001'; ELSE RAISE SQLSTATE '40P01'; END IF;
        END IF;
        RETURN NULL;
    END $$;
"""
_STRIKE = "CREATE TRIGGER collide AFTER INSERT OR UPDATE ON {} EXECUTE FUNCTION bookkeeping.collide()"
_STRUCK = ("bookings", "sessions", "projection")
# Unlike dropping the triggers, this waits for nobody who holds a lock on the tables.
_COLLIDE_NO_MORE = """
    CREATE OR REPLACE FUNCTION bookkeeping.collide() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RETURN NULL; END $$;
"""


@row(
    10,
    "pool exhausted by slow statements",
    injected="a table that every command needs is locked by somebody else; two connections for all",
    expected="bounded waits, TRY_AGAIN; at work again as soon as it is free",
    invariants="I8 I10",
    setup=Setup(bookers=4, variables={"POOL_MAX_CONNECTIONS": "2"}),
)
def pool_is_exhausted(arena: Arena) -> int:
    """Everybody waits for the same lock."""
    refused = 0
    for _ in range(1 if arena.quick else 2):
        with direct(arena) as connection, connection.transaction():
            connection.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
            refused += expect_quick_refusals(arena, probe_together(arena, 4), seconds=_LONGEST_ANSWER_SECONDS)
        arena.act(10)
    return refused


@row(
    15,
    "serialization failures and deadlocks",
    injected="one in five statements on bookings, sessions and documents fails with 40001 or 40P01",
    expected="run again with jitter, CONTENDED after five attempts",
    invariants="I1 I8",
)
def transactions_collide(arena: Arena) -> int:
    """More often than any load would."""
    with direct(arena) as connection:
        connection.execute(_COLLIDE)
        # One statement each: together they would hold locks that others' transactions wait for crosswise.
        for table in _STRUCK:
            connection.execute(sql.SQL(_STRIKE).format(sql.Identifier(table)))
        arena.act(150)
        connection.execute(_COLLIDE_NO_MORE)
        row = connection.execute("SELECT last_value FROM bookkeeping.collisions").fetchone()
    assert row is not None
    return int(row[0])


@row(
    16,
    "race for one slot under the exclusion constraint",
    injected="every client asks for the same start at once, start after start",
    expected="one gets it, nobody waits for a deadlock",
    invariants="I1 I8",
)
def clients_race_for_slots(arena: Arena) -> int:
    """Beside the load, which wants the same trainers' time."""
    (single, *_), clients = arena.studio.ground.services, arena.studio.ground.clients
    raced = 0
    for start in arena.random.sample(arena.studio.ground.starts(), 4 if arena.quick else 12):
        calls = [
            Call(client, "bookings", "book_session", {"service_id": single, "starts_at": start.isoformat()})
            for client in clients
        ]
        started = time.monotonic()
        replies = call_together(arena.functions.url, arena.world.backends.settings.project, calls)
        took = time.monotonic() - started
        winners = [reply for reply in replies if reply.reason is None]
        arena.expect(len(winners) <= 1, f"{len(winners)} clients got {start}")
        arena.expect(took <= _LONGEST_RACE_SECONDS, f"a race took {took:.1f} s")
        raced += len(replies) - len(winners)
    return raced


@row(
    17,
    "isolation level changed behind our back",
    injected="the database's default becomes READ UNCOMMITTED, then SERIALIZABLE, and every session begins anew",
    expected="constraints and locks protect what they protect at any level",
    invariants="I1",
)
def isolation_changes(arena: Arena) -> int:
    """No guarantee rests on the level alone."""
    begun = 0
    with direct(arena) as connection:
        for level in ("read uncommitted", "serializable"):
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET default_transaction_isolation = {}").format(
                    sql.Identifier(connection.info.dbname), sql.Literal(level)
                )
            )
            begun += end_connections(connection)
            arena.act(60)
    return begun
