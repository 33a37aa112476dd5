"""A TCP proxy on loopback that breaks connections at the moments that matter."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LOOPBACK = "127.0.0.1"
# A simple query message of the Postgres protocol, as psycopg sends it.
COMMIT = b"Q" + struct.pack("!I", len(b"COMMIT\0") + 4) + b"COMMIT\0"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class TcpProxy:
    """Forwards connections to a server until it is told otherwise."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server((LOOPBACK, 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._cut_at_commit = threading.Event()
        self._refusing = threading.Event()
        self.commits_cut = 0

    @property
    def port(self) -> int:
        """Where clients connect."""
        port: int = self._listener.getsockname()[1]
        return port

    def cut_next_commit(self) -> None:
        """Let the next COMMIT reach the server, and reset the client's connection instead of answering it."""
        self._cut_at_commit.set()

    def refuse(self) -> None:
        """Reset what is connected, and everything that connects from now on."""
        self._refusing.set()
        for pair in self._pairs:
            _reset(*pair)

    def accept_again(self) -> None:
        """Forward new connections again."""
        self._refusing.clear()

    def serve(self) -> None:
        """Accept until closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._refusing.is_set():
                    _reset(client)
                    continue
                server = socket.create_connection(self._target)
                self._pairs.append((client, server))
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
                threading.Thread(target=_copy, args=(server, client), daemon=True).start()

    def close(self) -> None:
        """Stop listening and cut everything."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.refuse()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                if COMMIT in data and self._cut_at_commit.is_set():
                    self._cut_at_commit.clear()
                    self.commits_cut += 1
                    _reset(client)
                    # Half closed: the server reads the COMMIT and then the end, in this order.
                    server.sendall(data)
                    server.shutdown(socket.SHUT_WR)
                    return
                server.sendall(data)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    _reset(source, target)


def _reset(*connections: socket.socket) -> None:
    for connection in connections:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()


@contextmanager
def tcp_proxy(target: tuple[str, int]) -> Iterator[TcpProxy]:
    """A proxy in front of a server for as long as the block runs."""
    proxy = TcpProxy(target)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(timeout=10)
