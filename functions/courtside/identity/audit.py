"""Who changed what, before and after: read by admins, page by page, as rows or as CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.identity.schemas import AuditFilter, AuditLine, AuditPage, CsvPage, ExportAudit, SearchAudit
from courtside.spreadsheet import BYTE_ORDER_MARK, cell_of, to_csv

_QUERIES = Queries(__package__, "audit.sql")

_COLUMNS = ("at", "actor", "command", "command_id", "request_id", "subject", "before", "after", "reason")


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
    text = to_csv([*table, *([cell_of(getattr(row, name)) for name in _COLUMNS] for row in rows)])
    mark = BYTE_ORDER_MARK if is_first and asked.byte_order_mark else ""
    return CsvPage(csv=mark + text, next_cursor=next_cursor)


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
