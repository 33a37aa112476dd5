"""From the return of a booking's COMMIT to bare Listen streams in other processes, the edge draining its own commit.

Bookings and cancellations take turns on 50 days of a trainer, so that none is written more often than Firestore
takes it; every listener listens to all of the days.
"""

import time
from dataclasses import dataclass

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


def measure_latency(studio: Studio, service: str, listeners: int, seconds: float) -> Latency:
    """From the return of COMMIT to every listener."""
    host = str(studio.backends.settings.firestore_emulator)
    with streaming(host, PROJECT, DAYS, listeners) as streams:
        committed = book_and_cancel(studio, service, seconds)
        time.sleep(0.5)  # the last ones are on their way
    return Latency.of(streams.milliseconds_since(committed))


def book_and_cancel(studio: Studio, service: str, seconds: float) -> dict[Version, int]:
    """Commit times in nanoseconds since the epoch, by the day and the version of it that each commit wants."""
    committed: dict[Version, int] = {}
    booked: dict[int, str] = {}
    started = time.monotonic()
    for index in range(round(EVENTS_PER_SECOND * seconds)):
        time.sleep(max(0.0, started + index / EVENTS_PER_SECOND - time.monotonic()))
        day = index % _DAYS
        if day in booked:
            outcome = studio.run("client0", "bookings.cancel_booking", booking_id=booked.pop(day))
            at = time.time_ns()
        else:
            content = {"service_id": service, "starts_at": slot(24 * day + 10).isoformat()}
            outcome = studio.run("client0", "bookings.book_session", **content)
            at = time.time_ns()
            booked[day] = outcome.answer["result"]["booking_id"]
        assert outcome.work is not None
        for lease in outcome.work.documents:
            if lease.path.startswith(DAYS):
                # One writer, drained each time: the next version is one above what Firestore has.
                committed[lease.path, lease.have + 1] = at
        drain_commit(studio.backends, outcome.work)
    return committed
