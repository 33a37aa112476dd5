"""The list of faults is complete, documented, and chosen from by number."""

from pathlib import Path

import pytest

from tests.faults.catalogue import NOT_INJECTED, Row, load_rows, parse_numbers

LAST_NUMBER = 40
DOCUMENT = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
ROWS = load_rows()


def test_every_fault_is_injected_or_says_why_not() -> None:
    numbers = {row.number for row in ROWS} | {absent.number for absent in NOT_INJECTED}

    assert numbers == set(range(1, LAST_NUMBER + 1))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.fault}")
def test_every_row_is_documented(row: Row) -> None:
    described = f"| {row.number} | {row.fault} | {row.injected} | {row.expected} | {row.invariants} |"

    assert described in DOCUMENT


def test_what_is_not_injected_is_documented() -> None:
    assert [absent.fault for absent in NOT_INJECTED if f"| {absent.fault} |" not in DOCUMENT] == []


@pytest.mark.parametrize(
    ("text", "numbers"), [("1", {1}), ("1,3", {1, 3}), ("2-4", {2, 3, 4}), ("1, 21-23", {1, 21, 22, 23})]
)
def test_rows_are_chosen_by_number(text: str, numbers: set[int]) -> None:
    assert parse_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "a", "1-", "-2", "1;2"])
def test_other_texts_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        parse_numbers(text)
