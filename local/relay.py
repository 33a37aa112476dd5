"""The relay worker as a process that can be replaced when code changes."""

import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg

from local.environment import FUNCTIONS
from local.processes import ChildProcess, spawn

PART = "Relay worker"
_LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %' LIMIT 1"
)


class RelayWorker:
    """Delivers to Firestore what commits leave in the outbox."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        """Start a worker; `environment` comes from `backend_environment`."""
        self._environment = environment
        self._log = log
        self._process = self._spawn()

    def restart(self) -> None:
        """Let the worker finish what it holds, then start one with the code as it is now."""
        self._process.stop()
        self._process = self._spawn()

    def is_ready(self) -> bool:
        """Whether a worker waits for notifications of this database, which it does before it first looks."""
        with psycopg.connect(self._environment["DATABASE_URL"], connect_timeout=5) as connection:
            return connection.execute(_LISTENERS).fetchone() is not None

    def has_ended(self) -> bool:
        return self._process.has_ended()

    def last_lines(self) -> list[str]:
        return self._process.last_lines()

    def ask_to_stop(self) -> None:
        self._process.ask_to_stop()

    def kill(self) -> None:
        self._process.kill()

    def _spawn(self) -> ChildProcess:
        command = [sys.executable, "-m", "courtside.relay.worker"]
        return spawn(PART, command, log=self._log, env=self._environment, cwd=FUNCTIONS)
