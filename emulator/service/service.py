"""The RPCs of all databases as every transport calls them."""

import asyncio
from collections.abc import Callable
from typing import Any

from emulator.core.access import UNRESTRICTED
from emulator.core.databases import Databases
from emulator.core.errors import InvalidArgument, Unavailable
from emulator.core.listen.messages import Response
from emulator.core.listen.stream import ListenStream
from emulator.core.paths import parse_database
from emulator.core.rpc.table import RPCS
from emulator.core.rpc.write_stream import WriteStream
from emulator.core.usage import Usage, measured
from emulator.service.authorizers import Authorizer, allow_all
from emulator.service.callers import Caller, calling
from emulator.service.faults import STREAMS, Faults, Strike
from emulator.service.meter import Meter
from emulator.service.metered_access import MeteredAccess

MAX_REQUEST_BYTES = 10 << 20
"""https://firebase.google.com/docs/firestore/quotas: maximum API request size."""
KNOWN_RPCS = frozenset({*RPCS, *STREAMS})


class Service:
    """Serves calls: a fault first if one is due, then the RPC, then its bill."""

    def __init__(self, databases: Databases, authorize: Authorizer = allow_all) -> None:
        self.databases = databases
        self.authorize = authorize
        self.faults = Faults()
        self.meter = Meter()

    async def call(self, rpc: str, request: Any, caller: Caller) -> Any:
        """The response of an RPC, or the iterator over its responses where it streams them."""
        _check_size(request)
        strike = await self.strike(rpc, _database_of(request), caller)
        with calling(caller), measured() as usage:
            try:
                response = await RPCS[rpc].serve(self.databases_of(caller), request)
            finally:
                self.meter.add(caller.label, usage)
        _lose_reply(strike)
        return response

    def databases_of(self, caller: Caller) -> Databases:
        """The databases as far as a caller may use them."""
        return self.databases.seen_by(lambda database: self.authorize(caller, database))

    async def open_stream(self, rpc: str, database: str, caller: Caller) -> "OpenStream":
        """Let a Listen or Write stream on a database in."""
        strike = await self.strike(rpc, database, caller)
        _lose_reply(strike)
        return OpenStream(self, rpc, database, caller, strike.drop_after)

    async def strike(self, rpc: str, database: str, caller: Caller) -> Strike:
        """What a fault rule orders for a call that arrives now; the delay and the refusal happen here."""
        self.meter.count_call(caller.label, rpc)
        strike = self.faults.strike(rpc, caller.label, database)
        if strike.latency:
            await asyncio.sleep(strike.latency)
        if strike.refusal is not None and not strike.applied:
            raise strike.refusal
        return strike


class OpenStream:
    """A stream of one caller on one database: its state machines, metered, and its end if a fault orders one."""

    def __init__(
        self, service: Service, rpc: str, database: str, caller: Caller, drop_after: float | None
    ) -> None:
        self._service = service
        self._rpc = rpc
        self._database = database
        self._caller = caller
        self._drop_after = drop_after

    def listen(self, send: Callable[[Response], None]) -> ListenStream:
        """The targets of a Listen stream; `send` must not block."""
        instance = self._service.databases_of(self._caller).get(parse_database(self._database))
        meter, label = self._service.meter, self._caller.label

        def send_metered(response: Response) -> None:
            if response.reads:
                meter.add(label, Usage(reads=response.reads))
            send(response)

        access = instance.access
        metered = access if access is UNRESTRICTED else MeteredAccess(access, meter, label)
        return ListenStream(instance.database, instance.listeners, send_metered, metered)

    def writes(self) -> WriteStream:
        """The state of a Write stream."""
        return WriteStream(self._service.databases_of(self._caller))

    async def write(self, stream: WriteStream, request: Any) -> Any:
        """The response to the next request of a Write stream; each one that writes is a call of its own."""
        _check_size(request)
        strike = None
        if request.writes:
            strike = await self._service.strike(self._rpc, self._database, self._caller)
        with calling(self._caller), measured() as usage:
            try:
                response = await stream.answer(request)
            finally:
                self._service.meter.add(self._caller.label, usage)
        if strike is not None:
            _lose_reply(strike)
        return response

    async def dropped(self) -> None:
        """Ends with Unavailable when a fault cuts the stream; never otherwise."""
        if self._drop_after is None:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(self._drop_after or 0)
        raise Unavailable("the stream was dropped by a fault rule")


def _lose_reply(strike: Strike) -> None:
    if strike.refusal is not None:
        raise strike.refusal


def _check_size(request: Any) -> None:
    size = request.ByteSize()
    if size > MAX_REQUEST_BYTES:
        raise InvalidArgument(
            f"Request payload size exceeds the limit: {MAX_REQUEST_BYTES} bytes; this one has {size}."
        )


def _database_of(request: Any) -> str:
    """The database that a request names in its own way: as such, or within a resource name."""
    fields = request.DESCRIPTOR.fields_by_name
    if "database" in fields:
        return str(request.database)
    name = (
        request.parent if "parent" in fields else request.name if "name" in fields else request.document.name
    )
    return "/".join(name.split("/", 4)[:4])
