"""Imports run one way: leaves ← db, firestore ← edge ← domains ← relay ← main; core ← rules ← transports."""

from collections.abc import Iterable, Mapping

import pytest

from tests.architecture.source import FUNCTIONS, Module, courtside_modules, imports_of, modules_in, planted

Graph = Mapping[str, frozenset[str]]

LEAVES = frozenset(
    {"actors", "config", "crash_points", "errors", "events", "fields", "histogram", "ids", "names"}
    | {"observer", "outgoing", "spreadsheet"}
)
BASE = LEAVES | {"db", "firestore"}
DOMAIN = BASE | {"edge"}

LOOKED_AT = frozenset(
    {"identity", "trainers", "availability", "credits", "bookings", "reviews", "standing", "live", "schedule"}
)
ONLOOKERS = frozenset({"notifications", "analytics"})
# Besides what happens and is: the callable on which every domain registers.
ONLOOKERS_SEE = frozenset({"events", "model", "admin"})
# Looks through all of them, for what they hold of a person.
DOMAINS = LOOKED_AT | ONLOOKERS | {"monitoring", "privacy"}

# Package or module of `courtside` → what else of `courtside` it may import.
COURTSIDE: Graph = {
    **{leaf: LEAVES - {leaf} for leaf in LEAVES},
    "db": LEAVES,
    "firestore": LEAVES,
    "backends": BASE,
    "edge": BASE | {"backends"},
    "identity": DOMAIN,
    "trainers": DOMAIN | {"identity"},
    "availability": DOMAIN | {"identity", "trainers"},
    "credits": DOMAIN | {"identity", "trainers"},
    "bookings": DOMAIN | {"identity", "trainers", "availability", "credits"},
    "reviews": DOMAIN | {"identity", "trainers", "availability", "credits", "bookings"},
    "standing": DOMAIN | {"identity", "trainers"},
    "live": DOMAIN | {"identity"},
    "schedule": DOMAIN | {"identity"},
    # Of the domains that these look at, only what ONLOOKERS_SEE.
    "notifications": DOMAIN | LOOKED_AT,
    "analytics": DOMAIN | LOOKED_AT,
    "monitoring": DOMAIN | {"backends"},
    "privacy": DOMAIN | LOOKED_AT,
}
# May import anything of `courtside`; nobody imports them.
TOP = frozenset({"relay", "__main__"})

# Of these, domains need one door each.
DOORS = {"edge": frozenset({"commands"}), "firestore": frozenset({"values"})}
# An operator's command line is an edge of its own.
ENTRY_POINTS = frozenset({"courtside.identity.first_admin"})

# Who may import a library at all; every other library is everybody's.
LIBRARIES: Graph = {
    "firebase_functions": frozenset({"edge"}),
    "firebase_admin": frozenset({"edge", "identity", "notifications"}),
    "flask": frozenset({"edge"}),
    "werkzeug": frozenset({"edge"}),
    "psycopg_pool": frozenset({"db"}),
    "psycopg": frozenset({"db", "edge", "relay"}),
    "grpc": frozenset({"firestore"}),
    # The edge for the errors that firebase_admin lets through.
    "jwt": frozenset({"identity", "edge"}),
    "opentelemetry": frozenset({"monitoring"}),
    "google": frozenset({"firestore", "edge", "notifications"}),
}
# Not a connection, but the type of a value: stores need it to pass JSON.
EVERYBODYS = frozenset({"psycopg.types.json", "psycopg.types.json.Jsonb"})
# The repository's other folders, which are not deployed.
UNDEPLOYED = frozenset({"emulator", "local", "seed", "tests", "benches", "main"})

# What the emulator's parts may import of each other; those that are not named here lie between core and transports.
EMULATOR: Graph = {
    "wire": frozenset(),
    "core": frozenset({"wire"}),
    "rules": frozenset({"wire", "core"}),
}
# May import anything of `emulator`; nobody but the server imports the transports.
EMULATOR_TOP = frozenset({"server", "__main__"})
EMULATOR_ABOVE = EMULATOR_TOP | {"transports"}


def part_of(name: str, package: str) -> str | None:
    """`db` of `courtside.db.pool`, "" of `courtside` itself, None of what is not of the package."""
    head, *rest = name.split(".")
    if head != package:
        return None
    return rest[0] if rest else ""


def violations(module: Module, package: str, graph: Graph, top: frozenset[str]) -> list[str]:
    """What a module imports against the graph of its package."""
    own = part_of(module.name, package) or ""
    if own in top or not own:
        return []
    if own not in graph:
        return [f"{module}: {own} has no place in the graph yet"]
    parts = {part_of(name, package) for name in imports_of(module)} - {None, "", own}
    return [f"{module} imports {package}.{part}" for part in sorted(filter(None, parts - graph[own]))]


def courtside_violations(module: Module) -> list[str]:
    """What a module of `courtside` imports against the frame."""
    own = part_of(module.name, "courtside") or ""
    found = violations(module, "courtside", COURTSIDE, TOP)
    imported = imports_of(module)
    found += [f"{module} imports {name}" for name in sorted(imported) if name.split(".")[0] in UNDEPLOYED]
    for library, importers in LIBRARIES.items():
        names = {name for name in imported - EVERYBODYS if name.split(".")[0] == library}
        if names and own not in importers:
            found.append(f"{module} imports {library}")
    if own in DOMAINS and module.name not in ENTRY_POINTS:
        found += _through_other_doors(module, own)
    return found


def _through_other_doors(module: Module, own: str) -> list[str]:
    found = []
    for name in sorted(imports_of(module)):
        part, *rest = name.split(".")[1:] or [""]
        if part_of(name, "courtside") is None or not rest:
            continue
        if part in DOORS and rest[0] not in DOORS[part]:
            found.append(f"{module} imports {name}")
        if own in ONLOOKERS and part in DOMAINS - {own} and rest[0] not in ONLOOKERS_SEE:
            found.append(f"{module} imports {name}")
    return found


def all_violations(modules: Iterable[Module]) -> list[str]:
    return [violation for module in modules for violation in courtside_violations(module)]


def test_imports_of_what_is_deployed_run_one_way() -> None:
    assert all_violations(courtside_modules()) == []


def test_main_imports_what_is_deployed_and_nothing_else_of_the_repository() -> None:
    main = Module.read(FUNCTIONS / "main.py", FUNCTIONS)

    assert {name.split(".")[0] for name in imports_of(main)} == {"courtside"}


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("courtside.errors", "from courtside.db.pool import LazyPool"),
        ("courtside.db.pool", "from courtside.edge.logs import configure_logs"),
        ("courtside.db.pool", "import courtside.bookings.service"),
        ("courtside.firestore.writer", "from courtside.db import outbox"),
        ("courtside.edge.auth", "from courtside.identity.store import list_users"),
        ("courtside.identity.service", "from courtside.trainers import service"),
        ("courtside.availability.store", "from courtside.bookings.model import Booking"),
        ("courtside.live.service", "from courtside.bookings.model import Booking"),
        ("courtside.bookings.service", "from courtside.notifications.service import notify"),
        ("courtside.bookings.service", "from courtside.relay.drain import carry_out"),
        ("courtside.edge.callables", "from courtside.relay import jobs"),
        ("courtside.bookings.service", "def late() -> None:\n    from courtside.relay import jobs"),
        ("courtside.notifications.service", "from courtside.bookings.store import list_bookings"),
        ("courtside.notifications.service", "from courtside.bookings import store"),
        ("courtside.notifications.service", "from courtside.relay.feeds import FEED"),
        ("courtside.bookings.api", "from firebase_functions import https_fn"),
        ("courtside.relay.jobs", "from firebase_functions import https_fn"),
        ("courtside.bookings.api", "from flask import Request"),
        ("courtside.bookings.api", "from courtside.edge.callables import Runtime"),
        ("courtside.bookings.projection", "from courtside.firestore.client import FirestoreConnection"),
        ("courtside.bookings.store", "import psycopg"),
        ("courtside.bookings.store", "from psycopg import Connection"),
        ("courtside.bookings.store", "from google.cloud import firestore"),
        ("courtside.bookings.store", "import psycopg_pool"),
        ("courtside.relay.drain", "from opentelemetry import trace"),
        ("courtside.config", "from local.ports import free_port"),
        ("courtside.edge.auth", "import tests.world"),
        ("courtside.relay.jobs", "from seed.plan import people"),
        ("courtside.relay.jobs", "import emulator.core"),
        ("courtside.bookings.api", "import main"),
        ("courtside.bookings.service", "from courtside.privacy.service import delete_account"),
        ("courtside.privacy.erasure", "from courtside.relay.subscriptions import react"),
        ("courtside.helpers", "import re"),
    ],
)
def test_violation_would_be_caught(module: str, line: str) -> None:
    assert all_violations([planted(module, line)])


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("courtside.bookings.store", "from psycopg.types.json import Jsonb"),
        ("courtside.bookings.api", "from courtside.edge.commands import Commands"),
        ("courtside.notifications.policy", "from courtside.bookings.events import SessionBooked"),
        ("courtside.notifications.policy", "from courtside.bookings import events"),
        ("courtside.relay.documents", "from courtside.bookings.store import list_bookings"),
        ("courtside.privacy.erasure", "from courtside.bookings.moves import cancel"),
    ],
)
def test_what_is_allowed_is_not_caught(module: str, line: str) -> None:
    assert all_violations([planted(module, line)]) == []


def test_relative_imports_are_refused() -> None:
    with pytest.raises(ValueError, match="relative"):
        imports_of(planted("courtside.db.pool", "from ..edge import logs"))


def emulator_violations(module: Module) -> list[str]:
    """What a module of `emulator` imports against the order of its parts."""
    own = part_of(module.name, "emulator") or ""
    if own in EMULATOR:
        return violations(module, "emulator", EMULATOR, frozenset())
    forbidden = EMULATOR_TOP if own == "transports" else EMULATOR_ABOVE - {own}
    if own in EMULATOR_TOP:
        return []
    parts = {part_of(name, "emulator") or "" for name in imports_of(module)}
    return [f"{module} imports emulator.{part}" for part in sorted(parts & forbidden)]


def test_imports_of_the_emulator_run_one_way() -> None:
    assert [violation for module in modules_in("emulator") for violation in emulator_violations(module)] == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("emulator.core.database", "from emulator.transports.port import open_port"),
        ("emulator.core.database", "from emulator.rules.ruleset import Ruleset"),
        ("emulator.core.database", "from emulator import service"),
        ("emulator.rules.ruleset", "from emulator.transports import port"),
        ("emulator.service.service", "import emulator.transports.port"),
        ("emulator.wire", "from emulator.core.errors import Code"),
        ("emulator.transports.port", "from emulator.server import serving"),
    ],
)
def test_violation_in_the_emulator_would_be_caught(module: str, line: str) -> None:
    assert emulator_violations(planted(module, line))


def test_emulator_knows_nothing_of_the_product_or_its_tests() -> None:
    foreign = {"courtside", "main", "local", "seed", "tests", "benches"}
    heads = {
        (str(module), name.split(".")[0]) for module in modules_in("emulator") for name in imports_of(module)
    }

    assert [pair for pair in sorted(heads) if pair[1] in foreign] == []


def test_nothing_but_tests_imports_tests() -> None:
    folders = ("functions", "emulator", "local", "seed", "benches")
    modules = [module for folder in folders for module in modules_in(folder)]

    assert [str(m) for m in modules if any(name.split(".")[0] == "tests" for name in imports_of(m))] == []
