"""Who changed what, before and after: read by admins, page by page, as rows or as CSV."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.identity.schemas import AuditFilter, AuditLine, AuditPage, CsvPage, ExportAudit, SearchAudit

_QUERIES = Queries(__package__, "audit.sql")

_COLUMNS = ("at", "actor", "command", "command_id", "request_id", "subject", "before", "after", "reason")
# What a spreadsheet may run as a formula when a cell begins with it, the full-width forms included.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class _Row:
    id: int
    at: datetime
    actor: str
    command: str
    command_id: UUID
    request_id: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None


def search(reader: Reader, asked: SearchAudit) -> AuditPage:
    """A page of lines, oldest first; `next_cursor` is None on the last one."""
    rows, next_cursor = _page(reader, asked)
    lines = [AuditLine(**{name: getattr(row, name) for name in _COLUMNS}) for row in rows]
    return AuditPage(lines=lines, next_cursor=next_cursor)


def export(reader: Reader, asked: ExportAudit) -> CsvPage:
    """A page of lines as CSV (RFC 4180); the first page carries the header, and the mark if it is wanted."""
    rows, next_cursor = _page(reader, asked)
    is_first = asked.cursor is None
    table = [_COLUMNS] if is_first else []
    text = to_csv([*table, *([_cell(getattr(row, name)) for name in _COLUMNS] for row in rows)])
    mark = _BYTE_ORDER_MARK if is_first and asked.byte_order_mark else ""
    return CsvPage(csv=mark + text, next_cursor=next_cursor)


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV; a cell that a spreadsheet would run as a formula is written with an apostrophe before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return buffer.getvalue()


def _harmless(cell: str) -> str:
    # Spreadsheets skip blanks before they look.
    return f"'{cell}" if (cell.lstrip(" \u00a0\u3000") or " ")[0] in _FORMULA_STARTS else cell


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case _:
            return str(value)


def _page(reader: Reader, asked: AuditFilter) -> tuple[Sequence[_Row], str | None]:
    rows = reader.list(
        _QUERIES["list_audit"],
        _Row,
        after_id=int(asked.cursor or 0),
        subject=asked.subject,
        actor=asked.actor,
        command=asked.of_command,
        since=asked.since,
        until=asked.until,
        limit=asked.limit + 1,
    )
    page = rows[: asked.limit]
    return page, str(page[-1].id) if len(rows) > asked.limit else None
