"""What only Firestore holds of somebody is found by the indexes that are declared, and nothing else is touched."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.api_core.exceptions import FailedPrecondition
from google.cloud.firestore_v1.base_query import FieldFilter

from courtside.errors import Unavailable
from courtside.firestore.client import FirestoreConnection
from courtside.firestore.erasing import delete_in
from courtside.relay import erasures
from local.emulator import is_ready, product_options, spawn_emulator
from local.ports import free_port
from tests.integration.privacy.conftest import Studio
from tests.integration.privacy.leaving import delete
from tests.world import World


@pytest.fixture(scope="module")
def indexed_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator that answers only what the product's declared indexes can, as production does."""
    log: Path = tmp_path_factory.mktemp("emulator") / "log"
    server = spawn_emulator(free_port(), "demo-indexed", log, product_options(None))
    try:
        server.process.wait_until(lambda: is_ready(server), 20)
        yield server.host
    finally:
        server.process.stop()


@pytest.fixture
def world(empty_database: str, indexed_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", indexed_host)
    world = World.of(empty_database, indexed_host)
    try:
        yield world
    finally:
        world.close()


def test_traces_are_found_by_declared_indexes_and_others_stay(studio: Studio) -> None:
    world = studio.world
    gone = {
        "feeds/client_tom/events/1": {"type": "booking:held"},
        "feeds/trainer_tom/events/1": {"type": "session:booked"},
        "users/tom/marks/inbox": {},
        "presence/tom:1": {"user_id": "tom"},
        "feeds/admin/events/1": {"type": "trainer:applied", "payload": {"trainer_id": "tom"}},
        "feeds/public/events/1": {"type": "trainer:approved", "payload": {"trainer_id": "tom"}},
    }
    stays = {
        "feeds/client_ada/events/1": {"type": "booking:held"},
        "users/ada/marks/inbox": {},
        "presence/ada:1": {"user_id": "ada"},
        "feeds/admin/events/2": {"type": "trainer:applied", "payload": {"trainer_id": "eve"}},
        "feeds/admin/events/3": {"type": "session:booked", "payload": {"trainer_id": "tom"}},
        "feeds/public/events/2": {"type": "trainer:approved", "payload": {"trainer_id": "eve"}},
    }
    for path, fields in {**gone, **stays}.items():
        world.firestore.document(path).set(fields)

    delete(world, "tom")
    world.relay()
    erasures.carry_on(world.backends, until=time.monotonic() + 10)

    assert world.rows("SELECT step, last_error FROM erasures") == [(None, None)]
    assert [path for path in gone if world.document(path) is not None] == []
    assert [path for path in stays if world.document(path) is None] == []


def test_a_query_without_an_index_would_be_refused(world: World) -> None:
    of_a_type = FieldFilter("type", "==", "trainer:applied")
    query = world.firestore.collection("feeds/admin/events").where(filter=of_a_type)
    query = query.order_by("payload.trainer_id")

    with pytest.raises(FailedPrecondition, match="index"):
        list(query.stream())


def test_what_firestore_did_not_delete_is_not_counted_as_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.firestore.document("users/ada/marks/inbox").set({})
    write = FirestoreConnection.batch_write

    def refuse_one(self: FirestoreConnection, writes: list[object], *, timeout_seconds: float) -> object:
        reply = write(self, writes, timeout_seconds=timeout_seconds)
        reply.status[0].code = 10
        return reply

    monkeypatch.setattr(FirestoreConnection, "batch_write", refuse_one)

    with pytest.raises(Unavailable):
        delete_in(world.backends.firestore, "users/ada/marks", timeout_seconds=5)
