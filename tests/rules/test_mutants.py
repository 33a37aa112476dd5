"""Rules with one condition or constant wrong: the matrix notices every one of them."""

import sys

import pytest

from local.environment import ROOT
from tests.rules.matrix.kills import surviving
from tests.rules.matrix.mutants import mutants
from tests.rules.matrix.table import cases

TEXT = (ROOT / "firestore.rules").read_text(encoding="utf-8")


def test_every_mutant_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    made = mutants(TEXT)

    left = surviving(made, TEXT, cases())

    killed = len(made) - len(left)
    with capsys.disabled():
        sys.stdout.write(
            f"\nfirestore.rules: {killed} of {len(made)} mutants killed ({killed / len(made):.1%})\n"
        )
    assert list(map(str, left)) == []


def test_a_mutant_survives_where_no_case_tells_it_apart() -> None:
    unbounded, closed = "`request.query.limit <= most` → `true`", "`true` → `false`"
    made = [mutant for mutant in mutants(TEXT) if str(mutant).endswith((unbounded, closed))]
    gets_of_visitors = [
        case for case in cases() if case.actor.name == "visitor" and case.row.operation == "get"
    ]

    left = surviving(made, TEXT, gets_of_visitors)

    assert [str(mutant).split(" ", 1)[1] for mutant in left] == [unbounded]
    assert len(made) == 4


def test_conditions_and_constants_are_replaced_by_what_they_are_not() -> None:
    text = (
        "rules_version = '2'; service cloud.firestore { match /notes/{id} {"
        " allow get: if own() && (1 < 2 || id == 'a'); function own() { return true; } } }"
    )

    changes = [str(mutant).split(" ", 1)[1] for mutant in mutants(text)]

    assert changes == [
        "`own()` → `true`",
        "`own()` → `false`",
        "`own() && (1 < 2 || id == 'a')` → `true`",
        "`own() && (1 < 2 || id == 'a')` → `false`",
        "`1 < 2` → `true`",
        "`1 < 2` → `false`",
        "`1 < 2 || id == 'a'` → `true`",
        "`1 < 2 || id == 'a'` → `false`",
        "`id == 'a'` → `true`",
        "`id == 'a'` → `false`",
        "`1` → `2`",
        "`1` → `0`",
        "`2` → `3`",
        "`2` → `1`",
        "`'a'` → `'ax'`",
        "`true` → `false`",
    ]
