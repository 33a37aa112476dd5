"""The server that rows stop and replace: what it keeps, and what a replica that fell behind does not have."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.own_postgres import OwnPostgres, own_postgres


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnPostgres]:
    """A server with a table of numbers."""
    with own_postgres(tmp_path) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE numbers (n integer)")
        yield server


def test_stop_without_a_word_loses_no_commit_and_changes_no_address(server: OwnPostgres) -> None:
    _insert(server, 1)
    url = server.url

    server.stop_immediately()
    with pytest.raises(psycopg.OperationalError):
        _numbers(server)
    server.start()

    assert server.url == url
    assert _numbers(server) == [1]


def test_replica_lacks_what_was_committed_after_it_was_made(server: OwnPostgres, tmp_path: Path) -> None:
    _insert(server, 1)
    server.copy_to(tmp_path / "replica")
    _insert(server, 2)

    server.fail_over_to(tmp_path / "replica")

    assert _numbers(server) == [1]


def _insert(server: OwnPostgres, n: int) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("INSERT INTO numbers VALUES (%s)", [n])


def _numbers(server: OwnPostgres) -> list[int]:
    with psycopg.connect(server.url, connect_timeout=3) as connection:
        return [n for (n,) in connection.execute("SELECT n FROM numbers ORDER BY n")]
