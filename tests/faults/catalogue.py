"""The fault list: each row says what breaks, how a machine can break it, and what must hold all the same."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.arena import Arena

# Breaks something in a running arena and mends it again; returns how often it struck.
Injection = Callable[["Arena"], int]

_ROWS = Path(__file__).parent / "rows"


@dataclass(frozen=True)
class Setup:
    """What runs while a row is injected; `variables` are added to the environment of functions and workers."""

    workers: int = 1
    bookers: int = 3
    own_postgres: bool = False
    """A server of its own with durable commits, which the row may stop, instead of a database on the shared one."""
    postgres_disk_mb: int = 0
    """Such a server on a disk of so many megabytes, which the row may fill."""
    keeps_documents: bool = False
    """The emulator keeps a journal on disk, so that it may be restarted."""
    clock_at: datetime | None = None
    """The time at which Postgres' clock stands still until the row moves it; None for real time."""
    worker: str = "courtside.relay.worker"
    """The module that relays; tests put one with a planted bug in its place."""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One way to break the system. `number` and `fault` are those of the fault list."""

    number: int
    fault: str
    injected: str
    expected: str
    invariants: str
    inject: Injection
    setup: Setup
    rest_seconds: float


@dataclass(frozen=True)
class NotInjected:
    """A fault that the runner does not inject, and why."""

    number: int
    fault: str
    reason: str


ROWS: list[Row] = []
NOT_INJECTED: list[NotInjected] = []


def row(
    number: int,
    fault: str,
    *,
    injected: str,
    expected: str,
    invariants: str,
    setup: Setup | None = None,
    rest_seconds: float = 60.0,
) -> Callable[[Injection], Injection]:
    """Register a function as one row; a number may have several.

    `rest_seconds` is how soon after the faults the system has to be at rest by itself.
    """

    def register(inject: Injection) -> Injection:
        ROWS.append(
            Row(number, fault, injected, expected, invariants, inject, setup or Setup(), rest_seconds)
        )
        return inject

    return register


def not_injected(number: int, fault: str, *, reason: str) -> None:
    """List a fault that no run injects, so that nobody takes its absence for a pass."""
    NOT_INJECTED.append(NotInjected(number, fault, reason))


def load_rows() -> Sequence[Row]:
    """Every row of the folder `rows`, by number."""
    for path in sorted(_ROWS.glob("[a-z]*.py")):
        importlib.import_module(f"tests.faults.rows.{path.stem}")
    ROWS.sort(key=lambda row: row.number)
    NOT_INJECTED.sort(key=lambda row: row.number)
    return ROWS


def parse_numbers(text: str) -> frozenset[int]:
    """`1,21-25` → the numbers it names.

    Raises:
        ValueError: it is not written like that.
    """
    numbers: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        numbers.update(range(int(first), int(last if dash else first) + 1))
    return frozenset(numbers)
