"""File names come from one vocabulary, and each file says in its first line what it is for."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.architecture.source import FUNCTIONS, ROOT, Module, modules_in, planted
from tests.architecture.test_imports import DOMAINS

VOCABULARY = frozenset(
    {"__init__", "api", "schemas", "service", "policy", "model", "events", "store", "projection"}
)
# Nouns of the domains, each a concept that its users would recognise; a gateway bears the name of what it reaches.
NOUNS = {
    "availability": frozenset(
        {
            "calendar",
            "caps",
            "explanation",
            "hours",
            "openings",
            "resources",
            "search",
            "slots",
            "spans",
            "time_off",
            "wallclock",
        }
    ),
    "bookings": frozenset(
        {
            "achievements",
            "charges",
            "classes",
            "completion",
            "conflicts",
            "expiry",
            "holds",
            "icalendar",
            "moves",
            "penalties",
            "prospects",
            "locks",
            "offers",
            "payment",
            "recurrence",
            "refusals",
            "requests",
            "seats",
            "series",
            "waitlist",
        }
    ),
    "credits": frozenset({"ledger"}),
    "identity": frozenset(
        {"admin", "audit", "claims", "firebase_auth", "first_admin"}
        | {"federation", "issuers", "key_rings", "key_sets", "strict_json", "tokens", "verification"}
    ),
    "monitoring": frozenset({"otlp", "recorder", "tally", "telemetry"}),
    "notifications": frozenset(
        {
            "webhooks",
            "endpoints",
            "reminders",
            "types",
            "messages",
            "catalogue",
            "formats",
            "rendering",
            "letters",
            "pages",
        }
        | {"unsubscribing", "groups", "digests", "broadcasts", "fan_out"}
        | {"deliveries", "circumstances", "outcomes", "pushes", "breaker", "fcm", "posting", "smtp"}
        | {"plan", "quiet", "limits", "settings", "installations", "inbox", "explanation"}
        | {"rollups", "statistics", "overview", "overview_schemas", "receipts"}
    ),
    "privacy": frozenset({"erasure", "export", "redaction"}),
    "reviews": frozenset({"disputes", "ratings"}),
    "trainers": frozenset({"policies"}),
}
# Names that say nothing of what is inside, so that everything ends up inside.
EMPTY_NAMES = re.compile(r"(.*_)?(utils?|common|helpers?|manager|misc|base|stuff|tools?|shared|impl|lib)\Z")
FOLDERS = ("functions", "emulator", "local", "seed", "benches", "tests")


def foreign_names(modules: Iterable[Module]) -> list[str]:
    """Modules of a domain that are named neither from the vocabulary nor after one of its nouns."""
    found = []
    for module in modules:
        package, *rest = module.name.split(".")[1:] or [""]
        if package in DOMAINS and rest:
            known = VOCABULARY | NOUNS.get(package, frozenset())
            found += [f"{module}: not a word of {package}" for part in rest if part not in known]
    return found


def empty_names(modules: Iterable[Module]) -> list[str]:
    return [str(m) for m in modules if any(EMPTY_NAMES.match(part) for part in m.name.split("."))]


def without_opening_sentence(modules: Iterable[Module]) -> list[str]:
    """Modules whose docstring is missing, or does not open with one sentence in its first lines."""
    found = []
    for module in modules:
        opening = (ast.get_docstring(module.tree) or "").split("\n\n")[0]
        if not re.search(r"\w.*[.:]\Z", opening, re.DOTALL):
            found.append(str(module))
    return found


def root_of(folder: str) -> Path:
    """What the imports of a folder are relative to."""
    return FUNCTIONS if folder == "functions" else ROOT


def test_domains_use_one_vocabulary() -> None:
    assert foreign_names(modules_in("functions/courtside", FUNCTIONS)) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_name_says_something(folder: str) -> None:
    assert empty_names(modules_in(folder, root_of(folder))) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_opens_with_what_it_is_for(folder: str) -> None:
    assert without_opening_sentence(modules_in(folder)) == []


@pytest.mark.parametrize(
    "name", ["courtside.bookings.handlers", "courtside.reviews.views", "courtside.live.slots"]
)
def test_foreign_name_would_be_caught(name: str) -> None:
    assert foreign_names([planted(name, "")])


@pytest.mark.parametrize(
    "name", ["courtside.utils", "courtside.db.helpers", "tests.time_utils", "courtside.base"]
)
def test_empty_name_would_be_caught(name: str) -> None:
    assert empty_names([planted(name, "")])


@pytest.mark.parametrize("text", ["", "import re\n", '"""  """\n', '"""TODO"""\n'])
def test_file_without_a_sentence_would_be_caught(text: str) -> None:
    assert without_opening_sentence([planted("courtside.new", text)])
