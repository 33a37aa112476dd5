"""Commands that touch the same documents wait for each other in one order: no deadlock, nothing lost."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Thread
from uuid import uuid4

import psycopg
import pytest

from courtside.db.system import run_as_system
from courtside.db.unit_of_work import UnitOfWork
from tests.world import World, tomorrow_at

THREADS = 8
ROUNDS = 8


def deadlocks(world: World) -> int:
    """How many deadlocks the server has broken in this database, those of closed connections included."""
    (count,) = world.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0]
    return int(count)


@pytest.fixture
def studio(world: World) -> World:
    """Three trainers of one capacity, and as many clients as threads."""
    world.drains = False
    for trainer in ("tom", "eve", "kim"):
        world.approve_trainer(trainer, display_name=trainer.title(), slot_step_minutes=5)
    for n in range(THREADS):
        world.register_client(f"client-{n}")
    world.relay()
    return world


def test_commands_that_touch_the_same_documents_in_any_order_do_not_deadlock(world: World) -> None:
    """Each marks the same documents in an order of its own; the rows must be locked in one order all the same."""
    paths = [f"clients/{uuid4()}" for _ in range(30)]
    before, start = deadlocks(world), Barrier(THREADS)

    def mark(seed: int) -> None:
        start.wait(timeout=10)
        for round_ in range(ROUNDS):
            own = random.Random(seed * 100 + round_).sample(paths, 20)
            run_as_system(world.backends.pool, "test.mark", partial(_touch, paths=own))

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(mark, range(THREADS)))

    world.backends.pool.close()
    wait_for_closed(world)
    assert deadlocks(world) == before
    assert world.rows("SELECT sum(want) FROM projection") == [(THREADS * ROUNDS * 20,)]


def _touch(uow: UnitOfWork, paths: list[str]) -> None:
    uow.touch(*paths)


def test_busy_studio_does_not_deadlock(studio: World) -> None:
    """Bookings, moves, cancellations, new hours and the relay at once, over few trainers."""
    services = {
        trainer: studio.add_service(trainer, duration_minutes=30) for trainer in ("tom", "eve", "kim")
    }
    before, start = deadlocks(studio), Barrier(THREADS + 1)

    def act(n: int) -> None:
        chance, uid = random.Random(n), f"client-{n}"
        start.wait(timeout=10)
        for _ in range(ROUNDS):
            trainer = chance.choice(sorted(services))
            moments = [
                tomorrow_at(chance.randrange(6), 30 * chance.randrange(2)).isoformat() for _ in range(2)
            ]
            booked = studio.run(
                uid, "bookings.book_session", service_id=services[trainer], starts_at=moments[0]
            ).answer
            if "result" in booked:
                own = {"booking_id": booked["result"]["booking_id"]}
                studio.run(uid, "bookings.reschedule_booking", starts_at=moments[1], **own)
                studio.run(chance.choice([uid, trainer]), "bookings.cancel_booking", **own)
            studio.run(trainer, "trainers.update_profile", min_notice_minutes=chance.randrange(60))

    def relay() -> None:
        start.wait(timeout=10)
        for _ in range(ROUNDS):
            studio.relay()

    relaying = Thread(target=relay)
    relaying.start()
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(act, range(THREADS)))
    relaying.join(timeout=30)

    studio.backends.pool.close()
    wait_for_closed(studio)
    assert deadlocks(studio) == before
    assert studio.rows("SELECT count(*) FROM sessions WHERE seats_taken <> 0 AND status = 'cancelled'") == [
        (0,)
    ]


def wait_for_closed(world: World) -> None:
    """Until the pool's connections have ended: they report their deadlocks as they leave."""
    with psycopg.connect(world.backends.settings.database_url, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN FOR n IN 1..1000 LOOP "
            "EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'courtside' "
            "                      AND datname = current_database()); "
            "PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END $$"
        )
