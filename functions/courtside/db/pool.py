"""The connection pool, opened at first use in the process that uses it."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, errors
from psycopg.abc import RV, PQGen
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from courtside.config import Settings

# What an answer may need beyond the time that the server itself allows a statement.
_MARGIN_SECONDS = 1.0
_INTERRUPTIBLE_EVERY_SECONDS = 0.1
# Whoever answered so lately is not asked for a sign of life: it would take longer than many a statement.
_TRUSTED_SECONDS = 0.1

# The pool asks its check in the thread that wants the connection.
_this_thread = threading.local()


class BoundedConnection(Connection[TupleRow]):
    """A connection that is given up when the server stays silent for longer than any statement may take.

    Against a network that swallows everything no setting of libpq helps: keepalives and `tcp_user_timeout` see
    the acknowledgements of whatever stands in between, and `statement_timeout` is kept by a server that was
    never asked. So the side that waits keeps the time.
    """

    patience_seconds = 5.0 + _MARGIN_SECONDS
    opened_at = 0.0
    # When it was last given back whole.
    returned_at = float("-inf")

    def wait(
        self, gen: PQGen[RV], interval: float = _INTERRUPTIBLE_EVERY_SECONDS, timeout: float | None = None
    ) -> RV:
        """Wait for an answer, as psycopg does for each statement.

        Raises:
            OperationalError: there was none in time; the connection is closed, for what becomes of the
                statement is unknown.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience_seconds)
        except errors._WaitTimeout as error:
            self.close()
            raise errors.OperationalError(f"no answer within {self.patience_seconds:g} s") from error

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Wait so long for each answer while the block runs."""
        usual, self.patience_seconds = self.patience_seconds, seconds
        try:
            yield
        finally:
            self.patience_seconds = usual


Pool = ConnectionPool[BoundedConnection]


class PoolSharedAcrossFork(RuntimeError):
    """This pool was opened by another process: its sockets would answer with other requests' rows."""


class LazyPool:
    """A pool that opens under a lock, after the server has forked, and refuses to outlive a fork.

    functions-framework imports `main.py` before gunicorn forks its workers; a pool opened at import was
    measured to answer 25 of 58 requests with another request's row, and never to recover lost connections.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._pid: int | None = None

    def get(self) -> Pool:
        """The open pool of this process.

        Raises:
            PoolSharedAcrossFork: the pool was opened before a fork.
        """
        if self._pool is None:
            with self._lock:
                if self._pool is None:
                    # First: whoever sees the pool compares the pid, without the lock.
                    self._pid = os.getpid()
                    self._pool = _open(self._settings)
        if self._pid != os.getpid():
            raise PoolSharedAcrossFork(f"opened by process {self._pid}, used by process {os.getpid()}")
        return self._pool

    @contextmanager
    def trusted(self, wait_seconds: float | None = None) -> Iterator[BoundedConnection]:
        """A connection that may turn out dead if it was used a moment ago, without being asked for a sign of life.

        For those who can sit an outage out: a relay's documents stay leased, and are written later.
        """
        pool = self.get()
        _this_thread.trusts = True
        try:
            connection = pool.getconn(wait_seconds)
        finally:
            _this_thread.trusts = False
        try:
            with connection:
                yield connection
        finally:
            pool.putconn(connection)

    @property
    def reader_wait_seconds(self) -> float:
        """How long reading waits for a connection: when they are scarce, screens ask again before bookings fail."""
        return self._settings.pool_wait_seconds / 3

    def close(self) -> None:
        """Close the connections of this process; the next `get` opens anew."""
        with self._lock:
            if self._pool is not None and self._pid == os.getpid():
                self._pool.close()
            self._pool = None


def connection_options(settings: Settings) -> dict[str, Any]:
    """libpq options under which nothing waits for ever on a dead or slow server."""
    return {
        "connect_timeout": 3,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "application_name": "courtside",
        "options": f"-c statement_timeout={settings.statement_timeout_ms}"
        f" -c lock_timeout={settings.statement_timeout_ms}"
        " -c idle_in_transaction_session_timeout=15000 -c timezone=UTC"
        # Statements here find few rows by keys: planning one anew for each set of keys takes longer than running it.
        " -c plan_cache_mode=force_generic_plan",
    }


def _open(settings: Settings) -> Pool:
    def configure(connection: BoundedConnection) -> None:
        connection.opened_at = time.monotonic()
        connection.patience_seconds = settings.statement_timeout_ms / 1000 + _MARGIN_SECONDS

    def note_return(connection: BoundedConnection) -> None:
        connection.returned_at = time.monotonic()

    pool = ConnectionPool(
        settings.database_url,
        connection_class=BoundedConnection,
        min_size=1,
        max_size=settings.pool_max_connections,
        timeout=settings.pool_wait_seconds,
        # Attempts to connect pause twice as long each time. Given up early, they begin anew with the next request,
        # instead of keeping it waiting for minutes after an outage of minutes.
        reconnect_timeout=settings.pool_wait_seconds,
        max_waiting=0,
        configure=configure,
        reset=note_return,
        check=lambda connection: health.check(connection),
        kwargs=connection_options(settings),
        open=False,
    )
    health = _Health(pool)
    pool.open()
    return pool


class _Health:
    """Tells dead connections before they are used."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._drained_at = 0.0

    def check(self, connection: BoundedConnection) -> None:
        """Ask for a sign of life, unless this thread trusts that which was there a moment ago.

        Raises:
            OperationalError: there was none. What ended this connection ended most likely the others that are as old:
                all are replaced at once, for the pool finds out one after the other, with growing pauses.
        """
        if (
            getattr(_this_thread, "trusts", False)
            and time.monotonic() - connection.returned_at < _TRUSTED_SECONDS
        ):
            return
        try:
            # Whoever waits for a connection waits for this as well.
            with connection.patience(self._pool.timeout):
                ConnectionPool.check_connection(connection)
        except errors.OperationalError:
            with self._lock:
                if connection.opened_at > self._drained_at:
                    self._pool.drain()
                    self._drained_at = time.monotonic()
            raise
