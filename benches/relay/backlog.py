"""How fast workers clear a backlog, beside the same documents written blindly by the same client.

The backlog is what bookings leave while nobody drains: sessions, bookings, days, inboxes, feed events. A first worker
clears it to warm up; then, round after round, all of it is wanted again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benches.relay.blind_writes import Named, fetch_documents, write_blindly
from benches.relay.workers import backlog_of, running_workers, wait_until_drained
from benches.studio import Studio, slot
from courtside.db.outbox import want_everything
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.relay.wake import wake_worker

TRAINERS = 8
CLIENTS = 50
# A booking leaves two documents of its own, one in an inbox, two feed events and a day.
_ITEMS_PER_BOOKING = 5
_DRAIN_SECONDS = 600.0


@dataclass(frozen=True)
class Drained:
    """Items a second: medians over the rounds."""

    items: int
    blind: float
    by_workers: dict[int, float]

    def ratio(self, workers: int) -> float:
        """How much of the blind rate so many workers reach."""
        return self.by_workers[workers] / self.blind


def measure_drain(studio: Studio, services: dict[str, str], items: int, rounds: int) -> Drained:
    """Clear a backlog of `items` with one and with two workers, and write it blindly, in turns."""
    _book(studio, services, items // _ITEMS_PER_BOOKING)
    with running_workers(studio, 1):
        wait_until_drained(studio, _DRAIN_SECONDS)
    documents = fetch_documents(str(studio.backends.settings.firestore_emulator))
    blind, drained = [], {1: list[float](), 2: list[float]()}
    for _ in range(rounds):
        for workers, rates in drained.items():
            copies = _copies(documents, len(blind))
            blind.append(len(documents) / write_blindly(studio.backends.firestore, copies))
            rates.append(_drain(studio, workers))
    return Drained(
        len(documents), median(blind), {workers: median(rates) for workers, rates in drained.items()}
    )


def _copies(documents: Sequence[Named], round_: int) -> list[Named]:
    """The same documents elsewhere, for what the relay knows of its own must stay true.

    Each round has versions of its own, as a drain has: a write that changes nothing costs Firestore much less.
    """
    return [
        (
            name.replace("/documents/", "/documents/copies/of/", 1),
            {**fields, "version": fields["version"] + round_},
        )
        for name, fields in documents
    ]


def _drain(studio: Studio, workers: int) -> float:
    with running_workers(studio, workers):
        run_transaction(studio.backends.pool, lambda connection: want_everything(Reader(connection)))
        started = time.monotonic()
        wake_worker(studio.backends.pool)
        backlog = backlog_of(studio)
        wait_until_drained(studio, _DRAIN_SECONDS)
        return (backlog.documents + backlog.entries) / (time.monotonic() - started)


def _book(studio: Studio, services: dict[str, str], bookings: int) -> None:
    chosen = list(services.items())
    for index in range(bookings):
        _, service = chosen[index % len(chosen)]
        starts_at = slot(index // len(chosen)).isoformat()
        studio.run(
            f"client{index % CLIENTS}", "bookings.book_session", service_id=service, starts_at=starts_at
        )
