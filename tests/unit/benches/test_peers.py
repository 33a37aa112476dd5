"""What the peers' measures count, on a system in memory whose losses are known."""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benches.peers.measures import EVENTS_PER_SECOND, measure_flood, measure_kill, measure_latency
from benches.peers.rows import Committed
from benches.peers.systems import Load
from benches.streams import Streams

MILLISECOND = 1_000_000


class InMemory:
    """Shows every commit a millisecond after it; none that is made while it is dead, unless it keeps them."""

    name = "in memory"
    settle_seconds = 0.0

    def __init__(self, *, keeps: bool = False, loses: int = 0) -> None:
        self._keeps = keeps
        self._loses = loses
        self._alive = True
        self._numbers = itertools.count()
        self._shown: Committed = {}
        self._kept: list[tuple[str, int]] = []
        self.made_while_dead = 0

    @contextmanager
    def listening(self, load: Load, listeners: int) -> Iterator[Streams]:
        streams = Streams()
        yield streams
        streams.seen = [dict(self._shown) for _ in range(listeners)]

    def change(self, index: int) -> Committed:
        return self.flood(1)

    def add(self) -> Committed:
        return self.flood(1)

    def flood(self, count: int) -> Committed:
        at = time.time_ns()
        made = {(f"row-{next(self._numbers)}", 1): at for _ in range(count)}
        for version in list(made)[self._loses :]:
            if self._alive:
                self._shown[version] = at + MILLISECOND
            else:
                self.made_while_dead += 1
                self._kept.append(version)
        return made

    def kill(self) -> None:
        self._alive = False

    def start(self) -> None:
        self._alive = True
        if self._keeps:
            self._shown.update(dict.fromkeys(self._kept, time.time_ns()))


def test_latency_is_of_every_event_at_every_listener() -> None:
    latency = measure_latency(InMemory(), 3, seconds=0.1)

    assert latency.count == 3 * round(0.1 * EVENTS_PER_SECOND)
    assert latency.p50 == pytest.approx(1.0)


def test_a_flood_that_does_not_arrive_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="2 of 200 did not arrive"):
        measure_flood(InMemory(loses=1), 200)


def test_the_rate_of_a_flood_ends_with_the_last_that_was_shown() -> None:
    assert 0 < measure_flood(InMemory(), 100) <= 100 / 0.001


def test_events_made_while_a_forgetful_system_is_dead_are_lost() -> None:
    system = InMemory()

    kill = measure_kill(system, seconds=0.1)

    assert kill.lost == system.made_while_dead > 0
    assert kill.latest == pytest.approx(1.0)


def test_events_made_while_a_system_that_keeps_them_is_dead_are_late() -> None:
    kill = measure_kill(InMemory(keeps=True), seconds=0.1)

    assert kill.lost == 0
    assert kill.latest > 1.0
