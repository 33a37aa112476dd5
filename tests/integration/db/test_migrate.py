"""Migrating real databases: once each, all or nothing, and by any way to the same schema."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest

from courtside.db.migrate import MIGRATIONS, MigrationChanged, migrate, read_migrations
from tests.integration.databases import blank_database

NAMES = [migration.name for migration in read_migrations()]

# Everything that a migration can make: columns with their defaults, constraints, indexes.
SCHEMA = """
SELECT 'column', table_name, column_name, concat_ws(' ', data_type, is_nullable, column_default, identity_generation)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'extension', extname, '', '' FROM pg_extension
ORDER BY 1, 2, 3
"""


@pytest.fixture
def blank(database_url: str) -> Iterator[str]:
    """A database without a table."""
    with blank_database(database_url) as url:
        yield url


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def first_of_ours(tmp_path: Path, count: int) -> Path:
    """A folder with the first of our migrations, as an older release had it."""
    for name in NAMES[:count]:
        shutil.copy(MIGRATIONS / f"{name}.sql", tmp_path)
    return tmp_path


def test_second_run_applies_nothing(blank: str) -> None:
    assert migrate(blank) == NAMES
    assert migrate(blank) == []


def test_runs_at_once_apply_each_migration_once(blank: str) -> None:
    start = Barrier(4)

    def run(_: int) -> list[str]:
        start.wait(timeout=10)
        return migrate(blank)

    with ThreadPoolExecutor(4) as threads:
        applied = [name for names in threads.map(run, range(4)) for name in names]

    assert applied == NAMES
    assert rows(blank, "SELECT name FROM migrations ORDER BY number") == [(name,) for name in NAMES]


@pytest.mark.parametrize("older", range(1, len(NAMES)))
def test_upgrade_of_an_older_release_equals_a_fresh_database(
    blank: str, database_url: str, tmp_path: Path, older: int
) -> None:
    assert migrate(blank, first_of_ours(tmp_path, older)) == NAMES[:older]
    assert migrate(blank) == NAMES[older:]

    with blank_database(database_url) as fresh:
        migrate(fresh)
        assert rows(blank, SCHEMA) == rows(fresh, SCHEMA)
    assert len(rows(blank, SCHEMA)) > 100


def test_changed_migration_is_refused_and_nothing_applied(blank: str, tmp_path: Path) -> None:
    folder = first_of_ours(tmp_path, 1)
    migrate(blank, folder)
    before = rows(blank, SCHEMA)
    (folder / f"{NAMES[0]}.sql").write_text("SELECT 1;")
    (folder / "0002_more.sql").write_text("CREATE TABLE more ();")

    with pytest.raises(MigrationChanged, match=NAMES[0]):
        migrate(blank, folder)

    assert rows(blank, SCHEMA) == before


def test_failing_migration_leaves_nothing_of_itself(blank: str, tmp_path: Path) -> None:
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE good ();")
    bad = tmp_path / "0002_bad.sql"
    bad.write_text("CREATE TABLE half ();\nSELECT 1 / 0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(blank, tmp_path)
    assert rows(blank, "SELECT name FROM migrations") == [("0001_good",)]
    assert rows(blank, "SELECT to_regclass('half'), to_regclass('good') IS NULL") == [(None, False)]

    bad.write_text("CREATE TABLE half ();")

    assert migrate(blank, tmp_path) == ["0002_bad"]


def test_migration_gives_up_on_a_lock_rather_than_queue_everybody_behind_it(
    blank: str, tmp_path: Path
) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (n integer);")
    migrate(blank, tmp_path)
    # Its own limit is 5 s; a shorter one in the file shows that it is in force, without the wait.
    (tmp_path / "0002_second.sql").write_text(
        "DO $$ BEGIN ASSERT current_setting('lock_timeout') = '5s'; END $$;\n"
        "SET LOCAL lock_timeout = '50ms';\nALTER TABLE first ADD COLUMN m integer;"
    )

    with psycopg.connect(blank) as busy:
        busy.execute("SELECT * FROM first")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrate(blank, tmp_path)
        busy.rollback()

    assert migrate(blank, tmp_path) == ["0002_second"]
