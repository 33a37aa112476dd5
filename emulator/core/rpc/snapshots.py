"""As of when, and under which transaction, a request reads."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from emulator.core.clock import to_micros, to_timestamp
from emulator.core.database import Database
from emulator.core.databases import Instance
from emulator.core.documents import Version
from emulator.core.errors import PermissionDenied
from emulator.core.queries.execute import Execution
from emulator.core.queries.model import Query
from emulator.core.transactions.transactions import Transaction
from emulator.wire import Timestamp


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A view of a database; `time` (microseconds) is None for the present."""

    instance: Instance
    time: int | None = None
    transaction: Transaction | None = None
    begun: bytes = b""
    """The id of a transaction that this request began, for its first response."""
    executed: list[Execution] = field(default_factory=list)
    """The queries that were run on it."""

    @property
    def database(self) -> Database:
        """The database that is read."""
        return self.instance.database

    def read_time(self) -> Timestamp:
        """The time of a read that happens now."""
        return to_timestamp(self.database.read_time(self.time))

    async def lock(self, paths: Collection[str]) -> None:
        """Lock the documents about to be read, in a read-write transaction, if the user may read them."""
        if self.transaction is None or self.transaction.read_only:
            return
        try:
            self.get(paths)
        except PermissionDenied:
            # Nobody keeps others from what they may not read themselves.
            if self.begun:
                self.instance.transactions.rollback(self.begun)
            raise
        await self.instance.transactions.lock_paths(self.transaction, paths)

    def find(self, path: str) -> Version | None:
        """A document as the snapshot has it."""
        return self.database.find(path, self.time)

    def get(self, paths: Iterable[str]) -> dict[str, Version | None]:
        """Documents that the user may read, by path."""
        found = {path: self.find(path) for path in paths}
        self.instance.access.check_get(found)
        return found

    def _execute(self, query: Query) -> Execution:
        if self.transaction is not None and not self.transaction.read_only:
            self.instance.transactions.lock_query(self.transaction, query)
        execution = Execution(query, self.database, self.time)
        self.executed.append(execution)
        return execution

    def query(self, query: Query) -> list[Version]:
        """The results of a query, locked in a read-write transaction."""
        return self._execute(query).results()

    def count(self, query: Query, up_to: int | None) -> int:
        """How many results a query has, `up_to` at most, locked in a read-write transaction."""
        return self._execute(query).count(up_to)


def open_snapshot(instance: Instance, request: Any) -> Snapshot:
    """The snapshot a request selects: a transaction's, a new transaction's, one at a time, or the present."""
    selector = request.WhichOneof("consistency_selector")
    transactions = instance.transactions
    if selector == "new_transaction":
        transaction = transactions.begin(request.new_transaction)
        return Snapshot(instance, transaction.read_time, transaction, transaction.id)
    if selector == "transaction" and request.transaction:
        transaction = transactions.get(request.transaction)
        return Snapshot(instance, transaction.read_time, transaction)
    if selector == "read_time":
        return Snapshot(instance, instance.database.read_time(to_micros(request.read_time)))
    return Snapshot(instance)
