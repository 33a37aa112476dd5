"""What the counts by the hour say: of spans of time, by channel, type or hour, with durations and reasons."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.histogram import Histogram
from courtside.notifications.rollups import hour_of
from courtside.notifications.types import Channel, type_of

_QUERIES = Queries(__package__, "statistics.sql")

STATES = ("waiting", "held", "accepted", "failed", "dead", "merged", "cancelled")
TOLD_BACK = ("received", "shown", "clicked", "acted")
# Spans of the document: whole hours, the present one among them.
_SPANS = {"hour": timedelta(hours=1), "day": timedelta(hours=23), "week": timedelta(hours=167)}
_MOST_TYPES, _MOST_REASONS = 20, 100
QUANTILES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}


@dataclass(frozen=True)
class Span:
    """A stretch of time, in whole hours, of one type or channel if it is named."""

    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Filter:
    """Of which types and channels; None is all."""

    type: str | None = None
    channel: str | None = None


EVERYTHING = Filter()


@dataclass(frozen=True)
class Counts:
    """What became of the notifications of a span on a channel; `key` is a type, an hour, or empty."""

    span: str
    channel: str
    key: str
    waiting: int
    held: int
    accepted: int
    failed: int
    dead: int
    merged: int
    cancelled: int
    received: int
    shown: int
    clicked: int
    acted: int

    @property
    def planned(self) -> int:
        """All of them."""
        return sum(getattr(self, state) for state in STATES)


@dataclass(frozen=True)
class Reason:
    """Why so many of a span are in a state, `state:reason`."""

    span: str
    channel: str
    reason: str
    count: int


@dataclass(frozen=True)
class _Bucket:
    span: str
    channel: str
    key: str
    what: str
    bucket: int
    count: int


@dataclass(frozen=True)
class _Counted:
    now: datetime
    counted_at: datetime | None


@dataclass(frozen=True)
class Queue:
    """What waits on a channel: due now and since when, held for later; until when it is left alone, and why."""

    channel: str
    due: int
    held: int
    oldest_due_at: datetime | None
    until: datetime | None
    failing: bool


# Of (span, channel, key): `arrival` and `act`.
Durations = Mapping[tuple[str, str, str], Mapping[str, Histogram]]


def list_counts(
    reader: Reader, spans: Sequence[Span], by: str, only: Filter = EVERYTHING
) -> Sequence[Counts]:
    """Counts by span, channel and `type`, `hour` or `channel` alone."""
    return reader.list(_QUERIES["list_counts"], Counts, by=by, **_values(spans, only))


def list_durations(reader: Reader, spans: Sequence[Span], by: str, only: Filter = EVERYTHING) -> Durations:
    """Histograms of the time until it was accepted, and until its reader acted, by the same."""
    counted: dict[tuple[str, str, str], dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in reader.list(_QUERIES["list_durations"], _Bucket, by=by, **_values(spans, only)):
        counted[row.span, row.channel, row.key][row.what][row.bucket] = row.count
    return {
        key: {what: Histogram(buckets) for what, buckets in of_key.items()} for key, of_key in counted.items()
    }


def list_reasons(
    reader: Reader, spans: Sequence[Span], only: Filter = EVERYTHING, *, limit: int = _MOST_REASONS
) -> Sequence[Reason]:
    """The most frequent reasons of each span."""
    return reader.list(_QUERIES["list_reasons"], Reason, limit=limit, **_values(spans, only))


def read_counted(reader: Reader) -> tuple[datetime, datetime | None]:
    """The present time, and when something was counted last."""
    counted = reader.find(_QUERIES["read_counted"], _Counted)
    assert counted is not None  # the query always gives one row
    return counted.now, counted.counted_at


def quantiles(histogram: Histogram) -> dict[str, Any]:
    """`{count, p50_ms, p95_ms, p99_ms}`, three digits: all that a bucket knows."""
    found = {name: histogram.quantile(share) or 0.0 for name, share in QUANTILES.items()}
    in_ms = {name: float(f"{seconds * 1000:.3g}") for name, seconds in found.items()}
    return {"count": len(histogram), **in_ms}


def report(reader: Reader) -> dict[str, Any]:
    """What `stats/notifications` shows; times as ISO text under names that end in `_at`."""
    now, counted_at = read_counted(reader)
    end = hour_of(now) + timedelta(hours=1)
    spans = [Span(name, hour_of(now) - length, end) for name, length in _SPANS.items()]
    by = {key: list_counts(reader, spans, key) for key in ("channel", "type", "hour")}
    durations, reasons = list_durations(reader, spans, "channel"), list_reasons(reader, spans)
    return {
        "counted_at": None if counted_at is None else counted_at.isoformat(),
        "channels": {row.channel: _queue(row, now) for row in list_queues(reader)},
        **{
            span.name: {
                "since_at": span.since.isoformat(),
                "channels": {
                    row.channel: {**_counts(row), **_durations(durations, row)}
                    for row in by["channel"]
                    if row.span == span.name
                },
                "types": _types([row for row in by["type"] if row.span == span.name]),
                "hours": _hours([row for row in by["hour"] if row.span == span.name]),
                "reasons": [
                    {"channel": row.channel, "reason": row.reason, "count": row.count}
                    for row in reasons
                    if row.span == span.name
                ],
            }
            for span in spans
        },
    }


def list_queues(reader: Reader) -> list[Queue]:
    """Each channel, also where nothing waits."""
    found = {row.channel: row for row in reader.list(_QUERIES["list_queues"], Queue)}
    idle = Queue("", 0, 0, None, None, failing=False)
    return [found.get(name) or replace(idle, channel=name) for name in sorted({*found, *Channel})]


def save_pause(reader: Reader, breaker: UUID, channel: str, *, seconds: float, failing: bool) -> None:
    """Note that a process sends nothing on a channel for so long; nothing to note is the end of it."""
    if seconds or failing:
        reader.execute(
            _QUERIES["save_pause"], breaker=breaker, channel=channel, seconds=seconds, failing=failing
        )
    else:
        reader.execute(_QUERIES["end_pause"], breaker=breaker, channel=channel)


def _queue(row: Queue, now: datetime) -> dict[str, Any]:
    is_left_alone = row.until is not None and row.until > now
    breaker = ("open" if is_left_alone else "half_open") if row.failing else "closed"
    return {
        "due": row.due,
        "held": row.held,
        "oldest_due_at": None if row.oldest_due_at is None else row.oldest_due_at.isoformat(),
        "breaker": breaker,
        "paused_until_at": row.until.isoformat() if row.until is not None and is_left_alone else None,
    }


def _counts(row: Counts) -> dict[str, Any]:
    """Without what is nothing, which is most."""
    counts = {name: getattr(row, name) for name in (*STATES, *TOLD_BACK)}
    return {"planned": row.planned, **{name: count for name, count in counts.items() if count}}


def _durations(durations: Durations, row: Counts) -> dict[str, Any]:
    found = durations.get((row.span, row.channel, row.key), {})
    return {what: quantiles(histogram) for what, histogram in found.items()}


def _types(rows: Sequence[Counts]) -> list[dict[str, Any]]:
    """The most frequent types, each with its channels."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        found[row.key][row.channel] = _counts(row)
    frequent = sorted(found, key=lambda name: -max(counts["planned"] for counts in found[name].values()))
    return [
        {"type": name, "category": type_of(name).category.value, "channels": found[name]}
        for name in frequent[:_MOST_TYPES]
    ]


def _hours(rows: Sequence[Counts]) -> list[dict[str, Any]]:
    """Each hour in which something was told, the oldest first."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        found[row.key][row.channel] = _counts(row)
    return [{"hour_at": hour, "channels": channels} for hour, channels in found.items()]


def _values(spans: Sequence[Span], only: Filter) -> dict[str, Any]:
    return {
        "names": [span.name for span in spans],
        "sinces": [span.since for span in spans],
        "untils": [span.until for span in spans],
        "type": only.type,
        "channel": only.channel,
    }
