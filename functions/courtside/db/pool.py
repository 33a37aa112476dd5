"""The connection pool, opened at first use in the process that uses it."""

import os
import threading
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from courtside.config import Settings

Pool = ConnectionPool[Connection[TupleRow]]


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
    return ConnectionPool(
        settings.database_url,
        min_size=1,
        max_size=settings.pool_max_connections,
        timeout=settings.pool_wait_seconds,
        max_waiting=0,
        check=ConnectionPool.check_connection,
        kwargs=connection_options(settings),
        open=True,
    )
