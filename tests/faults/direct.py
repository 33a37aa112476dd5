"""Connections to a row's database that no fault is in the way of, and what is done to the product's by them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection

from tests.faults.arena import Arena

_END = """
    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE application_name = 'courtside' AND datname = current_database()
"""


@contextmanager
def direct(arena: Arena) -> Iterator[Connection[Any]]:
    """A connection in autocommit while the block runs."""
    with psycopg.connect(arena.database_url, autocommit=True) as connection:
        yield connection


def end_connections(connection: Connection[Any]) -> int:
    """End every connection of the product's to this database, whatever it is doing; how many there were."""
    row = connection.execute(_END).fetchone()
    assert row is not None
    return int(row[0])
