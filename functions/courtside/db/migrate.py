"""Applies the numbered migrations, one at a time, under a lock that only one process can hold.

python -m courtside.db.migrate            apply what is missing to DATABASE_URL
"""

import hashlib
import logging
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import Connection

MIGRATIONS = Path(__file__).parents[2] / "migrations"
_LOCK_KEY = 0x636F_7572_7473  # "courts", as a number no other advisory lock uses
_FILE_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.sql\Z")

log = logging.getLogger(__name__)


class MigrationChanged(RuntimeError):
    """A migration that is already applied has another text now; write a new one instead."""


@dataclass(frozen=True)
class Migration:
    """One numbered file; its checksum is what a database remembers of it."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """All migrations in order.

    Raises:
        ValueError: a file is not named `NNNN_words.sql`, or the numbers are not 1, 2, 3, …
    """
    migrations = []
    for position, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _FILE_NAME.match(path.name)
        if match is None or int(match["number"]) != position:
            raise ValueError(f"{path.name}: expected {position:04}_<words>.sql")
        migrations.append(Migration(position, path.stem, path.read_text(encoding="utf-8")))
    return migrations


def pending(migrations: list[Migration], applied: dict[int, str]) -> list[Migration]:
    """Those not applied yet.

    Raises:
        MigrationChanged: an applied one differs from its file.
    """
    for migration in migrations:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise MigrationChanged(migration.name)
    return [migration for migration in migrations if migration.number not in applied]


def migrate(database_url: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply what is missing and return the names applied; concurrent calls wait for each other."""
    with psycopg.connect(database_url, autocommit=True, connect_timeout=10) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations "
            "(number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied: dict[int, str] = dict(
            connection.execute("SELECT number, checksum FROM migrations").fetchall()
        )
        todo = pending(read_migrations(folder), applied)
        for migration in todo:
            _apply(connection, migration)
        return [migration.name for migration in todo]


def _apply(connection: "Connection[tuple[object, ...]]", migration: Migration) -> None:
    with connection.transaction():
        # A lock that cannot be had at once must not queue every other query behind it.
        connection.execute("SET LOCAL lock_timeout = '5s'")
        connection.execute(migration.text.encode())
        connection.execute(
            "INSERT INTO migrations (number, name, checksum) VALUES (%s, %s, %s)",
            [migration.number, migration.name, migration.checksum],
        )
    log.info("applied migration %s", migration.name)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    names = migrate(os.environ["DATABASE_URL"])
    log.info("%d applied, database is up to date", len(names))
