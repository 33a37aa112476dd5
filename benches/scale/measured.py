"""What one machine measured, and what its services promise: the constants of the simulation, each with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Command(StrEnum):
    """The commands of a booking day, as `python -m benches cost` tells them apart."""

    BOOK = "book a one-to-one session"
    JOIN = "book the second seat of a group"
    CANCEL = "cancel a booking"
    MOVE = "move a booking"
    REFUSED = "book a slot that is taken (refused)"
    REPEATED = "send a booking again (same command id)"


@dataclass(frozen=True)
class Cost:
    """What one command takes: SQL statements, the relay's after it, and Firestore writes, one for each document that
    it changes and each entry that it leaves; `shared` of them others change too: the trainer's day, and the session."""

    statements: int
    relay_statements: int
    writes: int
    shared: int


COSTS: Mapping[Command, Cost] = {
    Command.BOOK: Cost(9, 9, 6, 2),
    Command.JOIN: Cost(9, 6, 5, 2),
    Command.CANCEL: Cost(12, 9, 6, 2),
    Command.MOVE: Cost(14, 6, 6, 2),
    Command.REFUSED: Cost(8, 0, 0, 0),
    Command.REPEATED: Cost(2, 0, 0, 0),
}

# `python -m benches bookings_throughput`: two cores that Postgres, emulator, functions and load generator share.
CALLABLES_PER_VCPU = 136 / 2
BOOKINGS_PER_DATABASE_VCPU = 676 / 2
# The same with one trainer, whose calls wait for each other's lock.
CALLS_PER_TRAINER = 80.0
# `python -m benches relay`: documents a second that one worker clears of a backlog, on the same two cores.
DRAINED_PER_WORKER = 5_000.0
# The same: from the commit to the document that the edge wrote, seconds.
WRITE_SECONDS = 0.008

# As the functions and the worker are configured (courtside/config.py, courtside/relay/worker.py).
BURST, PAUSE_SECONDS = 5, 1.0
POLL_SECONDS = 0.05
CONNECTIONS_PER_INSTANCE = 8
# The pool, and the one that listens for what there is to do.
CONNECTIONS_PER_WORKER = 9

# Firestore, "Quotas and limits" and "Best practices": a soft limit for one document, 500 a second to begin with and
# half as much again every five minutes, 500 a second into one index of ever growing values.
DOCUMENT_WRITES_PER_SECOND = 1.0
RAMP_START_PER_SECOND = 500.0
RAMP_FACTOR, RAMP_EVERY_SECONDS = 1.5, 300.0
SEQUENTIAL_INDEX_PER_SECOND = 500.0
CONCURRENT_CONNECTIONS = 1_000_000

# Assumption, from a request that finds no instance to one that answers it: the container, then 0.4 s of imports.
COLD_START_SECONDS = 4.0
