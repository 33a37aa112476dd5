"""Buckets in Postgres: what they give, to how many processes at once, by the database's own clock."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from time import monotonic

import psycopg
import pytest

from courtside.config import Settings
from courtside.db.pool import LazyPool
from courtside.db.rate_limits import Taken, prune_full, take_calls
from courtside.db.reader import Reader
from courtside.edge.gate import take_from
from courtside.edge.limits import Limit, Meter
from courtside.errors import RateLimited
from local.environment import FUNCTIONS, ROOT

KEY = "user:ada:command"
LIMIT = Limit(burst=80, per_minute=60)
PROCESSES = 4


@pytest.fixture
def reader(empty_database: str) -> Iterator[Reader]:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        yield Reader(connection)


def take(reader: Reader, calls: int, *, owed: int = 0, key: str = KEY, per_minute: float = 60) -> Taken:
    return take_calls(reader, key, burst=10, per_minute=per_minute, calls=calls, owed=owed)


def let_pass(reader: Reader, seconds: float) -> None:
    """As if so much time had gone by: the bucket is full so much sooner."""
    reader.execute(
        "UPDATE rate_limits SET full_at = full_at - make_interval(secs => %(seconds)s)", seconds=seconds
    )


def test_a_bucket_gives_its_burst_and_no_more(reader: Reader) -> None:
    assert [take(reader, 4).calls for _ in range(4)] == [4, 4, 2, 0]


def test_an_empty_bucket_tells_when_it_has_a_call_again(reader: Reader) -> None:
    take(reader, 10)
    refused = take(reader, 5)

    assert refused.calls == 0
    assert 0.5 < refused.wait_seconds <= 1
    let_pass(reader, refused.wait_seconds)
    assert take(reader, 5).calls == 1


@pytest.mark.parametrize("per_minute", [60, 30, 7])
def test_a_bucket_fills_at_its_rate_up_to_its_burst(reader: Reader, per_minute: float) -> None:
    take(reader, 10, per_minute=per_minute)
    let_pass(reader, 3 * 60 / per_minute)
    assert take(reader, 10, per_minute=per_minute).calls == 3

    let_pass(reader, 3600)
    assert take(reader, 100, per_minute=per_minute).calls == 10


def test_what_passed_before_is_counted(reader: Reader) -> None:
    assert take(reader, 5, owed=8).calls == 2
    let_pass(reader, 5)
    assert take(reader, 5, owed=2).calls == 3


def test_debts_keep_nobody_out_for_longer_than_two_buckets(reader: Reader) -> None:
    for _ in range(10):
        take(reader, 1, owed=100)

    assert take(reader, 1).wait_seconds <= 11


def test_a_clock_that_was_set_back_keeps_nobody_out_for_long(reader: Reader) -> None:
    take(reader, 10)
    let_pass(reader, -86_400)

    take(reader, 1)

    assert take(reader, 1).wait_seconds <= 11


def test_keys_do_not_share(reader: Reader) -> None:
    take(reader, 10)

    assert take(reader, 10, key="user:bob:command").calls == 10


def test_full_buckets_are_forgotten(reader: Reader) -> None:
    take(reader, 10)
    take(reader, 1, key="user:bob:command")
    let_pass(reader, 2)

    assert prune_full(reader) == 1
    assert take(reader, 10).calls == 2


def call_often(database_url: str, calls: int) -> int:
    """A process that serves so many calls of one person; how many pass."""
    with closing(LazyPool(Settings(project="demo-limits", database_url=database_url))) as pool:
        meter = Meter(take_from(pool))
        return sum(_passes(meter) for _ in range(calls))


def _passes(meter: Meter) -> bool:
    try:
        meter.admit(KEY, LIMIT)
    except RateLimited:
        return False
    return True


def test_processes_share_one_bucket(empty_database: str) -> None:
    code = f"import sys; from {__name__} import call_often; print(call_often(sys.argv[1], 400))"
    command = [sys.executable, "-c", code, empty_database]
    started = monotonic()

    processes = [
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{FUNCTIONS}:{ROOT}"}, stdout=subprocess.PIPE
        )
        for _ in range(PROCESSES)
    ]
    passed = sum(int(process.communicate(timeout=60)[0]) for process in processes)

    refilled = (monotonic() - started) * LIMIT.per_minute / 60
    assert LIMIT.burst <= passed <= LIMIT.burst + PROCESSES * LIMIT.batch + refilled
