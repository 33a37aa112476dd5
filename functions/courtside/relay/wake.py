"""Wakes the worker: a NOTIFY on a connection of its own, so that it never takes part in a commit.

A NOTIFY inside every transaction was measured to halve the commit rate at 8 connections; here it is sent only
for what the edge leaves behind, and at most once in a while. The worker polls all the same.
"""

import threading
import time

from courtside.db.pool import LazyPool

CHANNEL = "relay_wake"
_LEAST_SECONDS_BETWEEN = 0.02

_lock = threading.Lock()
_last = 0.0


def wake_worker(pool: LazyPool, *, wait_seconds: float | None = None) -> None:
    """Tell whoever listens that something is due, unless that was told a moment ago.

    `wait_seconds` is how long to wait for a connection, where that is not as long as the pool says.
    """
    global _last
    with _lock:
        if time.monotonic() - _last < _LEAST_SECONDS_BETWEEN:
            return
        _last = time.monotonic()
    with pool.get().connection(wait_seconds) as connection:
        connection.execute(f"NOTIFY {CHANNEL}")
