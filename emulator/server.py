"""The emulator as one running thing: databases, gRPC server and port, started and stopped together."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from emulator.core.database import CheckIndexes, need_no_indexes
from emulator.core.databases import Databases
from emulator.data.restoring import DataOptions, kept_databases
from emulator.service.service import Service
from emulator.transports.grpc_service import start_grpc
from emulator.transports.http_routes import Routes
from emulator.transports.http_server import HttpConnection
from emulator.transports.port import open_port


@dataclass(frozen=True, slots=True)
class Running:
    """An emulator that accepts connections on a port."""

    port: int
    service: Service

    @property
    def databases(self) -> Databases:
        """What it serves."""
        return self.service.databases


@asynccontextmanager
async def serving(
    host: str,
    port: int,
    *,
    lock_seconds: float = 5.0,
    data: DataOptions | None = None,
    check_indexes: CheckIndexes = need_no_indexes,
) -> AsyncIterator[Running]:
    """Serve on a port (0 for any free one) while the context lasts; OSError if it is taken.

    Documents are kept where `data` says, Unusable says why they cannot be; otherwise they are in memory only.
    """
    async with (
        kept_databases(data, lock_seconds, check_indexes) as databases,
        _serving(host, port, Service(databases)) as running,
    ):
        yield running


@asynccontextmanager
async def _serving(host: str, port: int, service: Service) -> AsyncIterator[Running]:
    routes = Routes(service)
    with tempfile.TemporaryDirectory(prefix="firestore-") as folder:
        grpc_socket = str(Path(folder) / "grpc.sock")
        server = await open_port(host, port, grpc_socket, lambda: HttpConnection(routes))
        grpc_server = await start_grpc(service, f"unix:{grpc_socket}")
        try:
            yield Running(server.sockets[0].getsockname()[1], service)
        finally:
            server.close()
            await grpc_server.stop(grace=0)
