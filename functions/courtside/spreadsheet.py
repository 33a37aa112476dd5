"""Tables as CSV (RFC 4180) that a spreadsheet shows and never runs."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet may run as a formula when a cell begins with it, the full-width forms included.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV; a cell that a spreadsheet would run as a formula is written with an apostrophe before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return buffer.getvalue()


def cell_of(value: Any) -> str:
    """A value as the text of a cell: nothing for None, ISO for times, JSON for objects."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case _:
            return str(value)


def _harmless(cell: str) -> str:
    # Spreadsheets skip blanks before they look.
    return f"'{cell}" if (cell.lstrip(" \u00a0\u3000") or " ")[0] in _FORMULA_STARTS else cell
