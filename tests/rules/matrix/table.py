"""The rows of `verdicts.md`, and the cases they stand for: one per actor."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from tests.rules.matrix.actors import ACTORS, Actor, named
from tests.rules.matrix.payloads import Fields, payload

Operation = Literal["get", "list", "create", "update", "delete"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
VERDICTS = Path(__file__).with_name("verdicts.md")
_HEADINGS = ("operation", "where", "what", "allowed")
_LETTERS = re.compile(r"\{(\d+) letters}")
_CONDITIONS = {"==": "==", "!=": "!=", "in": "in", "has": "array-contains"}


@dataclass(frozen=True)
class Query:
    """What a list asks for: filters as (field, operator, value), the order and the limit where there are some."""

    collection: str
    is_group: bool
    filters: tuple[tuple[str, str, Any], ...] = ()
    order: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Row:
    """One operation on one place, and who may do it."""

    line: int
    operation: Operation
    where: str
    what: str
    allowed: frozenset[str]

    def __str__(self) -> str:
        return f"{self.operation} {self.where} {self.what}".strip()

    @property
    def kind(self) -> str:
        """The collections on the way, ids left out, as in `users/inbox`."""
        return self.where if self.where.startswith("**/") else "/".join(self.where.split("/")[::2])

    @property
    def written(self) -> Fields | None:
        """The fields of the document after a create or update."""
        return payload(self.what) if self.operation in ("create", "update") else None

    @property
    def query(self) -> Query | None:
        """What a list asks for."""
        return _query(self.where, self.what) if self.operation == "list" else None


@dataclass(frozen=True)
class Case:
    """A row asked by one actor."""

    row: Row
    actor: Actor

    @property
    def allowed(self) -> bool:
        """The verdict that the row declares."""
        return self.actor.name in self.row.allowed

    def __str__(self) -> str:
        return f"L{self.row.line}: {self.row} by {self.actor.name}"


@cache
def rows() -> tuple[Row, ...]:
    """All rows of the file; ValueError or KeyError for one that says nothing."""
    return tuple(_parse(VERDICTS.read_text(encoding="utf-8")))


@cache
def cases() -> tuple[Case, ...]:
    """Every row for every actor."""
    return tuple(Case(row, actor) for row in rows() for actor in ACTORS)


def _parse(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("| "):
            continue
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if cells == _HEADINGS:
            continue
        operations, where, what, allowed = cells
        for operation in operations.split():
            yield Row(number, _operation(operation), _expanded(where), what, named(allowed))


def _operation(word: str) -> Operation:
    for operation in OPERATIONS:
        if operation == word:
            return operation
    raise ValueError(f"no such operation: {word}")


def _expanded(where: str) -> str:
    return _LETTERS.sub(lambda found: "x" * int(found[1]), where)


def _query(where: str, what: str) -> Query:
    collection = where.removeprefix("**/")
    filters: list[tuple[str, str, Any]] = []
    order: str | None = None
    limit: int | None = None
    for part in filter(None, what.split(", ")):
        match part.split():
            case ["limit", number]:
                limit = int(number)
            case ["order", field]:
                order = field
            case [field, "in", *values]:
                filters.append((field, "in", values))
            case [field, operator, value]:
                filters.append((field, _CONDITIONS[operator], value))
            case _:
                raise ValueError(f"neither filter, order nor limit: {part}")
    return Query(collection, where.startswith("**/"), tuple(filters), order, limit)
