"""The server forks after it imported the functions: nothing that is open may be shared."""

import psutil
from psycopg.conninfo import conninfo_to_dict

from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.deployed import MAIN, WORKERS, Deployed, deployed
from tests.faults.direct import direct, end_connections
from tests.faults.probe import OK

_PEOPLE = 24
_MOST_ROUNDS = 20


@row(
    11,
    "pool opened before a fork",
    injected="functions-framework imports the functions, then gunicorn forks two workers",
    expected="each worker opens its own pool at its first request; nobody is answered with another's row",
    invariants="I9",
)
def workers_are_forked(arena: Arena) -> int:
    """Callers at both workers at once, each with a row of their own."""
    with deployed(arena, MAIN, "account") as server:
        master = psutil.Process(server.process.pid)
        states = {connection.status for connection in master.net_connections("inet")}
        arena.expect(
            states == {psutil.CONN_LISTEN}, f"the master opened connections before it forked: {states}"
        )
        return _register_until_all_work(arena, server)


@row(
    12,
    "background threads lost in a fork",
    injected="every connection of forked workers is ended at once, twice",
    expected="each pool opened its threads after the fork: no caller notices",
    invariants="I10",
)
def forked_pools_lose_their_connections(arena: Arena) -> int:
    """A pool whose threads stayed in the master never recovers."""
    ended = 0
    with deployed(arena, MAIN, "account") as server:
        _register_until_all_work(arena, server)
        for _ in range(2):
            with direct(arena) as connection:
                ended += end_connections(connection)
            _expect_all_ok(arena, server.register_many(_PEOPLE))
    return ended


@row(
    13,
    "Firestore channel used before a fork",
    injected="two forked workers drain what their commands left, and no relay runs",
    expected="each worker opens its own channel: requests end, their documents are there",
    invariants="I8",
    setup=Setup(workers=0),
)
def forked_workers_write_documents(arena: Arena) -> int:
    """A channel that was used before the fork hangs in both workers."""
    with deployed(arena, MAIN, "account") as server:
        registered = server.register_many(_PEOPLE)
    _expect_all_ok(arena, registered)
    there = sum(arena.world.document(f"clients/{uid}") is not None for uid in registered)
    # Under load a drain may run out of its time.
    arena.expect(there > _PEOPLE // 2, f"forked workers wrote {there} of {_PEOPLE} documents")
    arena.start_worker()
    return there


def _register_until_all_work(arena: Arena, server: Deployed) -> int:
    """Register people until every worker has opened Postgres; how many."""
    port = int(str(conninfo_to_dict(arena.database_url)["port"]))
    people = 0
    for _ in range(_MOST_ROUNDS):
        _expect_all_ok(arena, server.register_many(_PEOPLE))
        people += _PEOPLE
        if arena.violations or sum(_is_connected(worker, port) for worker in server.workers) == WORKERS:
            return people
    raise AssertionError("one worker served every call")


def _expect_all_ok(arena: Arena, registered: dict[str, str]) -> None:
    for uid, outcome in registered.items():
        arena.expect(outcome == OK, f"{uid} was told {outcome}")


def _is_connected(worker: psutil.Process, port: int) -> bool:
    return any(c.raddr and c.raddr.port == port for c in worker.net_connections("inet"))
