"""kill -9 at every named step between commit and mark: whoever comes next makes everything right, and nothing twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from courtside import crash_points
from local.environment import backend_environment
from local.functions_host.host import FunctionsHost
from tests.faults.workers import running_worker
from tests.integration.bookings.callers import Call, unsigned_token
from tests.integration.relay.drift import documents_of
from tests.integration.relay.rest import relay_to_rest
from tests.world import World, tomorrow_at

NO_AUTH_EMULATOR = "127.0.0.1:9"  # unsigned tokens are accepted once one is named; it is never called
REACHED_BY_A_COMMAND = (crash_points.HANDLED, crash_points.QUEUED, crash_points.COMMITTED)
REACHED_BY_A_WORKER = (
    crash_points.LEASED,
    crash_points.RENDERED,
    crash_points.WRITTEN,
    crash_points.SETTLED,
)
IN_FIRESTORE = (crash_points.WRITTEN, crash_points.SETTLED)


@pytest.fixture
def studio(idle_world: World) -> World:
    """A trainer with a service and a client, at rest."""
    idle_world.approve_trainer("tom", horizon_days=3)
    idle_world.add_service("tom", name="Boxing")
    idle_world.register_client("ada")
    relay_to_rest(idle_world)
    return idle_world


def test_every_crash_point_is_proved() -> None:
    assert set(crash_points.ALL) == {*REACHED_BY_A_COMMAND, *REACHED_BY_A_WORKER}


@pytest.mark.parametrize("point", REACHED_BY_A_WORKER)
def test_a_killed_worker_loses_and_repeats_nothing(studio: World, point: str, tmp_path: Path) -> None:
    booking = studio.book("ada", _service(studio), tomorrow_at(10))

    with running_worker(studio, tmp_path, CRASH_AT=point, WORKER_LEASE_SECONDS="0.3") as worker:
        worker.wait_until_killed()

    left = _times_of_writing(studio)
    assert (f"bookings/{booking['booking_id']}" in left) == (point in IN_FIRESTORE)
    assert _is_marked_done(studio) == (point == crash_points.SETTLED)
    with running_worker(studio, tmp_path):
        relay_to_rest(studio)
    _assert_booked_once(studio, booking)
    # What the killed worker wrote was recognised, not written again.
    assert {path: at for path, at in _times_of_writing(studio).items() if path in left} == left


@pytest.mark.parametrize("point", crash_points.ALL)
def test_a_killed_function_loses_and_repeats_nothing(studio: World, point: str, tmp_path: Path) -> None:
    call = _booking(studio)
    with (
        _functions(studio, tmp_path, CRASH_AT=point, LEASE_SECONDS="0.3") as url,
        pytest.raises(httpx.TransportError),
    ):
        _send_once(url, studio, call)

    # The caller knows nothing, and asks again with the same command id.
    booking = studio.call("ada", "bookings.book_session", command_id=call.command_id, **call.content)
    relay_to_rest(studio)
    _assert_booked_once(studio, booking)


def test_a_function_killed_after_its_commit_leaves_all_of_it_to_the_relay(
    studio: World, tmp_path: Path
) -> None:
    call = _booking(studio)
    with (
        _functions(studio, tmp_path, CRASH_AT=crash_points.COMMITTED, LEASE_SECONDS="0.3") as url,
        pytest.raises(httpx.TransportError),
    ):
        _send_once(url, studio, call)

    ((booking_id, session_id),) = studio.rows("SELECT id::text, session_id::text FROM bookings")
    assert documents_of(studio, "bookings") == {}
    relay_to_rest(studio)
    _assert_booked_once(studio, {"booking_id": booking_id, "session_id": session_id})


def _assert_booked_once(world: World, booking: dict[str, Any]) -> None:
    assert world.rows("SELECT id::text FROM bookings") == [(booking["booking_id"],)]
    assert documents_of(world, "bookings").keys() == {f"bookings/{booking['booking_id']}"}
    session = world.document(f"sessions/{booking['session_id']}")
    assert session is not None
    assert session["seats_taken"] == 1
    audiences = ("admin", "trainer_tom")
    assert sorted(_told(world)) == [(audience, "session:booked") for audience in audiences]
    inboxes = [(path.split("/")[1], note["type"]) for path, note in documents_of(world, "inbox").items()]
    assert sorted(inboxes) == [
        ("tom", "session.booked"),
        ("tom", "trainer.approved"),
    ]


def _told(world: World) -> Iterator[tuple[str, str]]:
    for path, event in documents_of(world, "events").items():
        if event["type"].startswith("session:"):
            yield path.split("/")[1], event["type"]


def _times_of_writing(world: World) -> dict[str, datetime]:
    """When Firestore last wrote each document of a booking, of those that are there."""
    return {
        document.reference.path: document.update_time
        for group in ("bookings", "sessions", "inbox", "events")
        for document in world.firestore.collection_group(group).stream()
    }


def _is_marked_done(world: World) -> bool:
    ((left,),) = world.rows("SELECT count(*) FROM projection WHERE want > have")
    return int(left) == 0


def _booking(world: World) -> Call:
    content = {"service_id": _service(world), "starts_at": tomorrow_at(10).isoformat()}
    return Call("ada", "bookings", "book_session", content)


def _service(world: World) -> str:
    ((service_id,),) = world.rows("SELECT id::text FROM services")
    return str(service_id)


@contextmanager
def _functions(world: World, folder: Path, **variables: str) -> Iterator[str]:
    """The functions of this world; ended without grace, which servers that crashed do not know anyway."""
    settings = world.backends.settings
    assert settings.firestore_emulator is not None
    environment = backend_environment(
        settings.database_url, settings.firestore_emulator, NO_AUTH_EMULATOR, settings.project
    )
    log = folder / "functions.log"
    host = FunctionsHost(0, {**environment, **variables}, log=log, project=settings.project)
    try:
        host.start()
        yield host.url
    finally:
        host.kill()


def _send_once(url: str, world: World, call: Call) -> None:
    token = unsigned_token(call.uid, world.backends.settings.project)
    httpx.post(
        f"{url}/{call.domain}",
        headers={"Authorization": f"Bearer {token}"},
        json={"data": {**call.content, "command": call.command, "command_id": call.command_id}},
        timeout=10,
        trust_env=False,
    )
