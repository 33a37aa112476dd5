"""How everybody is told, for staff: notifications by type, id and reason, without their content, and counts of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry
from courtside.notifications import statistics
from courtside.notifications.overview_schemas import (
    LONGEST,
    ListedDelivery,
    ListedNotification,
    ListNotifications,
    NextPage,
    NotificationPage,
    NotificationStats,
    ReasonRow,
    StatsRow,
    StatsView,
    Took,
)
from courtside.notifications.rollups import hour_of
from courtside.notifications.statistics import Counts, Durations, Filter, Span
from courtside.notifications.types import TYPES, Category, type_of
from courtside.spreadsheet import cell_of, to_csv

_QUERIES = Queries(__package__, "overview.sql")

_LISTED_DAYS, _COUNTED_DAYS = 31, 7
_MOST_REASONS = 1_000
_HOUR = timedelta(hours=1)
_LISTED = (
    *("created_at", "notification_id", "user_id", "type", "category", "priority", "receipt", "planned_at"),
    *("read_at", "archived_at", "shown_at", "clicked_at", "acted_at", "deliveries"),
)
_COUNTED = ("key", "channel", "planned", *statistics.STATES, *statistics.TOLD_BACK)
_TIMED = ("arrival", "act")


@dataclass(frozen=True)
class _Row:
    notification_id: UUID
    user_id: str
    type: str
    priority: str
    receipt: bool
    created_at: datetime
    planned_at: datetime | None
    read_at: datetime | None
    archived_at: datetime | None
    shown_at: datetime | None
    clicked_at: datetime | None
    acted_at: datetime | None
    deliveries: list[dict[str, Any]]


def list_notifications(inquiry: Inquiry, asked: ListNotifications) -> NotificationPage:
    """A page of notifications, newest first."""
    since, until = _time(asked.since, asked.until, inquiry.now, _LISTED_DAYS)
    found = inquiry.list(
        _QUERIES["list_overview"],
        _Row,
        since=since,
        until=until,
        before_at=asked.before_at,
        before_id=asked.before_id,
        user_id=asked.user_id,
        types=_types(asked.type, asked.category),
        priority=asked.priority,
        channel=asked.channel,
        state=asked.state,
        text=asked.text,
        limit=asked.limit + 1,
    )
    rows = [_listed(row) for row in found[: asked.limit]]
    last, more = rows[-1:], None
    if last and len(found) > asked.limit:
        more = NextPage(before_at=last[0].created_at, before_id=last[0].notification_id)
    if asked.format == "rows":
        return NotificationPage(notifications=rows, csv=None, next_page=more)
    header = [_LISTED] if asked.before_at is None else []
    lines = [[_cell(row, name) for name in _LISTED] for row in rows]
    return NotificationPage(notifications=[], csv=to_csv([*header, *lines]), next_page=more)


def notification_stats(inquiry: Inquiry, asked: NotificationStats) -> StatsView:
    """Counts of a stretch of time, in whole hours."""
    since, until = _time(asked.since, asked.until, inquiry.now, _COUNTED_DAYS)
    span = Span("", hour_of(since), hour_of(until - timedelta(microseconds=1)) + _HOUR)
    only = Filter(asked.type, asked.channel)
    rows: list[StatsRow] = []
    reasons: list[ReasonRow] = []
    if asked.by == "reason":
        found = statistics.list_reasons(inquiry, [span], only, limit=_MOST_REASONS)
        reasons = [_reason(row.channel, row.reason, row.count) for row in found]
        table = [["channel", "state", "reason", "count"]]
        table += [[cell_of(cell) for cell in row.model_dump().values()] for row in reasons]
    else:
        durations = statistics.list_durations(inquiry, [span], asked.by, only)
        rows = [_stats(row, durations) for row in statistics.list_counts(inquiry, [span], asked.by, only)]
        table = [
            [*_COUNTED, *(f"{what}_{name}" for what in _TIMED for name in ("count", *statistics.QUANTILES))]
        ]
        table += [_line(row) for row in rows]
    is_csv = asked.format == "csv"
    return StatsView(
        since=span.since,
        until=span.until,
        counted_at=statistics.read_counted(inquiry)[1],
        rows=[] if is_csv else rows,
        reasons=[] if is_csv else reasons,
        csv=to_csv(table) if is_csv else None,
    )


def _time(
    since: datetime | None, until: datetime | None, now: datetime, days: int
) -> tuple[datetime, datetime]:
    """What is asked about, where either end may have been left out; never more than the longest."""
    until = until or now + _HOUR
    since = since or until - timedelta(days=days)
    return max(since, until - LONGEST), until


def _types(type_: str | None, category: Category | None) -> list[str] | None:
    if category is None:
        return None if type_ is None else [type_]
    return [name for name, its in TYPES.items() if its.category is category and type_ in (None, name)]


def _listed(row: _Row) -> ListedNotification:
    fields = {name: value for name, value in vars(row).items() if name != "deliveries"}
    deliveries = [ListedDelivery(**each) for each in row.deliveries]
    return ListedNotification(**fields, category=type_of(row.type).category.value, deliveries=deliveries)


def _cell(row: ListedNotification, name: str) -> str:
    if name != "deliveries":
        return cell_of(getattr(row, name))
    ways = [(each.channel, each.state, each.reason or each.last_error) for each in row.deliveries]
    return " ".join(":".join(filter(None, way)) for way in ways)


def _stats(row: Counts, durations: Durations) -> StatsRow:
    its = durations.get((row.span, row.channel, row.key), {})
    took = {what: Took(**statistics.quantiles(histogram)) for what, histogram in its.items()}
    counts: dict[str, Any] = {name: getattr(row, name) for name in _COUNTED}
    return StatsRow(**counts, arrival=took.get("arrival"), act=took.get("act"))


def _reason(channel: str, reason: str, count: int) -> ReasonRow:
    state, _, why = reason.partition(":")
    return ReasonRow(channel=channel, state=state, reason=why, count=count)


def _line(row: StatsRow) -> list[str]:
    took = [getattr(row, what) for what in _TIMED]
    nothing = [""] * (1 + len(statistics.QUANTILES))
    timed = [
        cell for each in took for cell in (map(cell_of, each.model_dump().values()) if each else nothing)
    ]
    return [*(cell_of(getattr(row, name)) for name in _COUNTED), *timed]
