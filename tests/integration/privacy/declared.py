"""What `docs/privacy.md` says becomes of each column that can hold a text."""

import re
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[3] / "docs" / "privacy.md"
_ROW = re.compile(
    r"\| (?P<columns>(?:`[a-z_]+\.[a-z_]+` ?)+) \| (?P<fate>cleared|removed|kept) \| (?P<reason>.+) \|"
)


class Declared(NamedTuple):
    """One column's fate, and why."""

    column: str
    fate: str
    reason: str


def declared() -> list[Declared]:
    """Every column that the page lists, in its order."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if row := _ROW.fullmatch(line):
            columns = re.findall(r"`([^`]+)`", row["columns"])
            found += [Declared(column, row["fate"], row["reason"]) for column in columns]
    return found


def columns_that_are(*fates: str) -> set[str]:
    """The columns of these fates."""
    return {each.column for each in declared() if each.fate in fates}
