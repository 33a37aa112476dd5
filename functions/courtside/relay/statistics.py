"""Counts how people were told, hour by hour, and has `stats/notifications` show it."""

import time
from datetime import datetime

from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.monitoring.service import publish_statistics
from courtside.notifications import rollups, statistics

NAME = "notifications"
# The document is written once a minute at most, however many ask for it; the clock asks a little early or late.
_FRESH_SECONDS = 55.0


def count_notifications(backends: Backends, *, until: float) -> int:
    """Count the hours that are due, each in a transaction of its own, until the monotonic time `until`; how many."""
    hours = run_transaction(
        backends.pool, lambda connection: rollups.list_hours(Reader(connection)), durable=False
    )
    counted = 0
    for hour in hours:
        if time.monotonic() >= until or not _count(backends, hour):
            break
        counted += 1
    run_transaction(backends.pool, lambda connection: _publish(Reader(connection)))
    return counted


def _count(backends: Backends, hour: datetime) -> bool:
    return run_transaction(backends.pool, lambda connection: rollups.count_hour(Reader(connection), hour))


def _publish(reader: Reader) -> None:
    publish_statistics(reader, NAME, lambda: statistics.report(reader), fresh_seconds=_FRESH_SECONDS)
