"""The edge killed right after its commit, again and again: how late the worker brings what it left to the screens.

Each edge is a process of its own, forked where everything is imported already: it opens its connections, books,
and sends itself SIGKILL at the crash point after the commit.
"""

import os
import signal
import time
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe

from benches.relay.latency import DAYS
from benches.relay.workers import running_workers, wait_until_drained
from benches.report import Latency
from benches.streams import Version, streaming
from benches.studio import PROJECT, Studio, slot
from courtside import crash_points
from courtside.backends import Backends
from courtside.config import Settings
from courtside.relay.edge_drain import drain_commit

_CRASHES_PER_SECOND = 4.0
_DAYS = 50
_FIRST_HOUR = 6
_DRAIN_SECONDS = 60.0


@dataclass(frozen=True)
class Recovery:
    """What became of the crashes' commits; `lost` never reached the screen."""

    latency: Latency
    lost: int


def measure_recovery(studio: Studio, service: str, crashes: int) -> Recovery:
    """From the return of COMMIT, in an edge that dies of it, to a listener; a worker runs."""
    host = str(studio.backends.settings.firestore_emulator)
    with running_workers(studio, 1), streaming(host, PROJECT, DAYS, 1) as streams:
        committed = _crash_again_and_again(studio.backends.settings, service, crashes)
        wait_until_drained(studio, _DRAIN_SECONDS)
    shown = streams.milliseconds_since(committed)
    return Recovery(Latency.of(shown), len(committed) - len(shown))


def _crash_again_and_again(settings: Settings, service: str, crashes: int) -> dict[Version, int]:
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    committed: dict[Version, int] = {}
    started = time.monotonic()
    for index in range(crashes):
        time.sleep(max(0.0, started + index / _CRASHES_PER_SECOND - time.monotonic()))
        ours, theirs = context.Pipe()
        hour = 24 * (index % _DAYS) + _FIRST_HOUR + index // _DAYS
        edge = context.Process(target=_book_and_die, args=(settings, service, hour, theirs))
        edge.start()
        theirs.close()
        version, at = ours.recv()
        committed[version] = at
        edge.join()
        if edge.exitcode != -signal.SIGKILL:
            raise RuntimeError(f"an edge ended with {edge.exitcode} instead of being killed")
    return committed


def _book_and_die(settings: Settings, service: str, hour: int, pipe: Pipe) -> None:
    studio = Studio(Backends.of(settings))
    starts_at = slot(hour).isoformat()
    outcome = studio.run("client0", "bookings.book_session", service_id=service, starts_at=starts_at)
    at = time.time_ns()
    assert outcome.work is not None
    day = next(lease for lease in outcome.work.documents if lease.path.startswith(DAYS))

    def die(point: str) -> None:
        if point == crash_points.COMMITTED:
            pipe.send(((day.path, day.have + 1), at))
            os.kill(os.getpid(), signal.SIGKILL)

    crash_points.on_reach(die)
    drain_commit(studio.backends, outcome.work)
