"""All databases of all projects, made when they are first named."""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace

from emulator.core.access import UNRESTRICTED, Access
from emulator.core.clock import CommitClock
from emulator.core.database import CheckIndexes, Committed, Database, Keep, keep_nothing, need_no_indexes
from emulator.core.errors import FirestoreError
from emulator.core.listen.registry import Listeners
from emulator.core.paths import DatabaseName
from emulator.core.transactions.transactions import Transaction, Transactions
from emulator.wire import Write, WriteResult


@dataclass(frozen=True, slots=True)
class Instance:
    """One database with those who listen to it and its open transactions, and what its user may do."""

    database: Database
    listeners: Listeners
    transactions: Transactions
    access: Access = UNRESTRICTED

    async def commit(self, writes: Sequence[Write], transaction: Transaction | None = None) -> Committed:
        """Commit what the user may commit; waits for the locks of others."""
        check = None if self.access is UNRESTRICTED else self.access.check_write
        return await self.transactions.commit(writes, transaction, check)

    async def commit_apart(self, writes: Sequence[Write]) -> list[WriteResult | FirestoreError]:
        """Commit each write on its own, all about different documents: its result, or why it was refused."""
        if self.access is UNRESTRICTED and not self.transactions.open_ids:
            return self.transactions.commit_at_once(writes)
        return [await self._commit_alone(write) for write in writes]

    async def _commit_alone(self, write: Write) -> WriteResult | FirestoreError:
        try:
            return (await self.commit([write])).results[0]
        except FirestoreError as refusal:
            return refusal


class Databases:
    """One emulator's databases under one clock; a lock is waited for `lock_seconds` at most."""

    def __init__(
        self,
        lock_seconds: float = 5.0,
        keep: Keep = keep_nothing,
        check_indexes: CheckIndexes = need_no_indexes,
    ) -> None:
        self.clock = CommitClock()
        self._check_indexes = check_indexes
        self._keep = keep
        self._lock_seconds = lock_seconds
        self._instances: dict[DatabaseName, Instance] = {}
        self._access: Callable[[Database], Access] = lambda database: UNRESTRICTED

    def get(self, name: DatabaseName) -> Instance:
        """The database of that name; a new one is empty."""
        found = self._instances.get(name)
        if found is None:
            database = Database(name, self.clock, self._keep, self._check_indexes)
            found = Instance(database, Listeners(database), Transactions(database, self._lock_seconds))
            self._instances[name] = found
        access = self._access(found.database)
        return found if access is found.access else replace(found, access=access)

    def seen_by(self, access: Callable[[Database], Access]) -> "Databases":
        """The same databases for a user of whom `access` knows what he may do."""
        seen = copy(self)
        seen._access = access
        return seen

    def __iter__(self) -> Iterator[Instance]:
        return iter(list(self._instances.values()))

    def clear(self, name: DatabaseName) -> None:
        """Delete every document of a database and end its transactions."""
        instance = self._instances.get(name)
        if instance is not None:
            instance.transactions.end_all()
            instance.database.clear()
