"""Socket.IO with LISTEN/NOTIFY: a trigger that notifies, a server that sends what it hears to everybody."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benches.peers import node
from benches.peers.rows import Committed, Rows
from benches.peers.systems import BOARDS, Load
from benches.streams import Streams, listening
from local.ports import free_port
from local.postgres import running_postgres

_TRIGGER = """
CREATE FUNCTION notify_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('rows_changed', row_to_json(NEW)::text);
    RETURN NULL;
END $$;
CREATE TRIGGER rows_changed AFTER INSERT OR UPDATE ON rows FOR EACH ROW EXECUTE FUNCTION notify_rows();
"""


class SocketIo:
    """A server and its database."""

    name = "Socket.IO with LISTEN/NOTIFY"
    settle_seconds = 5.0

    def __init__(self, database_url: str, folder: Path) -> None:
        self._url = database_url
        self._rows = Rows(database_url, BOARDS)
        self._rows.execute(_TRIGGER)
        self._port = str(free_port())
        self._log = folder / "socket_io.log"
        self.start()
        node.wait_until_serving(self._server)

    def start(self) -> None:
        """Serve, soon."""
        self._server = node.start("socket_server.mjs", self._url, self._port, log=self._log)

    def kill(self) -> None:
        """SIGKILL the server."""
        self._server.kill()

    def listening(self, load: Load, listeners: int) -> AbstractContextManager[Streams]:
        """Socket.IO clients; every one is sent every row."""
        return listening(node.command("socket_clients.mjs", self._port), listeners)

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
        """Stop the server."""
        self._server.stop()
        self._rows.close()


@contextmanager
def running_socket_io(folder: Path) -> Iterator[SocketIo]:
    """Socket.IO on a Postgres of its own."""
    with running_postgres(durable=True) as postgres:
        system = SocketIo(postgres.url, folder)
        try:
            yield system
        finally:
            system.close()
