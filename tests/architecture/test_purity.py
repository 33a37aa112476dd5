"""Decisions are pure: what policies and projections answer follows from their arguments alone."""

import ast
from collections.abc import Iterable

import pytest

from tests.architecture.source import Module, courtside_modules, imports_of, planted
from tests.architecture.test_imports import DOMAINS, LIBRARIES

PURE = frozenset(
    {"policy", "projection", "model", "events"}
    | {"calendar", "hours", "slots", "spans", "wallclock"}
    | {"penalties", "policies", "recurrence", "histogram", "tally"}
    | {"types", "formats", "rendering", "letters", "outcomes"}
    | {"plan", "quiet", "limits"}
)
# Modules that know the time, chance, the machine or the world outside.
IMPURE_MODULES = frozenset(
    {
        "time",
        "random",
        "secrets",
        "os",
        "sys",
        "subprocess",
        "socket",
        "threading",
        "asyncio",
        "logging",
        "urllib",
    }
    | {"courtside.ids", "courtside.config", "courtside.backends", "courtside.db", "courtside.edge"}
    | {library for library in LIBRARIES}
)
IMPURE_CALLS = frozenset(
    {"now", "utcnow", "today", "uuid1", "uuid4", "new_id", "open", "print", "input", "getenv"}
)


def impurities(module: Module) -> list[str]:
    """What a module imports or calls that its arguments do not decide."""
    found = [
        f"{module} imports {name}"
        for name in sorted(imports_of(module))
        if any(name == impure or name.startswith(f"{impure}.") for impure in IMPURE_MODULES)
    ]
    return found + [f"{module} uses {name}" for name in sorted(_names_used(module.tree) & IMPURE_CALLS)]


def _names_used(tree: ast.Module) -> set[str]:
    """Functions that are called, or handed on such as `default_factory=uuid4`."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {_last_name(call.func) for call in calls}
    handed_on = {
        _last_name(value) for call in calls for value in (*call.args, *(k.value for k in call.keywords))
    }
    # As an argument it is a time that somebody else has read off the clock.
    return called | handed_on - {"now"}


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def pure_modules(modules: Iterable[Module]) -> list[Module]:
    return [
        m for m in modules if (parts := m.name.split("."))[1:2] and parts[1] in DOMAINS and parts[-1] in PURE
    ]


def test_decisions_depend_on_their_arguments_alone() -> None:
    modules = pure_modules(courtside_modules())

    assert [impurity for module in modules for impurity in impurities(module)] == []
    assert len(modules) > 15


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "from random import random",
        "from courtside.ids import new_id",
        "from courtside.db.reader import Reader",
        "import psycopg",
        "from datetime import datetime\nnow = datetime.now()",
        "from datetime import datetime, UTC\nnow = datetime.now(UTC)",
        "from datetime import date\nnow = date.today()",
        "from uuid import uuid4\nid = uuid4()",
        "import uuid\nid = uuid.uuid4()",
        "from dataclasses import field\nfrom uuid import uuid4\nid = field(default_factory=uuid4)",
        "text = open('x').read()",
    ],
)
def test_impurity_would_be_caught(text: str) -> None:
    assert impurities(planted("courtside.bookings.policy", text))


def test_time_that_is_handed_in_is_pure() -> None:
    text = "def decide(now: int) -> bool:\n    return now > 5\n\nmoment = 5\ndecide(now=moment)\ndecide(uow.now)\n"

    assert impurities(planted("courtside.bookings.policy", text)) == []
