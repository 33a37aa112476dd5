"""The unit of work: one transaction's reads, writes, events and effects, and the only clock below the edge."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection, IsolationLevel, errors
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from courtside.actors import Actor
from courtside.db.pool import LazyPool
from courtside.db.reader import Reader, SnapshotReader
from courtside.errors import Contended, OutcomeUnknown, Unavailable
from courtside.events import Event

T = TypeVar("T")

# The server is away, or gave the session up, of which psycopg makes no OperationalError.
OUTAGES = (psycopg.OperationalError, errors.IdleInTransactionSessionTimeout, errors.TransactionTimeout)
MAX_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 0.01


@dataclass(frozen=True)
class Entry:
    """Something to be delivered once: `kind` chooses who delivers it, `target` says where."""

    kind: str
    target: str
    payload: dict[str, Any]
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True)
class Change:
    """One line of the audit: what a subject (`bookings/…`) was and what it became."""

    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Inquiry(Reader):
    """One consistent, read-only look at the database; `now` is its time, `actor` who asks."""

    def __init__(self, connection: Connection[Any], *, now: datetime, actor: Actor) -> None:
        super().__init__(connection)
        self.now = now
        self.actor = actor


class UnitOfWork(Inquiry):
    """One transaction, opened and committed by the edge.

    `now` is the database's time at its start. Events emitted, documents touched, entries enqueued and changes
    recorded are written by the edge with its last statement, in the same transaction. `reason` is what the actor
    gave for a dangerous command.
    """

    def __init__(
        self, connection: Connection[Any], *, now: datetime, actor: Actor, reason: str | None = None
    ) -> None:
        super().__init__(connection, now=now, actor=actor)
        self.reason = reason
        self.events: list[Event] = []
        self.documents: set[str] = set()
        self.entries: list[Entry] = []
        self.changes: list[Change] = []

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part that may fail alone: when the block raises, neither its writes nor its effects remain."""
        before = self.events[:], self.documents.copy(), self.entries[:], self.changes[:]
        try:
            with self._connection.transaction():
                yield
        except BaseException:
            self.events, self.documents, self.entries, self.changes = before
            raise

    def emit(self, event: Event) -> None:
        """Say that something happened; `relay.subscriptions` knows who reacts."""
        self.events.append(event)

    def touch(self, *paths: str) -> None:
        """Mark documents whose facts this transaction changed, to be projected again."""
        self.documents.update(paths)

    def enqueue(self, entry: Entry) -> None:
        """Leave something to be delivered once."""
        self.entries.append(entry)

    def record(self, subject: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """Leave a line in the audit."""
        self.changes.append(Change(subject, before, after))


def run_transaction(
    pool: LazyPool,
    work: Callable[[Connection[Any]], T],
    *,
    durable: bool = True,
    wait_seconds: float | None = None,
) -> T:
    """Run `work` in one READ COMMITTED transaction and commit it; on a refusal nothing is changed.

    Serialization failures and deadlocks run it again from the start, with jitter. A commit that is not `durable`
    does not wait for the disk: for what a crash may forget because it would only be done again, such as leases.
    `wait_seconds` is how long to wait for a connection, where that is not as long as the pool says.

    Raises:
        Contended: it still collided after MAX_ATTEMPTS.
        OutcomeUnknown: the connection broke while committing.
        Unavailable: no connection was free in time, or the server could not answer.
    """
    for attempt in range(MAX_ATTEMPTS):
        try:
            with pool.get().connection(wait_seconds) as connection:
                if not durable:
                    connection.execute("SET LOCAL synchronous_commit = off")
                result = work(connection)
                _commit(connection)
                return result
        except (errors.SerializationFailure, errors.DeadlockDetected):
            time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**attempt))
        except PoolTimeout as error:
            raise Unavailable("Every database connection is busy; try again.") from error
        except OUTAGES as error:
            raise Unavailable from error
    raise Contended(attempts=MAX_ATTEMPTS)


def run_inquiry(pool: LazyPool, ask: Callable[[Connection[Any]], T]) -> T:
    """Run `ask` against one consistent, read-only snapshot.

    Raises:
        Unavailable: no connection was free in time, or the server could not answer.
    """
    try:
        with _snapshot(pool, pool.reader_wait_seconds) as connection:
            # A search's best plan depends on what is searched for.
            connection.execute("SET LOCAL plan_cache_mode = auto")
            return ask(connection)
    except PoolTimeout as error:
        raise Unavailable("Every database connection is busy; try again.") from error
    except OUTAGES as error:
        raise Unavailable from error


def read_snapshot(
    pool: LazyPool, read: Callable[[SnapshotReader], T], *, wait_seconds: float | None = None
) -> T:
    """Run `read` against one consistent, read-only snapshot; its reader is pipelined.

    `wait_seconds` is how long to wait for a connection, where that is not as long as the pool says.

    Raises:
        psycopg.OperationalError: the server is away, or this process has just been cut off from it.
    """
    with pool.trusted(wait_seconds) as connection:
        # Left to psycopg, the beginning and the end would each be a round trip of their own.
        connection.autocommit = True
        try:
            with connection.pipeline():
                return SnapshotReader.read(connection, read)
        finally:
            if connection.info.transaction_status is not TransactionStatus.IDLE:
                connection.rollback()
            connection.autocommit = False


@contextmanager
def _snapshot(pool: LazyPool, wait_seconds: float | None = None) -> Iterator[Connection[Any]]:
    with pool.get().connection(wait_seconds) as connection:
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
        try:
            yield connection
            # A rollback would make psycopg forget every prepared statement: 0.3 ms of planning for each of the next.
            connection.commit()
        finally:
            connection.rollback()
            connection.isolation_level = connection.read_only = None


def _commit(connection: Connection[Any]) -> None:
    try:
        connection.commit()
    except (errors.SerializationFailure, errors.DeadlockDetected):
        raise
    except psycopg.OperationalError as error:
        raise OutcomeUnknown from error
