"""Transactions against real faults: collisions run again, outages are told apart, a refusal changes nothing."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import Connection

from courtside.db.pool import LazyPool
from courtside.db.reader import Reader
from courtside.db.unit_of_work import MAX_ATTEMPTS, read_snapshot, run_inquiry, run_transaction
from courtside.errors import Code, CommandIdReused, Contended, Unavailable
from tests.integration.db.conftest import MakePool

Counters = Connection[Any]


def add(connection: Connection[Any], name: str) -> None:
    connection.execute("UPDATE counters SET n = n + 1 WHERE name = %s", [name])


def read(connection: Connection[Any], name: str) -> int:
    row = connection.execute("SELECT n FROM counters WHERE name = %s", [name]).fetchone()
    assert row is not None
    return int(row[0])


def test_transaction_is_committed_with_its_result(pool: LazyPool, counters: Counters) -> None:
    def work(connection: Connection[Any]) -> str:
        add(connection, "a")
        return "result"

    assert run_transaction(pool, work) == "result"
    assert read(counters, "a") == 1


@pytest.mark.parametrize("error", [CommandIdReused(), ZeroDivisionError(), SystemExit(3)])
def test_transaction_that_raises_is_undone_and_not_run_again(
    pool: LazyPool, counters: Counters, error: BaseException
) -> None:
    attempts = []

    def work(connection: Connection[Any]) -> None:
        attempts.append(1)
        add(connection, "a")
        raise error

    with pytest.raises(type(error)):
        run_transaction(pool, work)

    assert (len(attempts), read(counters, "a")) == (1, 0)


def test_serialization_failure_runs_the_transaction_again(pool: LazyPool, counters: Counters) -> None:
    seen = []

    def work(connection: Connection[Any]) -> None:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        seen.append(read(connection, "a"))
        if len(seen) == 1:
            add(counters, "a")  # somebody else is faster
        add(connection, "a")

    run_transaction(pool, work)

    assert seen == [0, 1]
    assert read(counters, "a") == 2


def test_deadlock_runs_the_victim_again(pool: LazyPool, counters: Counters) -> None:
    both_hold_one = threading.Barrier(2)
    attempts = []

    def work(first: str, second: str) -> None:
        met: list[bool] = []

        def cross(connection: Connection[Any]) -> None:
            attempts.append(first)
            add(connection, first)
            if not met:
                met.append(True)
                both_hold_one.wait(timeout=10)
            add(connection, second)

        run_transaction(pool, cross)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(work, "a", "b"), threads.submit(work, "b", "a")]:
            done.result(timeout=20)

    assert len(attempts) == 3
    assert (read(counters, "a"), read(counters, "b")) == (2, 2)


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_collision_without_an_end_is_given_up(pool: LazyPool, counters: Counters, sqlstate: str) -> None:
    attempts = []

    def work(connection: Connection[Any]) -> None:
        attempts.append(1)
        add(connection, "a")
        connection.execute(f"DO $$ BEGIN RAISE SQLSTATE '{sqlstate}'; END $$")

    with pytest.raises(Contended) as raised:
        run_transaction(pool, work)

    assert (raised.value.code, raised.value.reason) == (Code.ABORTED, "CONTENDED")
    assert len(attempts) == MAX_ATTEMPTS
    assert read(counters, "a") == 0


def test_connection_that_dies_at_work_is_unavailable(pool: LazyPool, counters: Counters) -> None:
    def work(connection: Connection[Any]) -> None:
        add(connection, "a")
        counters.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        add(connection, "a")

    with pytest.raises(Unavailable) as raised:
        run_transaction(pool, work)

    assert (raised.value.code, raised.value.reason) == (Code.UNAVAILABLE, "TRY_AGAIN")
    assert read(counters, "a") == 0


def test_idle_connections_that_died_are_replaced_before_use(pool: LazyPool, counters: Counters) -> None:
    all_at_work = threading.Barrier(5)

    def work(connection: Connection[Any]) -> None:
        all_at_work.wait(timeout=10)

    with ThreadPoolExecutor(5) as threads:
        for done in [threads.submit(run_transaction, pool, work) for _ in range(5)]:
            done.result(timeout=20)
    counters.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = 'courtside' AND datname = current_database()"
    )

    started = time.monotonic()
    run_transaction(pool, lambda connection: add(connection, "a"))

    # At once, however many there were: each found out in its turn would take a second more than the one before.
    assert time.monotonic() - started < 1.0
    assert read(counters, "a") == 1


def test_statement_that_takes_too_long_is_unavailable(make_pool: MakePool, counters: Counters) -> None:
    pool = make_pool(statement_timeout_ms=50)

    with pytest.raises(Unavailable, match="try again"):
        run_transaction(pool, lambda connection: connection.execute("SELECT pg_sleep(10)"))


def test_waiting_for_notices_is_no_silence(pool: LazyPool) -> None:
    with pool.get().connection() as connection, connection.patience(0.05):
        assert list(connection.notifies(timeout=0.15)) == []
        connection.execute("SELECT 1")


def test_lock_that_is_not_had_in_time_is_unavailable(make_pool: MakePool, counters: Counters) -> None:
    pool = make_pool(statement_timeout_ms=50)

    with counters.transaction():
        add(counters, "a")
        with pytest.raises(Unavailable, match="try again"):
            run_transaction(pool, lambda connection: add(connection, "a"))

    assert read(counters, "a") == 1


def test_pool_without_a_free_connection_is_unavailable(make_pool: MakePool) -> None:
    pool = make_pool(pool_max_connections=1, pool_wait_seconds=0.05)

    with pool.get().connection(timeout=10), pytest.raises(Unavailable, match="busy"):
        run_transaction(pool, lambda connection: None)


def test_readers_give_up_before_writers_when_connections_are_scarce(make_pool: MakePool) -> None:
    pool = make_pool(pool_max_connections=1, pool_wait_seconds=1.5)
    written = threading.Event()

    def write() -> None:
        run_transaction(pool, lambda connection: written.set())

    with ThreadPoolExecutor(1) as writer:
        with pool.get().connection(timeout=10):
            waiting = writer.submit(write)
            with pytest.raises(Unavailable, match="busy"):
                run_inquiry(pool, lambda connection: None)
        waiting.result(timeout=10)

    assert written.is_set()


def test_commit_that_may_be_forgotten_does_not_wait_for_the_disk(make_pool: MakePool) -> None:
    pool = make_pool(pool_max_connections=1)

    def setting(connection: Connection[Any]) -> str:
        row = connection.execute("SHOW synchronous_commit").fetchone()
        assert row is not None
        return str(row[0])

    usual = run_transaction(pool, setting)

    assert run_transaction(pool, setting, durable=False) == "off"
    assert run_transaction(pool, setting) == usual


def test_snapshot_does_not_move(pool: LazyPool, counters: Counters) -> None:
    def work(reader: Reader) -> list[int]:
        seen = [_sum(reader)]
        add(counters, "a")
        return [*seen, _sum(reader)]

    assert read_snapshot(pool, work) == [0, 0]
    assert read_snapshot(pool, _sum) == 1


def test_snapshot_writes_nothing(make_pool: MakePool, counters: Counters) -> None:
    pool = make_pool(pool_max_connections=1)

    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        read_snapshot(pool, lambda reader: reader.execute("UPDATE counters SET n = 9"))

    # The same connection writes again afterwards.
    run_transaction(pool, lambda connection: add(connection, "a"))
    assert read(counters, "a") == 1


class _Sum:
    def __init__(self, n: int) -> None:
        self.n = n


def _sum(reader: Reader) -> int:
    found = reader.find("SELECT sum(n)::integer AS n FROM counters", _Sum)
    assert found is not None
    return found.n


@pytest.mark.parametrize("then", ["SELECT 1", None], ids=["in the middle", "at the end"])
def test_a_session_that_the_server_gave_up_is_an_outage(
    pool: LazyPool, counters: Counters, then: LiteralString | None
) -> None:
    """A process that was frozen in its transaction wakes up to a server that has ended it."""

    def work(connection: Connection[Any]) -> None:
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 10")
        add(connection, "a")
        pid = connection.info.backend_pid
        while counters.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            pass
        if then is not None:
            connection.execute(then)

    with pytest.raises(Unavailable):
        run_transaction(pool, work)

    assert read(counters, "a") == 0
