"""What each command costs: SQL statements and transactions, the relay's own, and billed Firestore writes.

Counted by the servers themselves: statements by Postgres (pg_stat_statements), writes by the emulator's meter,
which counts as Firestore bills. Refusals and replays are counted too: they are most of what a busy slot sees.
"""

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg

from benches.report import print_json, print_table
from benches.studio import Studio, running_studio, slot
from courtside.relay.edge_drain import drain_commit

_BOUNDS = {"statements": 12, "transactions": 1, "writes": 6}
_BOUNDED = "book a one-to-one session"


@dataclass(frozen=True)
class Command:
    """One command as its caller sends it."""

    uid: str
    name: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """What one command took: its own statements and transactions, then the relay's, then Firestore's."""

    statements: int
    transactions: int
    relay_statements: int
    writes: int
    deletes: int


class Counters:
    """What the servers have counted since the last look."""

    def __init__(self, studio: Studio) -> None:
        settings = studio.backends.settings
        self._connection = psycopg.connect(settings.database_url, autocommit=True)
        self._connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        self._meter = f"http://{settings.firestore_emulator}/emulator/v1/meter"

    def statements(self) -> tuple[int, int]:
        """Statements but BEGIN and COMMIT, and commits, since the last look."""
        row = self._connection.execute(
            """
            SELECT coalesce(sum(calls) FILTER (WHERE query !~* '^(begin|commit|rollback|set|show)'
                                               AND query !~* 'pg_stat_statements'), 0)::int,
                   coalesce(sum(calls) FILTER (WHERE query ~* '^commit'), 0)::int
            FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid AND datname = current_database()
            """
        ).fetchone()
        assert row is not None
        self._connection.execute("SELECT pg_stat_statements_reset()")
        return row[0], row[1]

    def statements_about(self, tables: str) -> int:
        """Of the statements since the last look, those that name one of the tables, given as a regular expression."""
        row = self._connection.execute(
            "SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements"
            " JOIN pg_database ON pg_database.oid = dbid AND datname = current_database() WHERE query ~ %s",
            [rf"\m({tables})\M"],
        ).fetchone()
        assert row is not None
        return int(row[0])

    def billed(self) -> tuple[int, int]:
        """Document writes and deletes since the last look."""
        request = urllib.request.Request(self._meter, method="DELETE")
        with urllib.request.urlopen(request, timeout=10) as response:
            usage = json.load(response)
        return usage["writes"], usage["deletes"]


def run(*, quick: bool = False) -> None:
    """Measure and print; a second run of each command shows its cost with warm connections."""
    del quick  # it takes seconds
    with running_studio({"shared_preload_libraries": "pg_stat_statements"}) as studio:
        studio.open(2, 10)
        counters = Counters(studio)
        costs = {title: _cost(studio, counters, prepare) for title, prepare in _scenarios(studio)}
    print_table(
        "The cost of a command",
        ("", "statements", "transactions", "relay's statements", "billed writes", "deletes"),
        [(title, *map(str, vars(cost).values())) for title, cost in costs.items()],
        [
            "Statements without BEGIN and COMMIT, counted by Postgres; writes as Firestore bills them.",
            _verdict(costs[_BOUNDED]),
        ],
    )
    print_json("cost", {title: vars(cost) for title, cost in costs.items()})


def _verdict(cost: Cost) -> str:
    parts = [f"{name} {getattr(cost, name)} of {bound}" for name, bound in _BOUNDS.items()]
    kept = all(getattr(cost, name) <= bound for name, bound in _BOUNDS.items())
    return f"{_BOUNDED}: {', '.join(parts)}: {'within' if kept else 'ABOVE'} its bounds"


def _cost(studio: Studio, counters: Counters, prepare: Callable[[], Command]) -> Cost:
    for _ in range(2):
        command = prepare()
        counters.statements()
        counters.billed()
        outcome = studio.attempt(command.uid, command.name, **command.content)
        statements, transactions = counters.statements()
        if outcome.work is not None:
            drain_commit(studio.backends, outcome.work)
        relay_statements, _ = counters.statements()
        writes, deletes = counters.billed()
    return Cost(statements, transactions, relay_statements, writes, deletes)


def _scenarios(studio: Studio) -> Iterator[tuple[str, Callable[[], Command]]]:
    """Titles, and what prepares the state for a command and gives the command."""
    hours = iter(range(24, 10_000))
    single = studio.add_service("trainer0", name="Single")
    group = studio.add_service("trainer0", name="Group", capacity=8)

    def booking(service: str = single, client: str = "client0") -> dict[str, Any]:
        return {"service_id": service, "starts_at": slot(next(hours)).isoformat()} | {"client": client}

    def book(content: dict[str, Any]) -> Command:
        content = dict(content)
        return Command(content.pop("client"), "bookings.book_session", content)

    def perform(command: Command) -> dict[str, Any]:
        outcome = studio.run(command.uid, command.name, **command.content)
        assert outcome.work is not None  # just now, for the first time
        drain_commit(studio.backends, outcome.work)
        result: dict[str, Any] = outcome.answer["result"]
        return result

    def booked(**content: Any) -> dict[str, Any]:
        command = book(booking(**content))
        return perform(command)

    def second_seat() -> Command:
        first = booked(service=group)
        return book({"service_id": group, "starts_at": first["starts_at"], "client": "client1"})

    def refused() -> Command:
        first = booked()
        return book({"service_id": single, "starts_at": first["starts_at"], "client": "client1"})

    def repeated() -> Command:
        command = book({**booking(), "command_id": str(uuid4())})
        perform(command)
        return command

    def cancel() -> Command:
        return Command("client0", "bookings.cancel_booking", {"booking_id": booked()["booking_id"]})

    def move() -> Command:
        content = {"booking_id": booked()["booking_id"], "starts_at": slot(next(hours)).isoformat()}
        return Command("client0", "bookings.reschedule_booking", content)

    def hold() -> Command:
        content = booking()
        return Command(content.pop("client"), "bookings.hold_slot", content)

    def confirm() -> Command:
        return Command("client0", "bookings.confirm_hold", {"booking_id": perform(hold())["booking_id"]})

    yield _BOUNDED, lambda: book(booking())
    yield "book the second seat of a group", second_seat
    yield "book a slot that is taken (refused)", refused
    yield "send a booking again (same command id)", repeated
    yield "cancel a booking", cancel
    yield "move a booking", move
    yield "hold a slot", hold
    yield "book what is held", confirm
