"""The least that any system on these parts must take: a commit, a notification, a round trip, a stream message."""

import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe

import psycopg

from benches.report import Latency
from courtside.backends import Backends

_CHANNEL = "bench_floor"


def commit_floor(database_url: str, count: int) -> Latency:
    """One row, one commit, on an open connection."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS bench_floor (id bigint GENERATED ALWAYS AS IDENTITY, v int)"
        )
        return _timed(
            count, lambda: connection.execute("INSERT INTO bench_floor (v) VALUES (1)", prepare=True)
        )


def firestore_round_trip_floor(backends: Backends, count: int) -> Latency:
    """One unary gRPC call that reads one missing document."""
    return _timed(
        count, lambda: backends.firestore.batch_get(["bench/floor"], field="version", timeout_seconds=5)
    )


def notify_floor(database_url: str, count: int, pause_seconds: float) -> Latency:
    """From the return of a commit that carries a NOTIFY until another process's LISTEN has it."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_listen, args=(database_url, count, theirs), daemon=True)
    process.start()
    ours.recv()
    sent: list[int] = []
    with psycopg.connect(database_url, autocommit=True) as connection:
        for index in range(count):
            with connection.transaction():
                connection.execute("INSERT INTO bench_floor (v) VALUES (%s)", [index])
                connection.execute(f"NOTIFY {_CHANNEL}")
            sent.append(time.time_ns())
            time.sleep(pause_seconds)
    received: list[int] = ours.recv()
    process.join(10)
    return Latency.of([max(0, b - a) / 1e6 for a, b in zip(sent, received, strict=True)])


def _listen(database_url: str, count: int, pipe: Pipe) -> None:
    received: list[int] = []
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"LISTEN {_CHANNEL}")
        pipe.send("listening")
        for _ in connection.notifies():
            received.append(time.time_ns())
            if len(received) == count:
                break
    pipe.send(received)


def _timed(count: int, action: Callable[[], object]) -> Latency:
    for _ in range(20):
        action()
    milliseconds = []
    for _ in range(count):
        started = time.perf_counter_ns()
        action()
        milliseconds.append((time.perf_counter_ns() - started) / 1e6)
    return Latency.of(milliseconds)
