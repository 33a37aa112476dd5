"""CSV that spreadsheets open without running anything."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.spreadsheet import to_csv

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u3000 "])
def test_a_formula_is_text(start: str, blank: str) -> None:
    (cell,) = next(csv.reader(io.StringIO(to_csv([[f"{blank}{start}cmd|' /C calc'!A0"]]), newline="")))

    assert cell.startswith("'")


@pytest.mark.parametrize("cell", ["", "Ada", "a=b", "2026-05-01T10:00:00+00:00", "'quoted'", 'ünï, "x"'])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert next(csv.reader(io.StringIO(to_csv([["x", cell]]), newline=""))) == ["x", cell]


def test_lines_end_as_the_standard_says() -> None:
    assert to_csv([["a", "b"], ["c,d", 'e"f']]) == 'a,b\r\n"c,d","e""f"\r\n'


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5)
)
def test_no_cell_is_lost_or_split(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(to_csv(rows), newline="")))

    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
