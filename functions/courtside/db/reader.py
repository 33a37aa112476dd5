"""Typed reads on one connection: named SQL in, frozen dataclasses out."""

from collections.abc import Callable, Sequence
from typing import Any, LiteralString, TypeVar, overload

from psycopg import Connection, Cursor
from psycopg.rows import class_row

T = TypeVar("T")


class Reader:
    """Runs queries on a connection that somebody else opened, and will close."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def find(self, query: LiteralString, row_type: type[T], /, **values: Any) -> T | None:
        """The first row, if any; columns are the fields of `row_type`."""
        with self._connection.cursor(row_factory=class_row(row_type)) as cursor:
            return cursor.execute(query, values).fetchone()

    def list(self, query: LiteralString, row_type: type[T], /, **values: Any) -> Sequence[T]:
        """Every row; columns are the fields of `row_type`."""
        with self._connection.cursor(row_factory=class_row(row_type)) as cursor:
            return cursor.execute(query, values).fetchall()

    def execute(self, query: LiteralString, /, **values: Any) -> int:
        """Run a statement; the number of rows it touched."""
        return self._connection.execute(query, values).rowcount


class SnapshotReader(Reader):
    """A reader of one snapshot in pipeline mode: `list` sends its query at once and waits when its rows are looked at.

    Queries that are all asked before any is looked at share one round trip; with `conclude`, the snapshot's
    beginning and end share it too.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        super().__init__(connection)
        self._concluded = False

    @classmethod
    def read(cls, connection: Connection[Any], read: Callable[["SnapshotReader"], T]) -> T:
        """Run `read` in a snapshot of its own, on a connection in autocommit and pipeline mode."""
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", prepare=False)
        reader = cls(connection)
        result = read(reader)
        reader.conclude()
        return result

    def conclude(self) -> None:
        """Say that all has been asked; rows may still be looked at."""
        if not self._concluded:
            self._concluded = True
            # A rollback would make psycopg forget every prepared statement: 0.3 ms of planning for each of the next.
            self._connection.execute("COMMIT", prepare=False)

    def list(self, query: LiteralString, row_type: type[T], /, **values: Any) -> Sequence[T]:
        """Every row, fetched at first use."""
        cursor = self._connection.cursor(row_factory=class_row(row_type))
        return _PendingRows(cursor.execute(query, values))


class _PendingRows(Sequence[T]):
    """Rows that were asked for."""

    def __init__(self, cursor: Cursor[T]) -> None:
        self._cursor = cursor
        self._rows: list[T] | None = None

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._fetched()[index]

    def __len__(self) -> int:
        return len(self._fetched())

    def _fetched(self) -> list[T]:
        if self._rows is None:
            self._rows = self._cursor.fetchall()
            self._cursor.close()
        return self._rows
