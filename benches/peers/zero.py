"""Zero: zero-cache follows the database by logical replication and syncs each client's query."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psutil

from benches.peers import node
from benches.peers.rows import Committed, Rows
from benches.peers.systems import BOARDS, Load
from benches.streams import Streams, listening
from local.ports import free_ports
from local.postgres import running_postgres

_CACHE = node.FOLDER / "node_modules" / "@rocicorp" / "zero" / "out" / "zero" / "src" / "cli.js"


class Zero:
    """A zero-cache, the endpoint that it asks what queries mean, and its database."""

    name = "Zero"
    settle_seconds = 40.0

    def __init__(self, database_url: str, folder: Path) -> None:
        self._rows = Rows(database_url, BOARDS)
        self._port, streamer, queries = map(str, free_ports(3))
        self._log = folder / "zero.log"
        self._environment = {
            "PATH": str(node.NODE.parent),
            "NODE_ENV": "development",
            "DO_NOT_TRACK": "1",
            "ZERO_ENABLE_TELEMETRY": "false",
            "ZERO_UPSTREAM_DB": database_url,
            "ZERO_REPLICA_FILE": str(folder / "zero.db"),
            "ZERO_PORT": self._port,
            "ZERO_CHANGE_STREAMER_PORT": streamer,
            "ZERO_QUERY_URL": f"http://127.0.0.1:{queries}/queries",
            "ZERO_NUM_SYNC_WORKERS": "1",
            "ZERO_ADMIN_PASSWORD": "bench",
        }
        self._queries = node.start("zero_queries.mjs", queries, log=folder / "zero_queries.log")
        self.start()
        node.wait_until_serving(self._queries)
        node.wait_until_serving(self._cache, "zero-cache ready")

    def start(self) -> None:
        """Serve, soon."""
        self._cache = node.start(_CACHE, log=self._log, env=self._environment)

    def kill(self) -> None:
        """SIGKILL zero-cache with all its workers, which lead process groups of their own."""
        family = psutil.Process(self._cache.pid).children(recursive=True)
        self._cache.kill()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def listening(self, load: Load, listeners: int) -> AbstractContextManager[Streams]:
        """Zero clients with one query, of all rows, open."""
        return listening(node.command("zero_clients.mjs", self._port), listeners)

    def change(self, index: int) -> Committed:
        """Update a row."""
        return self._rows.change(index % BOARDS)

    def add(self) -> Committed:
        """Insert a row."""
        return self._rows.add(1)

    def flood(self, count: int) -> Committed:
        """Insert rows in one transaction."""
        return self._rows.add(count)

    def close(self) -> None:
        """Stop zero-cache and its endpoint."""
        self.kill()
        self._queries.stop()
        self._rows.close()


@contextmanager
def running_zero(folder: Path) -> Iterator[Zero]:
    """Zero on a Postgres of its own that keeps what logical replication needs."""
    with running_postgres(durable=True, settings={"wal_level": "logical"}) as postgres:
        system = Zero(postgres.url, folder)
        try:
            yield system
        finally:
            system.close()
