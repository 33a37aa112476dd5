"""The table whose rows the peers send to their clients, and how the bench changes it."""

import itertools
import time

import psycopg

from benches.streams import Version

# As large as the day of a trainer with a few open hours.
_BODY = "x" * 500
_TABLE = """
CREATE TABLE rows (id text PRIMARY KEY, version integer NOT NULL, body text NOT NULL);
INSERT INTO rows SELECT 'board-' || n, 1, %s FROM generate_series(0, %s - 1) AS n
"""
Committed = dict[Version, int]


class Rows:
    """One connection to a database that has the table."""

    def __init__(self, database_url: str, boards: int) -> None:
        self._numbers = itertools.count()
        self._connection = psycopg.connect(database_url, autocommit=True)
        for statement in _TABLE.split(";"):
            values = [_BODY, boards] if "%s" in statement else []
            self._connection.execute(statement, values)

    def change(self, board: int) -> Committed:
        """Change one of the rows that are always there; the time at which COMMIT has returned, by row and version."""
        found = self._connection.execute(
            "UPDATE rows SET version = version + 1 WHERE id = %s RETURNING version", [f"board-{board}"]
        ).fetchone()
        assert found is not None
        return {(f"board-{board}", found[0]): time.time_ns()}

    def add(self, count: int) -> Committed:
        """Add rows in one transaction; the time at which it has committed, by row and version."""
        names = [f"row-{next(self._numbers)}" for _ in range(count)]
        self._connection.execute(
            "INSERT INTO rows SELECT name, 1, %s FROM unnest(%s::text[]) AS name", [_BODY, names]
        )
        at = time.time_ns()
        return {(name, 1): at for name in names}

    def execute(self, statement: str) -> None:
        """Change the table itself."""
        self._connection.execute(statement)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
