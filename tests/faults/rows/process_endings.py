"""Processes end: told to by a deployment, or by what a handler does to them."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import Connection

from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.deployed import MAIN, WORKERS, Deployed, deployed
from tests.faults.direct import direct
from tests.faults.emulator_faults import WRITES
from tests.faults.probe import OK
from tests.integration.relay.rest import wait_until

# What Cloud Run grants between SIGTERM and SIGKILL.
_GRACE_SECONDS = 10.0
_UNDER_WAY = 4
_PLANTED = Path(__file__).parents[1] / "planted_handlers.py"
_WHO_WAITS = """
    SELECT client_port FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


@row(
    38,
    "SIGTERM of a worker in the middle of publishing",
    injected="workers are told to end while Firestore takes half a second for each write",
    expected="what is held is finished and marked; the end comes within 10 s, with status 0",
    invariants="I3",
    setup=Setup(workers=2),
)
def workers_are_told_to_end(arena: Arena) -> int:
    """A deployment, again and again."""
    ended = 0
    with arena.faults.ordered({"rpc": WRITES, "latency_ms": 500}):
        for _ in range(2 if arena.quick else 5):
            worker = arena.start_worker()
            worker.wait_for_report()  # before, it holds nothing
            _expect_graceful_end(arena, "a worker", worker.process.stop)
            ended += 1
    return ended


@row(
    38,
    "SIGTERM in the middle of a request",
    injected="functions are told to end while requests wait for a lock",
    expected="requests under way are answered; the end comes within 10 s, with status 0",
    invariants="I2 I3",
)
def servers_are_told_to_end(arena: Arena) -> int:
    """Every request under way gets its answer, however the deployment goes."""
    ended = 0
    for _ in range(1 if arena.quick else 3):
        with deployed(arena, MAIN, "account") as server:
            answers = _end_while_requests_wait(arena, server)
        for answer in answers:
            arena.expect(answer == OK, f"a request under way was told {answer}")
        ended += 1
        arena.start_functions()
        arena.act(10)
    return ended


@row(
    39,
    "SystemExit, MemoryError or a segmentation fault in a handler",
    injected="planted handlers, each after it has written something",
    expected="INTERNAL, or a worker that is replaced; nothing that was written stays, the server goes on",
    invariants="I8",
)
def handlers_end_their_process(arena: Arena) -> int:
    """Beside real commands, in a server of their own."""
    struck = 0
    with deployed(arena, _PLANTED, "planted") as server:
        for _ in range(2 if arena.quick else 5):
            for command in ("exit_server", "run_out_of_memory"):
                answer = _answer(server, command)
                arena.expect(answer == "500", f"{command} was answered {answer}")
            workers = {worker.pid for worker in server.workers}
            arena.expect(len(workers) == WORKERS, "a worker ended with its handler")
            answer = _answer(server, "crash")
            arena.expect(not answer.isdigit(), f"a crashed worker answered {answer}")
            wait_until(lambda w=workers: {x.pid for x in server.workers} - w, "a new worker")  # type: ignore[misc]
            server.wait_for_workers()
            struck += 3
        answer = _answer(server, "do_nothing")
        arena.expect(answer == "200", f"the server answers {answer} after all that")
    return struck


def _end_while_requests_wait(arena: Arena, server: Deployed) -> list[str]:
    """What requests were told that were under way when the server was told to end."""
    with ThreadPoolExecutor(1) as caller, psycopg.connect(arena.database_url) as connection:
        connection.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        sent = caller.submit(server.register_many, _UNDER_WAY)
        with direct(arena) as watching:
            wait_until(lambda: _count_waiting(server, watching) == _UNDER_WAY, "requests to be under way")
        server.process.ask_to_stop()
        arena.hold(1.0)
        connection.commit()
        _expect_graceful_end(arena, "a server", server.process.stop)
        return list(sent.result().values())


def _count_waiting(server: Deployed, connection: Connection[Any]) -> int:
    """How many of a server's transactions wait for a lock."""
    own = {used.laddr.port for worker in server.workers for used in worker.net_connections("inet")}
    return sum(port in own for (port,) in connection.execute(_WHO_WAITS))


def _expect_graceful_end(arena: Arena, what: str, stop: Callable[[], int]) -> None:
    started = time.monotonic()
    status = stop()
    seconds = time.monotonic() - started
    arena.expect(status == 0, f"{what} that was told to end did so with status {status}")
    arena.expect(seconds < _GRACE_SECONDS, f"{what} took {seconds:.1f} s to end")


def _answer(server: Deployed, command: str) -> str:
    """The HTTP status of an answer, or the name of what came instead."""
    try:
        return str(server.call("client0", command).status_code)
    except httpx.TransportError as error:
        return type(error).__name__
