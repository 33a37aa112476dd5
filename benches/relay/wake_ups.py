"""Ways to wake the worker: what each does to the rate of commits, and how soon it has a commit on screens.

A commit is one notification of a client and the mark of its document. Nobody drains: it is all the worker's.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import psycopg

from benches.booking_sql import run_pgbench
from benches.relay.workers import running_workers, wait_until_drained
from benches.report import Latency
from benches.streams import streaming
from benches.studio import PROJECT, Studio
from courtside.relay.wake import CHANNEL, wake_worker

_INBOX = "users/client0/inbox"
_COMMIT = f"""
WITH made AS MATERIALIZED (SELECT gen_random_uuid() AS id),
added AS (
    INSERT INTO notifications (id, user_id, type, payload, dedupe_key, created_at)
    SELECT id, 'client0', 'session.booked', '{{}}', id::text, now() FROM made
)
INSERT INTO projection (path, want, wanted_at, next_at)
SELECT '{_INBOX}/' || id, 1, clock_timestamp(), clock_timestamp() FROM made;
"""
_WANTED = "SELECT path, wanted_at FROM projection WHERE path LIKE %s"
_FORGET = "DELETE FROM projection WHERE path LIKE %s"
# What several edges together send at most: each waits as long between two wake-ups.
_WAKE_SECONDS = 0.02
_DRAIN_SECONDS = 60.0
RATE = 100
CONNECTIONS = (1, 8, 32)


class WakeUp(Enum):
    """How the worker hears of work."""

    POLL = "nothing but the worker's poll"
    NOTIFY = "NOTIFY in every transaction"
    HYBRID = "poll, and NOTIFY aside from commits, at most one in 20 ms"

    @property
    def script(self) -> str:
        """One transaction, for pgbench."""
        notify = f"NOTIFY {CHANNEL};\n" if self is WakeUp.NOTIFY else ""
        return f"BEGIN;{_COMMIT}{notify}COMMIT;\n"


@dataclass(frozen=True)
class Woken:
    """Commits a second by connections, as many as can be; and latency at a rate that the worker keeps up with."""

    commits: dict[int, float]
    latency: Latency


def measure_wake_up(studio: Studio, wake_up: WakeUp, seconds: int) -> Woken:
    """Both figures of one way."""
    commits = {
        connections: _commit_rate(studio, wake_up, connections, seconds) for connections in CONNECTIONS
    }
    return Woken(commits, _latency(studio, wake_up, seconds))


def _commit_rate(studio: Studio, wake_up: WakeUp, connections: int, seconds: int) -> float:
    """With somebody listening, but nobody relaying: what commits wait for, not how the cores are shared."""
    url = studio.backends.settings.database_url
    with psycopg.connect(url, autocommit=True) as listener, _waking(studio, wake_up):
        listener.execute(f"LISTEN {CHANNEL}")
        rate = run_pgbench(url, wake_up.script, clients=connections, seconds=seconds)
        listener.execute(_FORGET, [f"{_INBOX}/%"])
    return rate


def _latency(studio: Studio, wake_up: WakeUp, seconds: int) -> Latency:
    """From just before COMMIT to a listener."""
    settings = studio.backends.settings
    host = str(settings.firestore_emulator)
    with running_workers(studio, 1), streaming(host, PROJECT, _INBOX, 1) as streams:
        with _waking(studio, wake_up):
            run_pgbench(settings.database_url, wake_up.script, clients=4, seconds=seconds, rate=RATE)
        wait_until_drained(studio, _DRAIN_SECONDS)
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        wanted = connection.execute(_WANTED, [f"{_INBOX}/%"]).fetchall()
        connection.execute(_FORGET, [f"{_INBOX}/%"])
    return Latency.of(streams.milliseconds_since({(path, 1): _nanoseconds(at) for path, at in wanted}))


@contextmanager
def _waking(studio: Studio, wake_up: WakeUp) -> Iterator[None]:
    over = threading.Event()

    def wake() -> None:
        while not over.wait(_WAKE_SECONDS):
            wake_worker(studio.backends.pool)

    waker = threading.Thread(target=wake)
    if wake_up is WakeUp.HYBRID:
        waker.start()
    try:
        yield
    finally:
        over.set()
        if wake_up is WakeUp.HYBRID:
            waker.join()


def _nanoseconds(at: datetime) -> int:
    return round(at.timestamp() * 1e6) * 1_000
