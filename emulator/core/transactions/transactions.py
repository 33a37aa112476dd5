"""The life of transactions: begin, locked reads, commit, rollback, expiry.

Read-write transactions lock what they read. A commit, in a transaction or not, waits for the locks of others.
When two wait for each other the younger one is aborted, so one of them always succeeds. A transaction that is
begun again after such a loss keeps its age, and takes turns with other losers instead of colliding again.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

from emulator.core.access import CheckWrite
from emulator.core.clock import to_micros
from emulator.core.database import Committed, Database
from emulator.core.errors import Aborted, FirestoreError, InvalidArgument
from emulator.core.queries.model import Query
from emulator.core.transactions.locks import Holder, Locks, would_deadlock
from emulator.core.usage import note_writes
from emulator.core.writes import target_of
from emulator.wire import TransactionOptions, Write, WriteResult

IDLE_SECONDS = 60.0
LIFETIME_SECONDS = 270.0
REMEMBERED = 10_000
_CONTENTION = "Too much contention on these documents. Please try again."
_INVALID = "The referenced transaction has expired or is no longer valid."


@dataclass(eq=False, slots=True)
class Transaction:
    """An open transaction; a read-only one has a `read_time` (microseconds) and no locks."""

    id: bytes
    holder: Holder
    read_time: int | None
    began: float
    used: float
    aborted: bool = False

    @property
    def read_only(self) -> bool:
        """Whether it may only read."""
        return self.read_time is not None


@dataclass(frozen=True, slots=True)
class _Ended:
    """What is remembered of a finished transaction: its age, for one that retries it, and whether it lost."""

    age: int
    aborted: bool


@dataclass(slots=True)
class Transactions:
    """The transactions of one database; a lock is waited for `wait_seconds` at most."""

    database: Database
    wait_seconds: float = 5.0
    clock: Callable[[], float] = monotonic
    locks: Locks = field(default_factory=Locks)
    _open: dict[bytes, Transaction] = field(default_factory=dict)
    _ended: OrderedDict[bytes, _Ended] = field(default_factory=OrderedDict)
    _waiting: set[asyncio.Future[None]] = field(default_factory=set)
    _ages: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def waiting(self) -> int:
        """How many reads and commits wait for locks."""
        return len(self._waiting)

    @property
    def open_ids(self) -> frozenset[bytes]:
        """The ids of the open transactions."""
        return frozenset(self._open)

    def _next_age(self) -> int:
        return next(self._ages)

    def begin(self, options: TransactionOptions) -> Transaction:
        """A new transaction; InvalidArgument or FailedPrecondition for an impossible read time."""
        now = self.clock()
        self._expire(now)
        read_time: int | None = None
        if options.HasField("read_only"):
            asked = options.read_only.read_time if options.read_only.HasField("read_time") else None
            read_time = self.database.read_time(None if asked is None else to_micros(asked))
        transaction = Transaction(os.urandom(16), self._holder(options), read_time, now, now)
        self._open[transaction.id] = transaction
        return transaction

    def _holder(self, options: TransactionOptions) -> Holder:
        retried = options.read_write.retry_transaction
        before = self._ended.get(retried) if retried else None
        if before is None and retried in self._open:
            before = _Ended(self._open[retried].holder.age, aborted=True)
        return Holder(self._next_age()) if before is None else Holder(before.age, persistent=True)

    def get(self, transaction_id: bytes) -> Transaction:
        """An open transaction; Aborted if it lost a conflict, InvalidArgument if it is unknown or over."""
        now = self.clock()
        self._expire(now)
        transaction = self._open.get(transaction_id)
        if transaction is not None:
            transaction.used = now
            return transaction
        ended = self._ended.get(transaction_id)
        if ended is not None and ended.aborted:
            raise Aborted(_CONTENTION)
        raise InvalidArgument(_INVALID)

    def rollback(self, transaction_id: bytes) -> None:
        """End a transaction without effect; one that is over already is left alone."""
        if transaction_id in self._open:
            self._end(self._open[transaction_id], aborted=False)
        elif transaction_id not in self._ended:
            raise InvalidArgument(_INVALID)

    def end_all(self) -> None:
        """End every open transaction without effect."""
        for transaction in list(self._open.values()):
            self._end(transaction, aborted=False)

    def _end(self, transaction: Transaction, *, aborted: bool) -> None:
        self._open.pop(transaction.id, None)
        self._ended[transaction.id] = _Ended(transaction.holder.age, aborted)
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)
        transaction.aborted = aborted
        self.locks.release(transaction.holder)
        self._wake()

    def _expire(self, now: float) -> None:
        for transaction in list(self._open.values()):
            waits = bool(transaction.holder.waits_for)
            if (
                now - transaction.used > IDLE_SECONDS and not waits
            ) or now - transaction.began > LIFETIME_SECONDS:
                self._end(transaction, aborted=False)

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def _locks_released(self, seconds: float) -> None:
        """Wait until some transaction ends, `seconds` at most."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait({future}, timeout=seconds)
        finally:
            self._waiting.discard(future)

    # reading

    async def lock_paths(self, transaction: Transaction, paths: Iterable[str]) -> None:
        """Lock documents that a read-write transaction is about to read."""
        for path in paths:
            await self._await_turn(transaction, path)
            self._check_alive(transaction)
            self.locks.lock_path(transaction.holder, path)

    def lock_query(self, transaction: Transaction, query: Query) -> None:
        """Lock what a query finds, for a read-write transaction that is about to run it."""
        self._check_alive(transaction)
        self.locks.lock_query(transaction.holder, query)

    async def _await_turn(self, transaction: Transaction, path: str) -> None:
        """Let those ahead finish first, unless they wait for us; a read is never refused for contention."""
        holder = transaction.holder
        deadline = self.clock() + self.wait_seconds
        while ahead := self.locks.ahead_of_read(holder, path):
            left = deadline - self.clock()
            if left <= 0 or would_deadlock(holder, ahead):
                return
            holder.waits_for = frozenset(ahead)
            try:
                await self._locks_released(left)
            finally:
                holder.waits_for = frozenset()

    def _check_alive(self, transaction: Transaction) -> None:
        if transaction.id not in self._open:
            raise Aborted(_CONTENTION) if transaction.aborted else InvalidArgument(_INVALID)

    # writing

    async def commit(
        self, writes: Sequence[Write], transaction: Transaction | None, check: CheckWrite | None = None
    ) -> Committed:
        """Commit once nobody else's lock forbids it; Aborted when that takes too long or cannot be.

        `check` is asked about the commit as it would be, right before it is made.
        """
        if transaction is not None and transaction.read_only:
            if writes:
                raise InvalidArgument("Cannot modify entities in a read-only transaction.")
            self._end(transaction, aborted=False)
            return Committed(self.database.clock.now(), [])
        holder = transaction.holder if transaction is not None else Holder(self._next_age())
        try:
            await self._await_write(holder, transaction, writes)
        except Aborted:
            if transaction is not None:
                self._end(transaction, aborted=True)
            raise
        finally:
            self.locks.want_no_more(holder)
        if check is not None:
            check(self.database.proposed(writes))
        committed = self.database.commit(writes)
        _note(writes)
        if transaction is not None:
            self._end(transaction, aborted=False)
        self._wake()
        return committed

    def commit_at_once(self, writes: Sequence[Write]) -> list[WriteResult | FirestoreError]:
        """Commit each write on its own, none waiting for another; only while no transaction is open."""
        outcomes = self.database.commit_apart(writes)
        made = zip(writes, outcomes, strict=True)
        _note([write for write, outcome in made if not isinstance(outcome, FirestoreError)])
        return outcomes

    async def _await_write(
        self, holder: Holder, transaction: Transaction | None, writes: Sequence[Write]
    ) -> None:
        if not any(other is not transaction for other in self._open.values()):
            return
        paths = {target_of(write, self.database.name) for write in writes}
        deadline = self.clock() + self.wait_seconds
        while blockers := self._blockers(holder, paths, writes):
            if not self._resolve_deadlock(holder, blockers):
                left = deadline - self.clock()
                if left <= 0:
                    raise Aborted(_CONTENTION)
                self.locks.want_no_more(holder)
                self.locks.want(holder, paths, blockers)
                await self._locks_released(left)
            if transaction is not None:
                self._check_alive(transaction)

    def _blockers(self, holder: Holder, paths: set[str], writes: Sequence[Write]) -> set[Holder]:
        self._expire(self.clock())
        try:
            changes = self.database.preview(writes)
        except FirestoreError:
            changes = []
        return self.locks.blockers_of_write(holder, paths, changes)

    def _resolve_deadlock(self, holder: Holder, blockers: set[Holder]) -> bool:
        """Abort the younger of two who wait for each other; True if that was another, now without locks."""
        circular = would_deadlock(holder, blockers)
        if not circular:
            return False
        if any(blocker.age < holder.age for blocker in circular):
            raise Aborted(_CONTENTION)
        for transaction in [one for one in self._open.values() if one.holder in circular]:
            self._end(transaction, aborted=True)
        return True


def _note(writes: Sequence[Write]) -> None:
    deletes = sum(write.WhichOneof("operation") == "delete" for write in writes)
    note_writes(len(writes) - deletes, deletes)
