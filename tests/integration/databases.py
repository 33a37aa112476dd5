"""Databases of one test's or one module's own, beside the one that all share."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from courtside.db.migrate import migrate


@contextmanager
def blank_database(server_url: str) -> Iterator[str]:
    """A database without a table, on the server of another one; dropped afterwards."""
    name = f"test_{uuid4().hex}"
    identifier = sql.Identifier(name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(identifier))
        try:
            yield url_of(server_url, name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@contextmanager
def migrated_database(server_url: str) -> Iterator[str]:
    """A database with all tables and no rows; dropped afterwards."""
    with blank_database(server_url) as url:
        migrate(url)
        yield url


def url_of(server_url: str, database: str, **changes: str) -> str:
    """The connection string of another database of the same server."""
    return make_conninfo(server_url, dbname=database, **changes)
