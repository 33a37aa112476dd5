"""kill -9 between the pages of a broadcast: whoever comes next goes on, and everybody is told once."""

from pathlib import Path

from courtside import crash_points
from tests.faults.workers import running_worker
from tests.integration.notifications.broadcasting import add_people, send, state, told
from tests.integration.relay.rest import wait_until
from tests.world import World

PEOPLE = 150


def test_a_killed_worker_passes_over_nobody_and_tells_nobody_twice(idle_world: World, tmp_path: Path) -> None:
    idle_world.make_admin()
    add_people(idle_world, PEOPLE)
    send(idle_world, audience={"to": "role", "role": "client"})
    with running_worker(idle_world, tmp_path, CRASH_AT=crash_points.PAGED) as worker:
        worker.wait_until_killed()
    left = state(idle_world)

    with running_worker(idle_world, tmp_path):
        wait_until(lambda: state(idle_world)[0] == "done", "the broadcast to end")

    assert left == ("running", 0, PEOPLE)
    assert state(idle_world) == ("done", PEOPLE, PEOPLE)
    assert set(told(idle_world).values()) == {1}
    assert len(told(idle_world)) == PEOPLE
