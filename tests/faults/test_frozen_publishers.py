"""Publishers that freeze, wake late or run twice: no listener is ever shown an older version after a newer one."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from courtside.relay import jobs
from tests.faults.workers import UNGUARDED_WORKER, WorkerProcess, running_worker
from tests.integration.relay.database_clock import DatabaseClock
from tests.integration.relay.recorder import recording, regressions
from tests.integration.relay.rest import relay_to_rest, wait_until
from tests.world import ADMIN, World

FREEZE = {"CRASH_AT": "rendered", "CRASH_SIGNAL": "SIGSTOP", "WORKER_LEASE_SECONDS": "0.6"}
CARD = "trainers/tom"


def test_a_frozen_publisher_that_wakes_late_overwrites_nothing(idle_world: World, tmp_path: Path) -> None:
    world = _settled(idle_world)
    with recording(world.firestore, CARD) as recorder, running_worker(world, tmp_path, **FREEZE) as frozen:
        known = recorder.latest(CARD)
        assert known is not None
        _freeze_over(world, frozen, headline="what the frozen publisher holds")
        _publish(world, CARD, headline="newer")
        recorder.wait_for(CARD, known + 2)
        _publish(world, CARD, headline="newest")
        recorder.wait_for(CARD, known + 3)

        frozen.thaw()

        assert frozen.wait_for_report()["lost"] == 1
        relay_to_rest(world)
        assert _headline(world) == "newest"
        recorder.wait_for(CARD, _wanted(world, CARD))
        assert recorder.regressions() == {}


def test_the_proof_notices_a_publisher_without_guard(idle_world: World, tmp_path: Path) -> None:
    world = _settled(idle_world)
    with (
        recording(world.firestore, CARD) as recorder,
        running_worker(world, tmp_path, module=UNGUARDED_WORKER, **FREEZE) as frozen,
    ):
        known = recorder.latest(CARD)
        assert known is not None
        _freeze_over(world, frozen, headline="what the frozen publisher holds")
        _publish(world, CARD, headline="newer")
        recorder.wait_for(CARD, known + 2)

        frozen.thaw()

        wait_until(recorder.regressions, "the regression to be seen")
        assert recorder.regressions() == {CARD: [(known + 2, known + 1)]}
        # What was written without holding the lease is wanted once more: even this comes right in the end.
        frozen.wait_for_report()
        relay_to_rest(world)
        assert _headline(world) == "newer"


def test_a_frozen_publisher_brings_no_deleted_day_back(
    clock: DatabaseClock, idle_world: World, tmp_path: Path
) -> None:
    world = _settled(idle_world)
    day = f"trainers/tom/days/{clock.now().date() + timedelta(days=1)}"
    with recording(world.firestore, day) as recorder, running_worker(world, tmp_path, **FREEZE) as frozen:
        known = recorder.latest(day)
        assert known is not None
        world.call("tom", "availability.set_override", on_date=day[-10:], hours=[])
        frozen.wait_until_frozen()
        _pass_nights(world, clock, 2)
        _relay_until(world, lambda: world.document(day) is None)
        recorder.wait_for(day, None)

        frozen.thaw()

        frozen.wait_for_report()
        relay_to_rest(world)
        assert world.document(day) is None
        assert recorder.seen(day) == [known, None]


def test_a_frozen_publisher_deletes_nothing_that_came_back(idle_world: World, tmp_path: Path) -> None:
    """An applicant's card must not exist: its deletion is frozen over the approval, after which it must."""
    world = _settled(idle_world)
    world.call("tim", "trainers.apply", display_name="Tim", time_zone="UTC")
    world.call("tim", "trainers.update_profile", headline="soon")
    with (
        recording(world.firestore, "trainers/tim") as recorder,
        running_worker(world, tmp_path, **FREEZE) as frozen,
    ):
        frozen.wait_until_frozen()
        world.call(ADMIN, "trainers.approve", trainer_id="tim")
        _relay_until(world, lambda: world.document("trainers/tim") is not None)

        frozen.thaw()

        frozen.wait_for_report()
        relay_to_rest(world)
        seen = recorder.seen("trainers/tim")
        assert seen[0] is None
        assert None not in seen[1:]


def test_two_workers_and_a_sweep_over_hot_documents_never_go_back(idle_world: World, tmp_path: Path) -> None:
    world = idle_world
    trainers = [world.approve_trainer(f"trainer-{n}", horizon_days=1) for n in range(5)]
    relay_to_rest(world)
    cards = [f"trainers/{trainer}" for trainer in trainers]
    done = threading.Event()
    with ExitStack() as stack:
        recorder = stack.enter_context(recording(world.firestore, *cards))
        for _ in range(2):
            stack.enter_context(running_worker(world, tmp_path))
        sweeper = stack.enter_context(ThreadPoolExecutor()).submit(_sweep_until, world, done)
        try:
            for change in range(200):
                world.call(trainers[change % 5], "trainers.update_profile", headline=f"change {change}")
        finally:
            done.set()
        sweeper.result()
        relay_to_rest(world)

        for n, card in enumerate(cards):
            recorder.wait_for(card, _wanted(world, card))
            assert (world.document(card) or {})["headline"] == f"change {195 + n}"
        assert recorder.regressions() == {}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([None, 1, 2, 2, 5], []),
        ([1, None, 2], []),
        ([1, 3, 2, 4], [(3, 2)]),
        ([4, None, 3], [(4, 3)]),
    ],
)
def test_regressions_are_found_across_deletions(
    seen: list[int | None], expected: list[tuple[int, int]]
) -> None:
    assert regressions(seen) == expected


def _settled(world: World) -> World:
    world.approve_trainer("tom", horizon_days=5)
    relay_to_rest(world)
    return world


def _freeze_over(world: World, worker: WorkerProcess, *, headline: str) -> None:
    """Leave one change to the worker, which freezes with the document rendered in its hands."""
    world.call("tom", "trainers.update_profile", headline=headline)
    worker.wait_until_frozen()


def _publish(world: World, path: str, *, headline: str) -> None:
    """A change that somebody else publishes, as soon as the frozen publisher's lease is over."""
    world.call("tom", "trainers.update_profile", headline=headline)
    version = _wanted(world, path)
    _relay_until(world, lambda: (world.document(path) or {}).get("version") == version)


def _pass_nights(world: World, clock: DatabaseClock, nights: int) -> None:
    for _ in range(nights):
        clock.advance(timedelta(days=1))
        jobs.nightly(world.backends)


def _relay_until(world: World, condition: Callable[[], bool]) -> None:
    wait_until(lambda: world.relay() >= 0 and condition(), "somebody else to publish")


def _sweep_until(world: World, done: threading.Event) -> None:
    while not done.is_set():
        world.relay()


def _headline(world: World) -> str:
    card = world.document(CARD)
    assert card is not None
    return str(card["headline"])


def _wanted(world: World, path: str) -> int:
    ((want,),) = world.rows("SELECT want FROM projection WHERE path = %s", path)
    return int(want)
