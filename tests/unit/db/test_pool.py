"""The lazy pool: opened by the process and at the moment that needs it, and never shared across a fork."""

import os
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path

import pytest

from courtside.config import Settings
from courtside.db.pool import LazyPool, Pool, connection_options

# Opening a pool connects in the background; these tests never wait for a connection.
NOWHERE = Settings(project="demo-a", database_url="postgresql://127.0.0.1:1/none")
PID = os.getpid()
FUNCTIONS = Path(__file__).parents[3] / "functions"

FORKED = """
import os, sys
from courtside.config import Settings
from courtside.db.pool import LazyPool, PoolSharedAcrossFork

pool = LazyPool(Settings(project="demo-a", database_url="postgresql://127.0.0.1:1/none"))
if "opened" in sys.argv:
    pool.get()
child = os.fork()
if child == 0:
    try:
        pool.get()
        os._exit(0)
    except PoolSharedAcrossFork:
        os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os._exit(0)
"""


def forked(*arguments: str) -> int:
    """The exit status of a forked child that uses its parent's pool."""
    command = [sys.executable, "-c", FORKED, *arguments]
    shown = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(FUNCTIONS)}, capture_output=True, timeout=30
    )
    return int(shown.stdout)


def test_pool_that_was_opened_before_a_fork_is_refused_after_it() -> None:
    assert forked("opened") == 7


def test_pool_that_was_only_made_before_a_fork_opens_after_it() -> None:
    assert forked() == 0


def test_pool_is_opened_once_however_many_ask_first() -> None:
    with closing(LazyPool(NOWHERE)) as pool, ThreadPoolExecutor(8) as threads:
        start = threading.Barrier(8)

        def get() -> Pool:
            start.wait(timeout=10)
            return pool.get()

        assert len({id(found) for found in threads.map(lambda _: get(), range(8))}) == 1


def test_closed_pool_opens_anew() -> None:
    with closing(LazyPool(NOWHERE)) as pool:
        first = pool.get()
        pool.close()

        assert first.closed
        assert pool.get() is not first


def test_thread_that_looks_while_another_opens_the_pool_is_not_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(LazyPool(NOWHERE)) as pool, ThreadPoolExecutor(1) as other_thread:
        looks: list[Future[Pool]] = []

        def getpid() -> int:
            """The first to ask is the thread that opens: have the other one look at this very moment."""
            if not looks:
                looks.append(other_thread.submit(pool.get))
                wait(looks, timeout=0.2)
            return PID

        monkeypatch.setattr("courtside.db.pool.os.getpid", getpid)

        assert pool.get() is looks[0].result(timeout=10)


def test_every_wait_on_a_connection_has_an_end() -> None:
    options = connection_options(NOWHERE)

    assert 0 < options["connect_timeout"] <= 5
    for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        assert f"-c {limit}=" in options["options"]
