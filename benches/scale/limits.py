"""How close a day comes to what its services take, and which of them gives way first."""

from collections.abc import Iterator
from dataclasses import dataclass

from benches.scale import measured
from benches.scale.day import Day

# Cloud SQL for PostgreSQL, default max_connections by memory, GiB.
_MOST_CONNECTIONS = (
    (120, 1_000),
    (60, 800),
    (30, 600),
    (15, 500),
    (7.5, 400),
    (6, 200),
    (3.75, 100),
    (0, 50),
)


@dataclass(frozen=True)
class Use:
    """How much of a limit is used; `remedy` says what is done once it is used up."""

    name: str
    used: float
    limit: float
    unit: str
    remedy: str

    @property
    def share(self) -> float:
        return self.used / self.limit


def uses_of(day: Day) -> list[Use]:
    """Every limit, the one used most first."""
    return sorted([*_uses_of_firestore(day), *_uses_of_the_backend(day)], key=lambda use: -use.share)


def exceeded(day: Day) -> list[Use]:
    """The limits that the day goes beyond, worst first."""
    return [use for use in uses_of(day) if use.share > 1]


def most_connections(memory_gib: float) -> int:
    """What Cloud SQL allows a machine of that size."""
    return next(most for least, most in _MOST_CONNECTIONS if memory_gib >= least)


def _uses_of_firestore(day: Day) -> Iterator[Use]:
    traffic = day.traffic
    yield Use(
        "one trainer's day",
        day.hottest.changes_per_second,
        measured.DOCUMENT_WRITES_PER_SECOND,
        "changes/s",
        "paced by the relay: a burst, then one write a second",
    )
    yield Use(
        "Firestore before it has warmed up",
        traffic.writes_per_second,
        measured.RAMP_START_PER_SECOND,
        "writes/s",
        "stagger the releases",
    )
    yield Use(
        "an index that only grows: the admins' feed",
        traffic.commits_per_second,
        measured.SEQUENTIAL_INDEX_PER_SECOND,
        "writes/s",
        "split the feed, by city for instance",
    )
    yield Use(
        "listening apps",
        day.fan_out.apps,
        measured.CONCURRENT_CONNECTIONS,
        "connections",
        "a second database",
    )


def _uses_of_the_backend(day: Day) -> Iterator[Use]:
    machine, traffic = day.deployment, day.traffic
    yield Use(
        "warm instances",
        traffic.calls_per_second,
        machine.warm * measured.CALLABLES_PER_VCPU,
        "calls/s",
        "warm up more before the release",
    )
    yield Use(
        "one trainer's lock",
        day.hottest.calls_per_second,
        measured.CALLS_PER_TRAINER,
        "calls/s",
        "refuse a full class before its lock",
    )
    yield Use(
        "Postgres, CPU",
        traffic.calls_per_second,
        machine.database_vcpus * measured.BOOKINGS_PER_DATABASE_VCPU,
        "calls/s",
        "a larger machine",
    )
    yield Use(
        "Postgres, connections",
        day.serving.connections,
        most_connections(machine.database_gib),
        "connections",
        "a pooler in front of it",
    )
    yield Use(
        "relay workers, were edges to leave them all",
        traffic.writes_per_second,
        machine.workers * measured.DRAINED_PER_WORKER,
        "writes/s",
        "another worker",
    )
