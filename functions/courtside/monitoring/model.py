"""What is measured of the relay: the steps of an item, the time they took, and what a report of it holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Step(StrEnum):
    """The parts of an item's way from its commit to where it belongs, and the whole."""

    COMMIT_TO_LEASE = "commit_to_lease"
    LEASE_TO_WRITTEN = "lease_to_written"
    COMMIT_TO_WRITTEN = "commit_to_written"


@dataclass(frozen=True)
class DatabaseClock:
    """The database's time at a moment of this process's monotonic clock, so that no other clock is compared with it."""

    at: datetime
    monotonic: float

    def time_of(self, monotonic: float) -> datetime:
        """The database's time at a moment near this one."""
        return self.at + timedelta(seconds=monotonic - self.monotonic)


@dataclass(frozen=True)
class Counted:
    """One bucket of a step's durations, over all processes."""

    kind: str
    step: str
    bucket: int
    count: int


@dataclass(frozen=True)
class Retries:
    """How many attempts at items of a kind failed and were made again."""

    kind: str
    count: int


@dataclass(frozen=True)
class WorkerSeen:
    """A relay worker, and when it last came round."""

    name: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class HealthReport:
    """A service's health as it was last measured; times in the report are ISO text."""

    service: str
    measured_at: datetime
    report: dict[str, Any]


@dataclass(frozen=True)
class WebhooksWaiting:
    """Messages that wait for their receivers."""

    count: int


@dataclass(frozen=True)
class Due:
    """Deliveries that are due, since when the first is, and accounts that Firebase Auth is to be told of."""

    deliveries: int
    deliveries_oldest_seconds: float | None
    claims: int


@dataclass(frozen=True)
class Quarantined:
    """Installations whose tokens FCM says are not of our project."""

    count: int


def steps_of(committed_at: datetime, written_at: datetime, held_seconds: float) -> tuple[float, float, float]:
    """The seconds of each step, in their order, of an item whose lease was held for so long when it was written.

    What was committed while its holder had the lease already, because it was wanted newer, waited for none.
    """
    total = max(0.0, (written_at - committed_at).total_seconds())
    held = min(total, held_seconds)
    return total - held, held, total
