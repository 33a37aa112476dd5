"""Postgres restored from an older backup: Firestore is ahead, shows what was lost, and is brought back to the facts."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from courtside.relay.reconcile.run import Plan, reconcile
from tests.integration.databases import migrated_database, url_of
from tests.integration.relay.drift import drift
from tests.integration.relay.recorder import recording
from tests.integration.relay.rest import relay_to_rest
from tests.world import World, tomorrow_at

LOOK = Plan(deep=True, pause_seconds=0.01)
REPAIR = Plan(deep=True, pause_seconds=0.01, repairs=True)


@pytest.fixture
def world(database_url: str, emulator_host: str) -> Iterator[World]:
    """In a database that nobody else is connected to, for only such a one can be copied."""
    with migrated_database(database_url) as url:
        world = World.of(url, emulator_host)
        try:
            yield world
        finally:
            world.close()


@pytest.fixture
def studio(world: World) -> World:
    """A trainer, a client and a booking, at rest."""
    world.approve_trainer(horizon_days=3)
    world.register_client("ada")
    world.book("ada", world.add_service(name="Backed up"), tomorrow_at(9))
    relay_to_rest(world)
    return world


@pytest.fixture
def restored(studio: World) -> Iterator[World]:
    """The studio as a backup had it, with the Firestore of one that went on for a while."""
    settings = studio.backends.settings
    name = f"backup_{uuid4().hex}"
    original = sql.Identifier(str(conninfo_to_dict(settings.database_url)["dbname"]))
    studio.backends.close()
    with psycopg.connect(url_of(settings.database_url, "template1"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), original))
        _go_on(studio)
        world = World.of(
            url_of(settings.database_url, name), str(settings.firestore_emulator), project=settings.project
        )
        try:
            yield world
        finally:
            world.close()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _go_on(studio: World) -> None:
    """What the backup does not know of."""
    studio.register_client("bob")
    ((service,),) = studio.rows("SELECT id FROM services")
    studio.book("bob", str(service), tomorrow_at(11))
    studio.call("tom", "trainers.update_profile", headline="lost")
    relay_to_rest(studio)


def test_the_extent_of_what_was_lost_is_shown(restored: World) -> None:
    kinds = {example["path"]: example["kind"] for example in reconcile(restored.backends, LOOK).examples}

    day = f"trainers/tom/days/{tomorrow_at(0).date()}"
    assert {path: kinds[path] for path in ("clients/bob", "trainers/tom", day)} == {
        "clients/bob": "extra",
        "trainers/tom": "foreign",
        day: "foreign",
    }
    assert sorted(kind for path, kind in kinds.items() if path.startswith(("bookings/", "sessions/"))) == [
        "extra",
        "extra",
    ]


def test_it_is_repaired_and_no_version_goes_back(restored: World) -> None:
    day = f"trainers/tom/days/{tomorrow_at(0).date()}"
    with recording(restored.firestore, "trainers/tom", day) as recorder:
        # Changes that come before the repair win over what is there, too.
        restored.call("tom", "trainers.update_profile", headline="after")
        reconcile(restored.backends, REPAIR)
        relay_to_rest(restored)

        ((version,),) = restored.rows("SELECT have FROM projection WHERE path = 'trainers/tom'")
        recorder.wait_for("trainers/tom", version)

    assert recorder.regressions() == {}
    assert reconcile(restored.backends, LOOK).drift == {}
    assert drift(restored) == []
    assert (restored.document("trainers/tom") or {})["headline"] == "after"
    assert restored.document("clients/bob") is None
