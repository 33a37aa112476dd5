"""The emulator as one running thing: databases, gRPC server and port, started and stopped together."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.core.database import CheckIndexes, need_no_indexes
from emulator.core.databases import Databases
from emulator.data.restoring import DataOptions, kept_databases
from emulator.permissions.authorizing import authorizer
from emulator.permissions.rulebook import Rulebook
from emulator.service.callers import current_caller
from emulator.service.service import Service
from emulator.transports.grpc_service import start_grpc
from emulator.transports.port import HttpFactory, open_port
from emulator.triggers.hosts import Address, Host
from emulator.triggers.principals import principal_of
from emulator.triggers.triggers import Triggers

Prepare = Callable[[Databases], Awaitable[object]]
"""Fills databases before anybody can ask for them."""

if TYPE_CHECKING:
    from emulator.transports.http_routes import Routes


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
    functions: Address | None = None,
    rulebook: Rulebook | None = None,
    explain_denials: bool = True,
    prepare: Prepare | None = None,
) -> AsyncIterator[Running]:
    """Serve on a port (0 for any free one) while the context lasts; OSError if it is taken.

    Documents are kept where `data` says, Unusable says why they cannot be; otherwise they are in memory only.
    Triggers are told of changes at `functions`. Callers other than the owner are held to the rules of `rulebook`.
    """
    rules = rulebook or Rulebook()
    async with kept_databases(data, lock_seconds, check_indexes) as databases:
        if prepare is not None:
            await prepare(databases)
        service = Service(databases, authorizer(rules, explain=explain_denials))
        async with (
            _told_functions(databases, functions) as triggers,
            _serving(host, port, service, triggers, _followed(rules, databases)) as running,
        ):
            yield running


def _followed(rulebook: Rulebook, databases: Databases) -> Rulebook:
    """The same rules, whose changes reach those who listen already."""

    def recheck(project: str | None) -> None:
        for instance in databases:
            if project in (None, instance.database.name.project):
                instance.listeners.recheck()

    rulebook.observers.append(recheck)
    return rulebook


@asynccontextmanager
async def _told_functions(databases: Databases, address: Address | None) -> AsyncIterator[Triggers]:
    triggers = Triggers(databases, lambda: principal_of(current_caller()), _functions_host(address))
    try:
        yield triggers
    finally:
        await triggers.close()


def _functions_host(address: Address | None) -> Host | None:
    if address is None:
        return None
    # An HTTP client takes longer to import than all the rest; most emulators have no functions.
    from emulator.triggers.posting import FunctionsHost

    return FunctionsHost(address)


def _http_connections(service: Service, triggers: Triggers, rulebook: Rulebook) -> HttpFactory:
    """Makes the server's side of HTTP connections; what that takes is imported for the first one."""

    @cache
    def routes() -> "Routes":
        from emulator.transports.http_routes import Routes

        return Routes(service, triggers, rulebook)

    def connection() -> asyncio.Protocol:
        from emulator.transports.http_server import HttpConnection

        return HttpConnection(routes())

    return connection


@asynccontextmanager
async def _serving(
    host: str, port: int, service: Service, triggers: Triggers, rulebook: Rulebook
) -> AsyncIterator[Running]:
    http = _http_connections(service, triggers, rulebook)
    with tempfile.TemporaryDirectory(prefix="firestore-") as folder:
        grpc_socket = str(Path(folder) / "grpc.sock")
        opened = await open_port(host, port, grpc_socket, http)
        grpc_server = await start_grpc(service, f"unix:{grpc_socket}")
        try:
            yield Running(opened.number, service)
        finally:
            await opened.close()
            await grpc_server.stop(grace=0)
