"""A database clock that tests move: `now()` is the only clock below the edge, so moving it moves all of Courtside.

A function `now()` in a schema of its own comes before Postgres' on the search path of every new connection.
What measures real time, leases and pauses by `clock_timestamp()`, goes on as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

_INSTALL = """
    CREATE SCHEMA IF NOT EXISTS clock;
    CREATE TABLE IF NOT EXISTS clock.state (ahead interval NOT NULL);
    CREATE OR REPLACE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE
        AS 'SELECT pg_catalog.now() + ahead FROM clock.state';
    DELETE FROM clock.state;
    INSERT INTO clock.state VALUES ('0');
    DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET search_path = clock, public, pg_catalog', current_database());
    END $$
"""
_REMOVE = """
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END $$;
    DROP SCHEMA clock CASCADE
"""


@dataclass(frozen=True)
class DatabaseClock:
    """The time that commands and projections see."""

    database_url: str

    def now(self) -> datetime:
        """What it is now."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            row = connection.execute("SELECT pg_catalog.now() + ahead FROM clock.state").fetchone()
        assert row is not None
        moment: datetime = row[0]
        return moment

    def advance(self, by: timedelta) -> None:
        """Move it forward."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("UPDATE clock.state SET ahead = ahead + %s", [by])


@contextmanager
def movable_clock(database_url: str) -> Iterator[DatabaseClock]:
    """A clock for all connections opened while the block runs."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_INSTALL)
    try:
        yield DatabaseClock(database_url)
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(_REMOVE)
