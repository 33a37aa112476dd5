"""Reconciliation beside live traffic: whatever is on its way is no drift, and drift is found all the same."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from courtside.relay.reconcile.run import Plan, reconcile
from courtside.relay.reconcile.store import Run
from tests.world import World, tomorrow_at

CLIENTS = ("ada", "bob", "eve")
PLAN = Plan(deep=True, pause_seconds=0.02)


@pytest.fixture
def studio(world: World) -> World:
    """A trainer and some clients at rest."""
    world.approve_trainer(horizon_days=10)
    for client in CLIENTS:
        world.register_client(client)
    world.relay()
    return world


class Traffic:
    """Clients who book and cancel, and a sweep that carries out what others leave, until they are told to stop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._service = world.add_service(capacity=len(CLIENTS))
        self._stopping = threading.Event()
        self.bookings = 0
        self.failures: list[Exception] = []

    def run(self, client: str) -> None:
        """Book and cancel, over again."""
        try:
            while not self._stopping.is_set():
                hour = self.bookings % 12
                booking = self._world.book(
                    client, self._service, tomorrow_at(hour, days=1 + self.bookings % 5)
                )
                self._world.call(client, "bookings.cancel_booking", booking_id=booking["booking_id"])
                self.bookings += 1
        except Exception as failure:
            self.failures.append(failure)

    def sweep(self) -> None:
        """Carry out, as the worker does."""
        while not self._stopping.is_set():
            self._world.relay()
            self._stopping.wait(0.01)

    def stop(self) -> None:
        """Have everybody finish."""
        self._stopping.set()


@contextmanager
def live_traffic(world: World) -> Iterator[Traffic]:
    """Traffic while the block runs."""
    traffic = Traffic(world)
    threads = [threading.Thread(target=traffic.run, args=(client,)) for client in CLIENTS]
    threads.append(threading.Thread(target=traffic.sweep))
    for thread in threads:
        thread.start()
    try:
        yield traffic
    finally:
        traffic.stop()
        for thread in threads:
            thread.join()
    assert traffic.failures == []


def runs_beside(traffic: Traffic, world: World, count: int) -> list[Run]:
    """So many reconciliations, and more until there was traffic beside them."""
    runs: list[Run] = []
    before = traffic.bookings
    while len(runs) < count or traffic.bookings < before + 2 * count:
        runs.append(reconcile(world.backends, PLAN))
        assert traffic.failures == []
    return runs


def test_live_traffic_is_never_taken_for_drift(studio: World) -> None:
    with live_traffic(studio) as traffic:
        runs = runs_beside(traffic, studio, 8)

    assert [run.examples for run in runs if run.drift] == []
    assert sum(run.in_flight for run in runs) > 0


def test_drift_is_found_beside_live_traffic(studio: World) -> None:
    with live_traffic(studio) as traffic:
        studio.firestore.document("trainers/tom").update({"headline": "forged"})
        studio.firestore.document("bookings/invented").set({"version": 1})
        runs = runs_beside(traffic, studio, 2)

    assert {tuple(sorted(run.drift.items())) for run in runs} == {(("extra", 1), ("foreign", 1))}
