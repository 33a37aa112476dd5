"""What is measured of every system in the same way."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from benches.peers.rows import Committed
from benches.peers.systems import Load, System
from benches.report import Latency
from benches.streams import Streams

EVENTS_PER_SECOND = 50.0
DOWN_SECONDS = 1.0
Listening = Callable[[Load, int], AbstractContextManager[Streams]]
_AT_ONCE = 100


@dataclass(frozen=True)
class Kill:
    """What a kill cost: of so many events those never shown, and how late the latest one was, in milliseconds."""

    events: int
    lost: int
    latest: float


def measure_latency(
    system: System, listeners: int, seconds: float, listening: Listening | None = None
) -> Latency:
    """From the return of COMMIT to every listener, milliseconds; `listening` takes the place of the system's own."""
    committed: Committed = {}
    with (listening or system.listening)(Load.CHANGES, listeners) as streams:
        started = time.monotonic()
        for index in range(round(EVENTS_PER_SECOND * seconds)):
            _wait_until(started + index / EVENTS_PER_SECOND)
            committed.update(system.change(index))
    return Latency.of(streams.milliseconds_since(committed))


def measure_flood(system: System, count: int) -> float:
    """Documents a second to one listener, committed a hundred at a time as fast as they can be.

    Raises:
        RuntimeError: not all of them arrived.
    """
    committed: Committed = {}
    with system.listening(Load.FLOOD, 1) as streams:
        started = time.time_ns()
        for _ in range(0, count, _AT_ONCE):
            committed.update(system.flood(_AT_ONCE))
    shown = _first_shown(streams, committed)
    if len(shown) < len(committed):
        raise RuntimeError(f"{system.name}: {len(committed) - len(shown)} of {len(committed)} did not arrive")
    return len(committed) * 1e9 / (max(shown.values()) - started)


def measure_kill(system: System, seconds: float) -> Kill:
    """Events go on at their pace while the system is killed, is away for a second, and starts again."""
    committed: Committed = {}
    with system.listening(Load.ADDITIONS, 1) as streams:
        started = time.monotonic()
        downs = [(seconds / 3, system.kill), (seconds / 3 + DOWN_SECONDS, system.start)]
        for index in range(round(EVENTS_PER_SECOND * seconds)):
            due = index / EVENTS_PER_SECOND
            while downs and downs[0][0] <= due:
                downs.pop(0)[1]()
            _wait_until(started + due)
            committed.update(system.add())
        for _, act in downs:
            act()
        time.sleep(system.settle_seconds)
    shown = _first_shown(streams, committed)
    late = [(at - committed[version]) / 1e6 for version, at in shown.items()]
    return Kill(len(committed), len(committed) - len(shown), max(late))


def _first_shown(streams: Streams, committed: Committed) -> Committed:
    (listener,) = streams.seen
    return {version: at for version, at in listener.items() if version in committed}


def _wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
