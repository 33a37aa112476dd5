"""The edge opens and commits, through `db`; everything below it receives the transaction and never ends it."""

import pytest

from tests.architecture.source import Module, calls_of, courtside_modules, planted

ENDS_OR_OPENS = frozenset({"commit", "rollback", "connect"})
# LISTEN needs a connection of its own, for as long as the worker lives.
EXCEPTIONS = {"courtside.relay.worker": frozenset({"connect"})}


def violations(module: Module) -> list[str]:
    if module.name.startswith("courtside.db."):
        return []
    called = calls_of(module) & ENDS_OR_OPENS - EXCEPTIONS.get(module.name, frozenset())
    return [f"{module} calls {name}" for name in sorted(called)]


def test_only_db_opens_and_ends_transactions() -> None:
    assert [violation for module in courtside_modules() for violation in violations(module)] == []


def test_every_exception_is_needed() -> None:
    needed = {module.name: calls_of(module) & ENDS_OR_OPENS for module in courtside_modules()}

    assert {name: needed[name] for name in EXCEPTIONS} == EXCEPTIONS


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("courtside.bookings.service", "uow.connection.commit()"),
        ("courtside.bookings.store", "connection.rollback()"),
        ("courtside.edge.dispatch", "psycopg.connect(url)"),
        ("courtside.relay.worker", "connection.commit()"),
        ("courtside.relay.drain", "from psycopg import connect\nconnect(url)"),
    ],
)
def test_violation_would_be_caught(module: str, text: str) -> None:
    assert violations(planted(module, text))
