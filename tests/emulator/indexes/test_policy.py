"""Through the client library: undeclared indexes are refused with the entry to add, which then helps."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from emulator.core.clock import CommitClock
from emulator.core.database import Database
from emulator.core.errors import Code
from emulator.core.errors import FailedPrecondition as Refused
from emulator.core.listen.registry import Listeners
from emulator.core.paths import parse_database
from emulator.indexes.definitions import IndexDefinitions
from emulator.indexes.policy import IndexPolicy, Strictness
from emulator.wire import TargetChange
from tests.emulator.databases import parsed, structured_query
from tests.emulator.indexes.declared import composite, definitions, override
from tests.emulator.process import ROOT, started
from tests.emulator.replica import Replica
from tests.emulator.values import DATABASE

NEEDS_INDEX = parsed(structured_query("a", ("x", "==", 1), [("y", 1)]))


def entry_to_add(message: str) -> Any:
    """The JSON that a refusal offers."""
    return json.loads(message.partition("firestore.indexes.json: ")[2])


def refusal(declared: IndexDefinitions, query: Any) -> str:
    with pytest.raises(Refused) as refused:
        IndexPolicy(declared, Strictness.STRICT).check(query)
    return refused.value.message


def test_the_refusal_carries_the_entry_that_helps() -> None:
    message = refusal(definitions(), NEEDS_INDEX)

    assert message.startswith("The query requires an index.")
    assert "COLLECTION 'a' (x ASCENDING, y ASCENDING)" in message
    assert entry_to_add(message) == composite("x", "y")
    IndexPolicy(definitions(entry_to_add(message)), Strictness.STRICT).check(NEEDS_INDEX)


def test_an_index_of_one_field_is_offered_as_an_override_that_keeps_what_there_is() -> None:
    query = parsed(structured_query("a", ("x", "==", 1), all_descendants=True))

    message = refusal(definitions(), query)

    assert 'add to "fieldOverrides"' in message
    offered = entry_to_add(message)
    expected = override("x", "asc", "contains", "desc", "asc group")
    assert sorted(map(str, offered["indexes"])) == sorted(map(str, expected["indexes"]))
    IndexPolicy(definitions(overrides=[offered]), Strictness.STRICT).check(query)


def test_every_disjunct_that_lacks_one_is_named() -> None:
    query = parsed(structured_query("a", ("or", ("x", "==", 1), ("y", "==", 1)), [("z", -1)]))

    lines = refusal(definitions(), query).splitlines()[1:]

    assert [entry_to_add(line) for line in lines] == [composite("x", "z desc"), composite("y", "z desc")]


def test_a_warning_is_given_once(caplog: pytest.LogCaptureFixture) -> None:
    policy = IndexPolicy(definitions(), Strictness.WARN)

    policy.check(NEEDS_INDEX)
    policy.check(NEEDS_INDEX)

    assert len(caplog.records) == 1
    assert "The query requires an index." in caplog.text


def test_nothing_is_checked_when_it_is_off() -> None:
    IndexPolicy(definitions(), Strictness.OFF).check(NEEDS_INDEX)


def test_a_listener_of_an_undeclared_index_is_ended_with_the_reason() -> None:
    check = IndexPolicy(definitions(), Strictness.STRICT).check
    database = Database(parse_database(DATABASE), CommitClock(), check_indexes=check)
    replica = Replica(database, Listeners(database))

    replica.listen_query(structured_query("a", ("x", "==", 1), [("y", 1)]))

    (ended,) = (response.message.target_change for response in replica.take())
    assert ended.target_change_type == TargetChange.REMOVE
    assert ended.cause.code == Code.FAILED_PRECONDITION
    assert entry_to_add(ended.cause.message) == composite("x", "y")


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[firestore.Client]:
    """A client of an emulator with one declared index."""
    file = tmp_path / "firestore.indexes.json"
    file.write_text(json.dumps({"indexes": [composite("x", "y")]}))
    with started("--index-file", str(file)) as emulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", emulator.address)
        client = firestore.Client(project="demo-indexes", credentials=AnonymousCredentials())
        yield client
        client.close()


def test_queries_aggregations_and_listeners_are_checked(strict: firestore.Client) -> None:
    rooms = strict.collection("a")
    rooms.document("b").set({"x": 1, "y": 2, "z": 3})
    declared = rooms.where(filter=FieldFilter("x", "==", 1)).order_by("y")
    undeclared = rooms.where(filter=FieldFilter("x", "==", 1)).order_by("z")

    assert [room.id for room in declared.stream()] == ["b"]
    assert declared.count().get()[0][0].value == 1
    for ask in (undeclared.get, undeclared.count().get, declared.sum("z").get):
        with pytest.raises(FailedPrecondition, match="The query requires an index"):
            ask()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--index-file", "missing.json"], "error: --index-file: missing.json cannot be read"),
        (["--indexes", "loose"], "invalid"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], reason: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "emulator", "--port", "0", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert ended.returncode != 0
    assert reason in ended.stderr
