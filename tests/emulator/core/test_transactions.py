"""Transactions lock what they read; of two in conflict one is aborted and the other goes through."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from emulator.core.database import Database
from emulator.core.errors import Aborted, InvalidArgument
from emulator.core.transactions.transactions import (
    IDLE_SECONDS,
    LIFETIME_SECONDS,
    Transaction,
    Transactions,
)
from emulator.wire import TransactionOptions
from tests.emulator.databases import empty_database, parsed, set_document, store, structured_query

READ_WRITE = TransactionOptions(read_write={})
READ_ONLY = TransactionOptions(read_only={})
Result = TypeVar("Result")


class Clock:
    """A monotonic clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database() -> Database:
    made = empty_database()
    store(made, {"a/b": {"x": 1}, "a/c": {"x": 2}})
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def transactions(database: Database, clock: Clock) -> Transactions:
    return Transactions(database, wait_seconds=5, clock=clock)


def run(test: Coroutine[Any, Any, Result]) -> Result:
    async def limited() -> Result:
        return await asyncio.wait_for(test, 5)

    return asyncio.run(limited())


async def begun(transactions: Transactions, *paths: str, retrying: bytes = b"") -> Transaction:
    """A transaction that has read some documents."""
    transaction = transactions.begin(TransactionOptions(read_write={"retry_transaction": retrying}))
    await transactions.lock_paths(transaction, paths)
    return transaction


async def until_waiting(transactions: Transactions, number: int = 1) -> None:
    while transactions.waiting < number:
        await asyncio.sleep(0)


def x_of(database: Database, path: str) -> int:
    version = database.find(path)
    assert version is not None
    return int(version.document.fields["x"].integer_value)


def test_a_plain_write_waits_for_a_transaction_that_read_the_document(
    transactions: Transactions, database: Database
) -> None:
    async def test() -> None:
        reader = await begun(transactions, "a/b")
        write = asyncio.create_task(transactions.commit([set_document("a/b", {"x": 9})], None))
        await until_waiting(transactions)
        assert x_of(database, "a/b") == 1

        await transactions.commit([set_document("a/b", {"x": 2})], reader)
        await write

    run(test())
    assert x_of(database, "a/b") == 9


def test_a_rollback_lets_waiting_writes_through(transactions: Transactions, database: Database) -> None:
    async def test() -> None:
        reader = await begun(transactions, "a/b")
        write = asyncio.create_task(transactions.commit([set_document("a/b", {"x": 9})], None))
        await until_waiting(transactions)
        transactions.rollback(reader.id)
        await write

    run(test())
    assert x_of(database, "a/b") == 9


def test_a_write_that_waits_too_long_is_aborted(transactions: Transactions, clock: Clock) -> None:
    transactions.wait_seconds = 0

    async def test() -> None:
        await begun(transactions, "a/b")
        with pytest.raises(Aborted, match="contention"):
            await transactions.commit([set_document("a/b", {"x": 9})], None)

    run(test())


def test_a_write_elsewhere_does_not_wait(transactions: Transactions, database: Database) -> None:
    async def test() -> None:
        await begun(transactions, "a/b")
        await transactions.commit([set_document("a/c", {"x": 9})], None)

    run(test())
    assert x_of(database, "a/c") == 9


def test_of_two_that_read_the_same_and_write_it_the_older_goes_through(
    transactions: Transactions, database: Database
) -> None:
    async def test() -> None:
        older = await begun(transactions, "a/b")
        younger = await begun(transactions, "a/b")
        first = asyncio.create_task(transactions.commit([set_document("a/b", {"x": 10})], older))
        await until_waiting(transactions)
        with pytest.raises(Aborted):
            await transactions.commit([set_document("a/b", {"x": 20})], younger)
        await first

    run(test())
    assert x_of(database, "a/b") == 10


def test_an_older_transaction_aborts_a_younger_one_that_waits_for_it(
    transactions: Transactions, database: Database
) -> None:
    async def test() -> None:
        older = await begun(transactions, "a/b")
        younger = await begun(transactions, "a/b")
        waiting = asyncio.create_task(transactions.commit([set_document("a/b", {"x": 20})], younger))
        await until_waiting(transactions)
        await transactions.commit([set_document("a/b", {"x": 10})], older)
        with pytest.raises(Aborted):
            await waiting
        with pytest.raises(Aborted):
            transactions.get(younger.id)

    run(test())
    assert x_of(database, "a/b") == 10


def test_crosswise_reads_and_writes_do_not_deadlock(transactions: Transactions, database: Database) -> None:
    async def test() -> None:
        one, other = await begun(transactions, "a/b"), await begun(transactions, "a/c")
        first = asyncio.create_task(transactions.commit([set_document("a/c", {"x": 10})], one))
        await until_waiting(transactions)
        with pytest.raises(Aborted):
            await transactions.commit([set_document("a/b", {"x": 20})], other)
        await first

    run(test())
    assert (x_of(database, "a/b"), x_of(database, "a/c")) == (1, 10)


@pytest.mark.parametrize("number", [2, 8, 25])
def test_counters_that_retry_like_the_sdk_all_succeed_within_five_attempts(
    transactions: Transactions, database: Database, number: int
) -> None:
    async def count_up() -> None:
        retrying = b""
        for _ in range(5):
            transaction = await begun(transactions, "a/b", retrying=retrying)
            retrying = retrying or transaction.id
            seen = x_of(database, "a/b")
            await asyncio.sleep(0)
            try:
                await transactions.commit([set_document("a/b", {"x": seen + 1})], transaction)
            except Aborted:
                continue
            return
        raise AssertionError("five attempts were not enough")

    async def test() -> None:
        await asyncio.gather(*(count_up() for _ in range(number)))

    run(test())
    assert x_of(database, "a/b") == 1 + number


def test_a_read_waits_for_a_write_that_is_waiting(transactions: Transactions, database: Database) -> None:
    async def test() -> None:
        reader = await begun(transactions, "a/b")
        write = asyncio.create_task(transactions.commit([set_document("a/b", {"x": 9})], None))
        await until_waiting(transactions)
        late = asyncio.create_task(begun(transactions, "a/b"))
        await until_waiting(transactions, 2)
        transactions.rollback(reader.id)
        await late
        assert write.done()

    run(test())


def test_a_read_passes_a_waiting_write_that_waits_for_the_reader(
    transactions: Transactions, database: Database
) -> None:
    async def test() -> None:
        reader = await begun(transactions, "a/b")
        both = [set_document("a/b", {"x": 9}), set_document("a/c", {"x": 9})]
        write = asyncio.create_task(transactions.commit(both, None))
        await until_waiting(transactions)
        await transactions.lock_paths(reader, ["a/c"])
        await transactions.commit([], reader)
        await write

    run(test())
    assert x_of(database, "a/c") == 9


@pytest.mark.parametrize(
    "phantom", [set_document("a/new", {"x": 1}), set_document("a/c", {"x": 1}), set_document("a/b", {"x": 7})]
)
def test_a_query_in_a_transaction_locks_what_it_found_and_what_it_did_not(
    transactions: Transactions, phantom: Any
) -> None:
    transactions.wait_seconds = 0

    async def test() -> None:
        reader = await begun(transactions)
        transactions.lock_query(reader, parsed(structured_query("a", ("x", "==", 1))))
        await transactions.commit([set_document("a/other", {"x": 3})], None)
        with pytest.raises(Aborted):
            await transactions.commit([phantom], None)
        await transactions.commit([phantom], reader)

    run(test())


def test_a_read_only_transaction_sees_its_beginning_and_locks_nothing(
    transactions: Transactions, database: Database
) -> None:
    async def test() -> None:
        reader = transactions.begin(READ_ONLY)
        await transactions.commit([set_document("a/b", {"x": 9})], None)
        version = database.find("a/b", reader.read_time)
        assert version is not None
        assert version.document.fields["x"].integer_value == 1
        await transactions.commit([], reader)

    run(test())


def test_a_read_only_transaction_cannot_write(transactions: Transactions) -> None:
    reader = transactions.begin(READ_ONLY)

    with pytest.raises(InvalidArgument, match="read-only"):
        run(transactions.commit([set_document("a/b", {"x": 9})], reader))


@pytest.mark.parametrize("seconds", [IDLE_SECONDS + 1, LIFETIME_SECONDS + 1])
def test_an_abandoned_transaction_expires_with_its_locks(
    transactions: Transactions, database: Database, clock: Clock, seconds: float
) -> None:
    async def test() -> None:
        abandoned = await begun(transactions, "a/b")
        clock.now += seconds
        await transactions.commit([set_document("a/b", {"x": 9})], None)
        with pytest.raises(InvalidArgument, match="no longer valid"):
            transactions.get(abandoned.id)

    run(test())
    assert x_of(database, "a/b") == 9


def test_a_transaction_is_over_after_its_commit(transactions: Transactions) -> None:
    transaction = transactions.begin(READ_WRITE)
    run(transactions.commit([], transaction))

    with pytest.raises(InvalidArgument, match="no longer valid"):
        transactions.get(transaction.id)


def test_an_unknown_transaction_is_refused(transactions: Transactions) -> None:
    with pytest.raises(InvalidArgument, match="no longer valid"):
        transactions.get(b"unknown")
    with pytest.raises(InvalidArgument, match="no longer valid"):
        transactions.rollback(b"unknown")


def test_rolling_back_twice_is_harmless(transactions: Transactions) -> None:
    transaction = transactions.begin(READ_WRITE)

    transactions.rollback(transaction.id)
    transactions.rollback(transaction.id)

    assert transaction.id not in transactions.open_ids


def test_a_refused_commit_leaves_the_transaction_open(transactions: Transactions, database: Database) -> None:
    bad = set_document("a/missing", {"x": 1})
    bad.current_document.exists = True

    async def test() -> None:
        transaction = await begun(transactions, "a/b")
        with pytest.raises(Exception, match="No document to update"):
            await transactions.commit([set_document("a/b", {"x": 9}), bad], transaction)
        assert transactions.get(transaction.id) is transaction

    run(test())
    assert x_of(database, "a/b") == 1
