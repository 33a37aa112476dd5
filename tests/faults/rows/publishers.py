"""Publishers that die, freeze, or work at the same time as others."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil

from courtside import crash_points
from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.workers import WorkerProcess
from tests.integration.bookings.callers import unsigned_token
from tests.integration.relay.rest import wait_until

WORKER_POINTS = (
    crash_points.LEASED,
    crash_points.RENDERED,
    crash_points.WRITTEN,
    crash_points.SETTLED,
)
FUNCTION_POINTS = (crash_points.COMMITTED, *WORKER_POINTS)
_IN_TRANSACTION = (crash_points.HANDLED, crash_points.QUEUED)
# Functions that have no time to drain leave everything to the workers.
LEFT_TO_WORKERS = {"DRAIN_DEADLINE_SECONDS": "0"}
# What is hot is left to a worker, for later.
NEVER_HOT = {"DOCUMENT_PAUSE_SECONDS": "0"}
_FREEZE = {"CRASH_SIGNAL": "SIGSTOP", "WORKER_LEASE_SECONDS": "0.6"}
_LONGER_THAN_A_LEASE_SECONDS = 1.5
_SWEEP_EVERY_SECONDS = 0.2


@row(
    1,
    "kill -9 of a worker",
    injected="a worker kills itself at each crash point, in turn",
    expected="another takes over when the lease ends; nothing is lost or repeated",
    invariants="I3 I4 I5",
    setup=Setup(workers=0, variables=LEFT_TO_WORKERS),
)
def workers_are_killed(arena: Arena) -> int:
    """Worker after worker dies, each a step later than the one before."""
    for point in WORKER_POINTS:
        victim = arena.start_worker(CRASH_AT=point)
        victim.wait_until_killed()
        arena.act(10)
    arena.start_worker()
    arena.act(30)
    return len(WORKER_POINTS)


@row(
    1,
    "kill -9 of a worker at any moment",
    injected="workers are killed in the middle of whatever they do, one after the other",
    expected="as at the named points",
    invariants="I3 I4 I5",
    setup=Setup(workers=0, variables=LEFT_TO_WORKERS),
)
def workers_are_killed_anywhere(arena: Arena) -> int:
    """Each lives for a moment, counted in commands, and is replaced."""
    kills = 3 if arena.quick else 8
    for _ in range(kills):
        victim = arena.start_worker()
        wait_until(victim.reports, "a worker to be at work")
        arena.hold(arena.random.uniform(0, 0.5))
        victim.process.kill()
    arena.start_worker()
    return kills


@row(
    1,
    "kill -9 of a function",
    injected="every command kills its server at a crash point, each point in turn",
    expected="callers ask again and get the same answer; the relay delivers",
    invariants="I2 I3 I5",
)
def functions_are_killed(arena: Arena) -> int:
    """The server starts again and again, and dies with every new command."""
    before = arena.load.told.repeated
    for point in FUNCTION_POINTS:
        arena.start_functions(CRASH_AT=point)
        arena.act(12)
    arena.start_functions()
    return arena.load.told.repeated - before


@row(
    1,
    "a worker freezes",
    injected="SIGSTOP at each crash point, SIGCONT when the lease is long over",
    expected="its late write is refused by the guard, its late mark by the lease",
    invariants="I3 I4",
    setup=Setup(variables=LEFT_TO_WORKERS),
)
def workers_freeze(arena: Arena) -> int:
    """Each frozen worker wakes up in a world that has moved on."""
    for point in WORKER_POINTS:
        with frozen_worker(arena, point):
            arena.act(40)
            arena.hold(_LONGER_THAN_A_LEASE_SECONDS)
        arena.act(20)
    return len(WORKER_POINTS)


@row(
    1,
    "a function freezes",
    injected="SIGSTOP of a server at each crash point, SIGCONT when its lease is over",
    expected="others wait for its locks but not for long, or publish meanwhile; its late write changes nothing",
    invariants="I3 I4",
    setup=Setup(variables=NEVER_HOT),
)
def functions_freeze(arena: Arena) -> int:
    """A trainer's change is frozen in one server while everybody else goes on in another."""
    for point in crash_points.ALL:
        _freeze_a_function(arena, point)
    return len(crash_points.ALL)


@row(
    33,
    "several publishers at once",
    injected="three workers, a sweep five times a second and the functions' own drains; one worker freezes twice",
    expected="leases keep them apart, the guard keeps what overlaps harmless",
    invariants="I3 I4",
    setup=Setup(workers=2),
)
def publishers_overlap(arena: Arena) -> int:
    """Everybody who may publish does."""
    done = threading.Event()
    sweeper = threading.Thread(target=lambda: _sweep_until(arena, done))
    sweeper.start()
    try:
        for point in (crash_points.RENDERED, crash_points.WRITTEN):
            with frozen_worker(arena, point):
                arena.act(50)
                arena.hold(_LONGER_THAN_A_LEASE_SECONDS)
            arena.act(30)
    finally:
        done.set()
        sweeper.join()
    return 2


@contextmanager
def frozen_worker(arena: Arena, point: str) -> Iterator[WorkerProcess]:
    """A worker that froze at a point, and thaws when the block is over."""
    worker = arena.start_worker(CRASH_AT=point, **_FREEZE)
    worker.wait_until_frozen()
    try:
        yield worker
    finally:
        worker.thaw()


def _freeze_a_function(arena: Arena, point: str) -> None:
    host = arena.spawn_functions(CRASH_AT=point, CRASH_SIGNAL="SIGSTOP", LEASE_SECONDS="0.6")
    sender = threading.Thread(target=_change_profile, args=(arena, host.url, point))
    sender.start()
    try:
        frozen = _wait_for_frozen(arena)
        if point not in _IN_TRANSACTION:  # whose locks others wait for
            arena.act(15)
        arena.hold(_LONGER_THAN_A_LEASE_SECONDS)
        frozen.send_signal(signal.SIGCONT)
    finally:
        sender.join()
        host.kill()


def _change_profile(arena: Arena, url: str, point: str) -> None:
    """One change by a trainer, who waits for the answer however long it takes."""
    trainer = arena.studio.trainers[0]
    command_id = f"00000000-0000-4000-8000-{crash_points.ALL.index(point):012}"
    answer = httpx.post(
        f"{url}/trainers",
        headers={"Authorization": f"Bearer {unsigned_token(trainer, arena.world.backends.settings.project)}"},
        json={"data": {"command": "update_profile", "command_id": command_id, "headline": f"frozen {point}"}},
        timeout=60,
        trust_env=False,
    )
    arena.expect(answer.is_success, f"a function that froze answered {answer.status_code} {answer.text}")


def _wait_for_frozen(arena: Arena) -> psutil.Process:
    """The server's process that stopped itself."""
    found: list[psutil.Process] = []

    def is_found() -> bool:
        children = psutil.Process().children(recursive=True)
        found.extend(child for child in children if child.status() == psutil.STATUS_STOPPED)
        return bool(found)

    wait_until(is_found, "a function to freeze")
    return found[0]


def _sweep_until(arena: Arena, done: threading.Event) -> None:
    while not done.wait(_SWEEP_EVERY_SECONDS):
        arena.world.relay()
