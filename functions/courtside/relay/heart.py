"""Heartbeats: a lease is short, so that others soon take over from the dead, and is extended while its holder lives.

A process that is killed or frozen stops beating; its leases end within a second instead of after the slowest call.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import psycopg

from courtside.db import outbox
from courtside.db.outbox import Work
from courtside.db.pool import LazyPool
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.errors import CourtsideError

log = logging.getLogger(__name__)

# Of a lease: two beats may come late before it ends.
_BEAT_SHARE = 1 / 3
# Without work for so long the thread ends; the next work starts another.
_IDLE_SECONDS = 5.0
# How late the thread may notice a new hold.
_TICK_SECONDS = 0.1
_LEAST_BEAT_SECONDS = 0.05


class _Hold:
    """Leased work that somebody in this process carries out."""

    def __init__(self, work: Work, lease_seconds: float) -> None:
        self.work = work
        self.lease_seconds = lease_seconds
        self.beat_seconds = max(_LEAST_BEAT_SECONDS, lease_seconds * _BEAT_SHARE)
        self.beat_at = time.monotonic() + self.beat_seconds


class Heart:
    """Extends what is held for longer than a third of its lease, from one thread of this process."""

    def __init__(self, pool: LazyPool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._holds: set[_Hold] = set()
        self._beating = False
        self._idle_since = 0.0

    @contextmanager
    def holding(self, work: Work, lease_seconds: float) -> Iterator[None]:
        """Keep work leased while the block runs. Most blocks are over before the first beat."""
        hold = _Hold(work, lease_seconds)
        with self._lock:
            self._holds.add(hold)
            if not self._beating:
                self._beating = True
                threading.Thread(target=self._beat, name="lease heart", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._holds.discard(hold)
                self._idle_since = time.monotonic()

    def _beat(self) -> None:
        while (pause := self._next_pause()) is not None:
            time.sleep(pause)
            now = time.monotonic()
            with self._lock:
                due = [hold for hold in self._holds if hold.beat_at <= now]
            for hold in due:
                hold.beat_at = now + hold.beat_seconds
                self._extend(hold)

    def _next_pause(self) -> float | None:
        """Seconds to the next beat; None, and the thread ends, when nothing was held for a while."""
        with self._lock:
            now = time.monotonic()
            if not self._holds and now > self._idle_since + _IDLE_SECONDS:
                self._beating = False
                return None
            return min([_TICK_SECONDS, *(max(0.0, hold.beat_at - now) for hold in self._holds)])

    def _extend(self, hold: _Hold) -> None:
        try:
            run_transaction(
                self._pool,
                lambda connection: outbox.extend_leases(
                    Reader(connection), hold.work, lease_seconds=hold.lease_seconds
                ),
                durable=False,
            )
        except (psycopg.Error, CourtsideError) as error:
            # The lease runs out, and whoever takes over finds out by its guards what was done.
            log.info("lease not extended", extra={"fields": {"error": type(error).__name__}})


_hearts: WeakKeyDictionary[LazyPool, Heart] = WeakKeyDictionary()
_hearts_lock = threading.Lock()


def heart_of(pool: LazyPool) -> Heart:
    """The heart of the process that owns this pool."""
    with _hearts_lock:
        if pool not in _hearts:
            _hearts[pool] = Heart(pool)
        return _hearts[pool]
