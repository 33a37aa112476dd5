"""The relay worker: leases what is due and carries it out, woken by NOTIFY and polling all the same.

    python -m courtside.relay.worker

Runs until SIGTERM or SIGINT, then finishes what it holds and ends.
"""

import gc
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType

from psycopg import Connection
from psycopg.rows import TupleRow

from courtside import crash_points
from courtside.backends import Backends
from courtside.config import settings
from courtside.db import outbox
from courtside.db.outbox import Work
from courtside.db.pool import BoundedConnection, connection_options
from courtside.db.reader import Reader
from courtside.db.unit_of_work import OUTAGES, run_transaction
from courtside.edge.logs import configure_logs
from courtside.errors import Unavailable
from courtside.monitoring.recorder import observe
from courtside.relay import planning_lane
from courtside.relay.broadcast_lane import fan_out_once
from courtside.relay.claims_lane import mirror_once
from courtside.relay.delivery_lanes import Sender, open_senders, send_once
from courtside.relay.drain import Report, carry_out
from courtside.relay.lane import Lane
from courtside.relay.wake import CHANNEL
from courtside.relay.webhook_lane import deliver_once

BATCH = 250
# With so many in a batch there are probably more: do not wait for them.
_SOME = 20
# What a batch does not finish in this time is given back: Cloud Run gives 10 s between SIGTERM and SIGKILL.
_BATCH_SECONDS = 5.0
_SHORTEST_POLL_SECONDS = 0.05
# With a lease of the edge, the time after which an edge that died is missed: under a second.
_LONGEST_POLL_SECONDS = 0.25
_PAUSE_AFTER_ERROR_SECONDS = 1.0
_SHUTDOWN_SECONDS = 60.0
# While one renders, others wait for Firestore or Postgres: one helper is half as fast again, the second a twentieth.
_HELPERS = 2
# Only these are sat out: a bug must be seen, not retried for ever.
_OUTAGES = (*OUTAGES, Unavailable)

# By name: run with -m this module is `__main__`, whose log lines nobody would see.
log = logging.getLogger("courtside.relay.worker")


def next_poll_seconds(previous: float, found_work: bool) -> float:
    """Poll often while there is work, and ever more rarely while there is none."""
    return _SHORTEST_POLL_SECONDS if found_work else min(_LONGEST_POLL_SECONDS, previous * 2)


def relay_once(backends: Backends, *, limit: int = BATCH) -> int:
    """Lease one batch and carry it out; the number of items that were due.

    After Firestore asked for less, a batch is smaller than `limit`.
    """
    seconds = backends.settings.worker_lease_seconds
    limit = max(1, round(limit * backends.firestore.valve.share))
    work = run_transaction(
        backends.pool,
        lambda connection: outbox.lease_due(Reader(connection), limit=limit, lease_seconds=seconds),
        durable=False,
    )
    if work.is_empty:
        return 0
    report = carry_out(backends, work, until=time.monotonic() + _BATCH_SECONDS, lease_seconds=seconds)
    _log_report(work, report)
    return len(work)


def sweep(backends: Backends, *, limit_seconds: float) -> int:
    """Carry out everything that is due, or as much as the time allows; the number of items."""
    until = time.monotonic() + limit_seconds
    total = 0
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, backends.firestore.valve.closed_seconds))
        if not (done := relay_once(backends)):
            break
        total += done
    return total


class Worker:
    """Relays until it is stopped; survives every outage of Postgres and Firestore."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends
        self._stopping = threading.Event()
        self._helpers: list[threading.Thread] = []

    def stop(self) -> None:
        """Finish what is held, then end."""
        self._stopping.set()

    def run(self) -> None:
        """Relay until stopped."""
        try:
            while not self._stopping.is_set():
                try:
                    with _listening(self._backends) as connection:
                        self._relay(lambda seconds: _wait(connection, seconds))
                except _OUTAGES as error:
                    self._sit_out(error)
        finally:
            for helper in self._helpers:
                helper.join()

    def _relay(self, wait: Callable[[float], None]) -> None:
        poll = _SHORTEST_POLL_SECONDS
        while not self._stopping.wait(self._backends.firestore.valve.closed_seconds):
            self._backends.observer.beat()
            found = relay_once(self._backends)
            poll = next_poll_seconds(poll, found > 0)
            if found >= _SOME:
                self._call_helpers()
            else:
                wait(poll)

    def _call_helpers(self) -> None:
        self._helpers = [helper for helper in self._helpers if helper.is_alive()]
        while len(self._helpers) < _HELPERS:
            helper = threading.Thread(target=self._catch_up, name="catching up", daemon=True)
            helper.start()
            self._helpers.append(helper)

    def _catch_up(self) -> None:
        try:
            while not self._stopping.wait(self._backends.firestore.valve.closed_seconds):
                if relay_once(self._backends) < _SOME:
                    break
        except _OUTAGES as error:
            self._sit_out(error)

    def _sit_out(self, error: Exception) -> None:
        log.warning("relay interrupted", extra={"fields": {"error": type(error).__name__}})
        self._stopping.wait(_PAUSE_AFTER_ERROR_SECONDS)


def _listening(backends: Backends) -> Connection[TupleRow]:
    # LISTEN first, then look: what commits in between is seen by the first look.
    connection = BoundedConnection.connect(
        backends.settings.database_url, autocommit=True, **connection_options(backends.settings)
    )
    connection.execute(f"LISTEN {CHANNEL}")
    return connection


def _wait(connection: Connection[TupleRow], seconds: float) -> None:
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        return


def _log_report(work: Work, report: Report) -> None:
    fields = {
        "documents": len(work.documents),
        "entries": len(work.entries),
        "written": report.written,
        "delivered": report.delivered,
        "failed": len(report.failures),
        "lost": report.lost,
    }
    level = logging.INFO if report.is_clean else logging.WARNING
    log.log(level, "relayed", extra={"fields": fields})


def _lanes(backends: Backends, senders: Sequence[Sender]) -> list[Lane]:
    sending = [
        Lane(sender.channel, backends, partial(send_once, sender=sender), some=planning_lane.SOME)
        for sender in senders
    ]
    planning = Lane(
        "notifications",
        backends,
        planning_lane.plan_once,
        some=planning_lane.SOME,
        longest_poll_seconds=_LONGEST_POLL_SECONDS,
        wakes=sending,
    )
    # What a page tells is to be decided about, and then sent.
    broadcasting = Lane("broadcasts", backends, fan_out_once, wakes=[planning])
    others = [broadcasting, Lane("webhooks", backends, deliver_once), Lane("claims", backends, mirror_once)]
    return [planning, *sending, *others]


def main() -> int:
    """Run one worker in this process."""
    configure_logs()
    backends = observe(Backends.of(settings()))
    worker = Worker(backends)
    senders = open_senders(backends.settings)
    lanes = _lanes(backends, senders)

    def stop(signum: int, frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    crash_points.arm(backends.settings)
    # What is imported stays, and most of what a batch makes is freed without help: this saves a twelfth of its work.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    log.info("relay worker started")
    for lane in lanes:
        lane.start()
    try:
        worker.run()
    finally:
        for lane in lanes:
            lane.stop()
        for sender in senders:
            # What is under way gets its answer, the rest of a batch is given back.
            sender.breaker.pause(_SHUTDOWN_SECONDS)
        for lane in lanes:
            lane.join()
        for sender in senders:
            sender.close()
        backends.close()
    log.info("relay worker stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
