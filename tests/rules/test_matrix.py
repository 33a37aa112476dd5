"""The declared verdicts: complete, each allow beside a deny, and what the rules engine says."""

from collections import defaultdict

import pytest

from courtside.relay.documents import collections
from emulator.rules.ruleset import Ruleset, compile_rules
from local.environment import ROOT
from tests.rules.matrix.actors import GROUPS
from tests.rules.matrix.documents import DOCUMENTS
from tests.rules.matrix.engine import judge
from tests.rules.matrix.table import OPERATIONS, Case, Row, cases, rows

RULES = ROOT / "firestore.rules"


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    ruleset = compile_rules(RULES.read_text(encoding="utf-8"))
    assert ruleset.issues == []
    return ruleset


def test_every_verdict_is_that_of_the_rules(ruleset: Ruleset) -> None:
    wrong = [
        f"{case}: {judge(ruleset, case)[0]}"
        for case in cases()
        if judge(ruleset, case)[0].allowed != case.allowed
    ]

    assert wrong == []


def test_no_operation_of_a_client_reads_more_than_one_other_document(ruleset: Ruleset) -> None:
    assert {str(case): reads for case in cases() if (reads := judge(ruleset, case)[1]) > 1} == {}


def test_what_everybody_may_read_reads_no_other_document(ruleset: Ruleset) -> None:
    public = [case for case in cases() if case.row.allowed == GROUPS["everyone"]]

    assert {judge(ruleset, case)[1] for case in public} == {0}


def test_every_collection_is_asked_for_every_operation() -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    for row in rows():
        asked[row.kind].add(row.operation)
    of_documents = {"/".join(path.split("/")[::2]) for path in DOCUMENTS}

    assert {
        kind: set(OPERATIONS) - asked[kind] for kind in of_documents if asked[kind] != set(OPERATIONS)
    } == {}


def test_every_collection_that_projections_fill_is_asked_for() -> None:
    asked = {row.kind.rsplit("/", 1)[-1] for row in rows()}

    assert set(collections()) - asked == set()


def test_no_row_is_declared_twice() -> None:
    described = [str(row) for row in rows()]

    assert len(set(described)) == len(described)


def test_what_a_row_changes_is_there_and_what_it_creates_is_not() -> None:
    for row in rows():
        if row.operation in ("update", "delete"):
            assert row.where in DOCUMENTS, row
        if row.operation == "create":
            assert row.where not in DOCUMENTS, row


def test_every_allow_has_a_neighbour_that_is_denied() -> None:
    alone = [
        str(case) for case in cases() if case.allowed and not (_to_another(case) and _of_the_same_actor(case))
    ]

    assert alone == []


def _to_another(case: Case) -> bool:
    """Whether the very same is denied to somebody; or it is a read for everybody."""
    return case.row.allowed != GROUPS["everyone"] or case.row.operation in ("get", "list")


def _of_the_same_actor(case: Case) -> bool:
    """Whether something close to it is denied to the same actor."""
    return any(case.actor.name not in row.allowed and _is_close(row, case.row) for row in rows())


def _is_close(row: Row, other: Row) -> bool:
    """Same kind of place, and one step away: another query or payload, another document, or another operation."""
    if row.kind != other.kind:
        return False
    match other.operation:
        case "list":
            return row.operation == "list" and row.what != other.what
        case "create" | "update":
            return row.operation == other.operation and (row.where == other.where) != (row.what == other.what)
    return row.operation != other.operation or row.where != other.where
