"""The way to Postgres breaks: replies are lost, nothing answers, nothing connects, everything is slow."""

import time

from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.probe import expect_quick_refusals, probe_together, probing
from tests.faults.proxy import TcpProxy, database_proxy
from tests.integration.relay.rest import wait_until

# With the people of the load no more than the functions have threads: nobody waits for one.
_PROBES = 4
# The wait for a connection, a statement's time with its margin, and a moment.
_LONGEST_ANSWER_SECONDS = 10.0
_MARGIN_SECONDS = 3.0
# The wait for a connection, and a moment.
_LONGEST_REFUSAL_SECONDS = 4.5
# The waits for a connection before the command and before each step of its drain, and 400 ms for each round trip.
_LONGEST_SLOW_ANSWER_SECONDS = 18.0
_BEHIND_PROXY = Setup(workers=0)


@row(
    3,
    "reply to COMMIT lost",
    injected="a proxy forwards COMMIT and resets the caller's connection, again and again",
    expected="OUTCOME_UNKNOWN; the same command id tells what happened",
    invariants="I2 I7",
    setup=_BEHIND_PROXY,
)
def replies_to_commits_are_lost(arena: Arena) -> int:
    """The row is committed, and nobody is told."""
    proxy = _put_proxy_before(arena)
    for cut in range(1, 5 if arena.quick else 15):
        proxy.cut_next_commit()
        wait_until(lambda cut=cut: proxy.commits_cut >= cut, "a COMMIT to cut")  # type: ignore[misc]
    proxy.heal()
    return proxy.commits_cut


@row(
    7,
    "black hole between functions and Postgres",
    injected="a proxy acknowledges everything and forwards nothing, then delivers it late",
    expected="the side that waits keeps the time: every request ends, typed; late commits are told by their id",
    invariants="I8",
    setup=_BEHIND_PROXY,
)
def nothing_answers(arena: Arena) -> int:
    """No reset, no time-out of the kernel's: silence."""
    proxy = _put_proxy_before(arena)
    refused = 0
    for _ in range(1 if arena.quick else 2):
        with probing(arena, _PROBES) as answers:
            wait_until(lambda a=answers: len(a) >= _PROBES, "people to be at work")  # type: ignore[misc]
            proxy.swallow()
            # Longer than any wait inside the functions: whoever is not answered before it heals, hangs.
            time.sleep(_LONGEST_ANSWER_SECONDS + _MARGIN_SECONDS)
            proxy.heal()
        refused += expect_quick_refusals(arena, answers, seconds=_LONGEST_ANSWER_SECONDS)
        arena.act(10)
    return refused


@row(
    8,
    "connect to a dead Postgres",
    injected="functions start while connections are reset, then while nothing answers them",
    expected="refused within the wait for a connection; at work as soon as it is back",
    invariants="I8",
    setup=_BEHIND_PROXY,
)
def nothing_connects(arena: Arena) -> int:
    """A cold start during an outage."""
    proxy = _put_proxy_before(arena)
    refused = 0
    for break_it in (proxy.refuse, proxy.swallow):
        break_it()
        arena.start_functions(DATABASE_URL=proxy.through(arena.database_url))
        refused += expect_quick_refusals(
            arena, probe_together(arena, _PROBES), seconds=_LONGEST_REFUSAL_SECONDS
        )
        proxy.heal()
        arena.act(10)
    return refused


@row(
    9,
    "slow Postgres",
    injected="a proxy holds every packet back for 200 ms",
    expected="bounded waits, TRY_AGAIN for those who get no connection",
    invariants="I8",
    setup=Setup(workers=0, bookers=4, variables={"POOL_MAX_CONNECTIONS": "2"}),
)
def every_packet_is_late(arena: Arena) -> int:
    """Slow enough to be scarce, not slow enough to fail."""
    proxy = _put_proxy_before(arena)
    proxy.delay(0.2)
    for _ in range(1 if arena.quick else 3):
        expect_quick_refusals(arena, probe_together(arena, _PROBES), seconds=_LONGEST_SLOW_ANSWER_SECONDS)
    proxy.heal()
    return proxy.packets_delayed


def _put_proxy_before(arena: Arena) -> TcpProxy:
    """Functions and a worker that reach the database through a proxy from now on."""
    proxy = arena.stack.enter_context(database_proxy(arena.database_url))
    url = proxy.through(arena.database_url)
    arena.start_functions(DATABASE_URL=url)
    arena.start_worker(DATABASE_URL=url)
    arena.act(3)
    return proxy
