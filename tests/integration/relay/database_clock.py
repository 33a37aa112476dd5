"""A database clock that stands still and that tests move: `now()` is the only clock below the edge.

A function `now()` in a schema of its own comes before Postgres' on the search path of every new connection.
What measures real time, leases and pauses by `clock_timestamp()`, goes on as it was, unless a test moves that too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

_INSTALL = """
    CREATE SCHEMA IF NOT EXISTS clock;
    CREATE TABLE IF NOT EXISTS clock.state (at timestamptz NOT NULL);
    CREATE OR REPLACE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE
        AS 'SELECT at FROM clock.state';
    DELETE FROM clock.state;
    INSERT INTO clock.state VALUES (pg_catalog.now());
    DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET search_path = clock, public, pg_catalog', current_database());
    END $$
"""
_INSTALL_REAL_TIME = """
    CREATE OR REPLACE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
        AS 'SELECT at FROM clock.state'
"""
_REMOVE = """
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END $$;
    DROP SCHEMA clock CASCADE
"""


@dataclass(frozen=True)
class DatabaseClock:
    """The time that commands and projections see; at first the time of its making."""

    database_url: str

    def now(self) -> datetime:
        """What it is now."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            row = connection.execute("SELECT at FROM clock.state").fetchone()
        assert row is not None
        moment: datetime = row[0]
        return moment

    def set(self, at: datetime) -> None:
        """Put it to this time."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("UPDATE clock.state SET at = %s", [at])

    def advance(self, by: timedelta) -> None:
        """Move it forward."""
        self.set(self.now() + by)


@contextmanager
def movable_clock(database_url: str, *, with_leases: bool = False) -> Iterator[DatabaseClock]:
    """A clock for all connections opened while the block runs; `with_leases`, theirs and pauses are by it as well."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_INSTALL)
        if with_leases:
            connection.execute(_INSTALL_REAL_TIME)
    try:
        yield DatabaseClock(database_url)
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(_REMOVE)
