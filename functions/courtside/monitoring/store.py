"""SQL of monitoring: what processes counted, workers' heartbeats, and the reports made of both."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.monitoring.model import (
    Counted,
    DatabaseClock,
    Due,
    HealthReport,
    Quarantined,
    Retries,
    WebhooksWaiting,
    WorkerSeen,
)
from courtside.monitoring.tally import Tally

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class _Time:
    at: datetime


def read_clock(reader: Reader) -> DatabaseClock:
    """The database's time, off by half a round trip at most."""
    before = time.monotonic()
    row = reader.find(_QUERIES["read_time"], _Time)
    assert row is not None  # the query always gives one row
    return DatabaseClock(row.at, (before + time.monotonic()) / 2)


def save_tally(reader: Reader, process: UUID, tally: Tally) -> None:
    """Write what a process has counted, over what it has written before."""
    if latencies := tally.latencies():
        reader.execute(_QUERIES["save_latencies"], process=process, rows=Jsonb(latencies))
    if retries := tally.retries():
        reader.execute(_QUERIES["save_retries"], process=process, rows=Jsonb(retries))


def save_worker(reader: Reader, process: UUID, name: str, seen_at: datetime) -> None:
    """Note when a worker last came round."""
    reader.execute(_QUERIES["save_worker"], process=process, name=name, seen_at=seen_at)


def list_counted(reader: Reader, *, window_seconds: float) -> Sequence[Counted]:
    """How often each duration was counted in the last minutes, by kind, step and bucket."""
    return reader.list(_QUERIES["list_counted"], Counted, window_seconds=window_seconds)


def list_retries(reader: Reader, *, window_seconds: float) -> Sequence[Retries]:
    """How many attempts failed in the last minutes, by kind."""
    return reader.list(_QUERIES["list_retries"], Retries, window_seconds=window_seconds)


def list_workers(reader: Reader) -> Sequence[WorkerSeen]:
    """Every worker of the last hour."""
    return reader.list(_QUERIES["list_workers"], WorkerSeen)


def count_webhooks(reader: Reader) -> int:
    """How many messages wait for their receivers."""
    waiting = reader.find(_QUERIES["count_webhooks"], WebhooksWaiting)
    assert waiting is not None  # the query always gives one row
    return waiting.count


def count_due(reader: Reader) -> Due:
    """What the lanes have before them."""
    due = reader.find(_QUERIES["count_due"], Due)
    assert due is not None  # the query always gives one row
    return due


def count_quarantined(reader: Reader) -> int:
    """How many installations are not sent to until somebody has looked."""
    found = reader.find(_QUERIES["count_quarantined"], Quarantined)
    return found.count if found is not None else 0


def claim_report(reader: Reader, service: str, *, fresh_seconds: float) -> bool:
    """Whether it is time for a report and nobody else is making it."""
    return reader.execute(_QUERIES["claim_report"], service=service, fresh_seconds=fresh_seconds) > 0


def save_report(reader: Reader, service: str, report: dict[str, Any]) -> None:
    """Write a service's health; times in it as ISO text under names that end in `_at`."""
    reader.execute(_QUERIES["save_report"], service=service, report=Jsonb(report))


def list_reports(reader: Reader, services: Sequence[str]) -> Sequence[HealthReport]:
    """The last report of each service that has one."""
    return reader.list(_QUERIES["list_reports"], HealthReport, services=list(services))


def prune(reader: Reader) -> None:
    """Forget what no report covers any more."""
    for query in ("prune_latencies", "prune_retries", "prune_workers"):
        reader.execute(_QUERIES[query])
