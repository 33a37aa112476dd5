"""How many bookings a second one connection commits while a worker relays them, beside the same with none.

Nobody drains: all of it is the worker's. In production it, Firestore and the callers have machines of their own; here
all share the cores, so the second figure is with a worker that yields them to whoever commits: what is left is what
its reads, leases and marks do to the commits of others.
"""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from statistics import median

import psutil

from benches.relay.workers import backlog_of, running_workers, wait_until_drained
from benches.studio import Studio, slot

_DRAIN_SECONDS = 300.0
_LOWEST_PRIORITY = 19
_HOURS = 24 * 55
CLIENTS = 50
# A booking, a session, one in an inbox and two feed events; days are written together.
_ITEMS_PER_BOOKING = 5


class Relay(Enum):
    """What runs beside the commits."""

    OFF = "no worker"
    ON = "a worker"
    YIELDING = "a worker at the lowest priority"


@dataclass(frozen=True)
class Rates:
    """Commits and relayed items a second."""

    commits: float
    relayed: float


class Commits:
    """Bookings of free slots, one after the other; nobody is in two places at once, which would be a conflict."""

    def __init__(self, studio: Studio, services: dict[str, str]) -> None:
        self._studio = studio
        self._clients = itertools.cycle(range(CLIENTS))
        self._free: Iterator[tuple[int, str]] = itertools.product(range(_HOURS), services.values())

    def run(self, seconds: float) -> float:
        """Commit as fast as one connection can; the commits a second."""
        started, count = time.monotonic(), 0
        while (taken := time.monotonic() - started) < seconds:
            hour, service = next(self._free)
            starts_at = slot(hour).isoformat()
            client = f"client{next(self._clients)}"
            self._studio.run(client, "bookings.book_session", service_id=service, starts_at=starts_at)
            count += 1
        return count / taken


def measure_commit_rates(
    studio: Studio, services: dict[str, str], seconds: float, rounds: int
) -> dict[Relay, Rates]:
    """Each in turn, round after round, with nothing left over from the one before; the medians."""
    commits = Commits(studio, services)
    found: dict[Relay, list[Rates]] = {relay: [] for relay in Relay}
    for turn in range(rounds):
        # The more is booked, the more a booking has to look at: nobody is always the last.
        for relay in (*Relay,) if turn % 2 == 0 else reversed(Relay):
            found[relay].append(_measure(studio, commits, relay, seconds))
            with running_workers(studio, 1):
                wait_until_drained(studio, _DRAIN_SECONDS)
    return {
        relay: Rates(median(r.commits for r in rates), median(r.relayed for r in rates))
        for relay, rates in found.items()
    }


def _measure(studio: Studio, commits: Commits, relay: Relay, seconds: float) -> Rates:
    with ExitStack() as stack:
        if relay is not Relay.OFF:
            (worker,) = stack.enter_context(running_workers(studio, 1))
            if relay is Relay.YIELDING:
                psutil.Process(worker.pid).nice(_LOWEST_PRIORITY)
        rate = commits.run(seconds)
        left = backlog_of(studio)
    return Rates(rate, max(0.0, _ITEMS_PER_BOOKING * rate - (left.documents + left.entries) / seconds))
