"""From the return of a booking's COMMIT to bare Listen streams in other processes, the edge draining its own commit.

Bookings and cancellations take turns on 50 days of a trainer, so that none is written more often than Firestore
takes it; every listener listens to all of the days.
"""

import time
from dataclasses import dataclass, field

from benches.floors import commit_floor
from benches.grpc_floors import grpc_floors
from benches.report import Latency
from benches.streams import Version, streaming
from benches.studio import PROJECT, Studio, slot
from courtside.relay.edge_drain import drain_commit

EVENTS_PER_SECOND = 50.0
_DAYS = 50
DAYS = "trainers/trainer0/days"


@dataclass(frozen=True)
class Floors:
    """What no system on these parts can go below, milliseconds."""

    commit: Latency
    round_trip: Latency
    stream_message: Latency

    def total(self, percentile: str) -> float:
        """The sum of the three at `p50`, `p95` or `p99`."""
        parts = (self.commit, self.round_trip, self.stream_message)
        return sum(float(getattr(part, percentile)) for part in parts)


def measure_floors(studio: Studio, count: int) -> Floors:
    """The floors, at the pace of the load."""
    commit = commit_floor(studio.backends.settings.database_url, count)
    return Floors(commit, *grpc_floors(count, 1 / EVENTS_PER_SECOND))


def measure_latency(days: "Days", listeners: int, seconds: float) -> Latency:
    """From the return of COMMIT to every listener."""
    host = str(days.studio.backends.settings.firestore_emulator)
    with streaming(host, PROJECT, DAYS, listeners) as streams:
        committed = book_and_cancel(days, EVENTS_PER_SECOND, seconds)
    return Latency.of(streams.milliseconds_since(committed))


def book_and_cancel(days: "Days", rate: float, seconds: float) -> dict[Version, int]:
    """Commit so many changes a second; when each COMMIT returned, by the day and the version that it wants."""
    committed: dict[Version, int] = {}
    started = time.monotonic()
    for index in range(round(rate * seconds)):
        time.sleep(max(0.0, started + index / rate - time.monotonic()))
        committed.update(days.change(index))
    return committed


@dataclass
class Days:
    """The first days of `trainer0`, on which one slot is booked and cancelled by turns."""

    studio: Studio
    service: str
    count: int = _DAYS
    _booked: dict[int, str] = field(default_factory=dict)

    def warm_up(self) -> None:
        """Book and cancel once on every day: statements are planned, connections open, documents there."""
        for index in range(2 * self.count):
            self.change(index)

    def change(self, index: int) -> dict[Version, int]:
        """Book or cancel on the next day and drain; the time at which COMMIT returned, by what it wants written."""
        day = index % self.count
        if day in self._booked:
            outcome = self.studio.run("client0", "bookings.cancel_booking", booking_id=self._booked.pop(day))
            at = time.time_ns()
        else:
            content = {"service_id": self.service, "starts_at": slot(24 * day + 10).isoformat()}
            outcome = self.studio.run("client0", "bookings.book_session", **content)
            at = time.time_ns()
            self._booked[day] = outcome.answer["result"]["booking_id"]
        assert outcome.work is not None
        # One writer, drained each time: the next version is one above what Firestore has.
        wanted = {
            (lease.path, lease.have + 1): at
            for lease in outcome.work.documents
            if lease.path.startswith(DAYS)
        }
        drain_commit(self.studio.backends, outcome.work)
        return wanted
