"""A database with one plain table, and pools on it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from courtside.config import Settings
from courtside.db.pool import LazyPool
from tests.integration.databases import blank_database

MakePool = Callable[..., LazyPool]


@pytest.fixture(scope="module")
def counters_url(database_url: str) -> Iterator[str]:
    """A database of the module's own, with the table `counters`."""
    with blank_database(database_url) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE counters (name text PRIMARY KEY, n integer NOT NULL)")
        yield url


@pytest.fixture
def counters(counters_url: str) -> Iterator["psycopg.Connection[Any]"]:
    """A connection beside the pool, in autocommit; the counters `a` and `b` are at 0."""
    with psycopg.connect(counters_url, autocommit=True) as connection:
        connection.execute("DELETE FROM counters")
        connection.execute("INSERT INTO counters VALUES ('a', 0), ('b', 0)")
        yield connection


@pytest.fixture
def make_pool(counters_url: str) -> Iterator[MakePool]:
    """Makes pools, on that database unless told otherwise; closed afterwards."""
    with ExitStack() as pools:

        def make(**settings: Any) -> LazyPool:
            pool = LazyPool(Settings(**{"project": "demo-db", "database_url": counters_url, **settings}))
            pools.callback(pool.close)
            return pool

        yield make


@pytest.fixture
def pool(make_pool: MakePool) -> LazyPool:
    """A pool on that database."""
    return make_pool()
