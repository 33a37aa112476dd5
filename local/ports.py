"""Loopback ports: free ones, taken ones, and who holds them."""

import errno
import socket
from contextlib import ExitStack

import psutil

from local.errors import PortTaken

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A TCP port on loopback that nobody listens on right now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different TCP ports on loopback that nobody listens on right now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def is_taken(port: int) -> bool:
    """Whether listening on this loopback port would fail."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do, so that connections in TIME_WAIT do not count as a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise
    return False


def accepts_connections(port: int) -> bool:
    """Whether somebody answers on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def holder_of(port: int) -> str | None:
    """The process that listens on a port as `name (pid n)`, None where the system does not tell."""
    try:
        listeners = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.pid]
        # laddr is (address, port)
        pids = [listener.pid for listener in listeners if listener.laddr[1:] == (port,)]
        return f"{psutil.Process(pids[0]).name()} (pid {pids[0]})" if pids else None
    except (psutil.Error, OSError):
        return None


def require_free(port: int, part: str, option: str | None = None) -> None:
    """Raise PortTaken, naming the holder where it is readable, when a part's port is in use."""
    if is_taken(port):
        raise PortTaken(part, port, holder_of(port), option)
