"""Typed reads on one connection: named SQL in, frozen dataclasses out."""

from typing import Any, LiteralString, TypeVar

from psycopg import Connection
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

    def list(self, query: LiteralString, row_type: type[T], /, **values: Any) -> list[T]:
        """Every row; columns are the fields of `row_type`."""
        with self._connection.cursor(row_factory=class_row(row_type)) as cursor:
            return cursor.execute(query, values).fetchall()

    def execute(self, query: LiteralString, /, **values: Any) -> int:
        """Run a statement; the number of rows it touched."""
        return self._connection.execute(query, values).rowcount
