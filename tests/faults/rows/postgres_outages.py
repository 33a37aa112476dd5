"""Postgres itself goes away: its sessions, its process, its newest commits, its disk."""

import psycopg

from tests.faults.arena import Arena
from tests.faults.catalogue import row
from tests.faults.rows.postgres_collisions import end_connections


@row(
    4,
    "all backends terminated",
    injected="every connection of the product's is ended at once, again and again",
    expected="commands at work are told to try again; idle connections are replaced before anybody gets one",
    invariants="I8 I10",
)
def backends_are_terminated(arena: Arena) -> int:
    """As an administrator, a failover or a memory limit does."""
    ended = 0
    with psycopg.connect(arena.database_url, autocommit=True) as connection:
        for _ in range(3 if arena.quick else 8):
            ended += end_connections(connection)
            arena.act(20)
    return ended
