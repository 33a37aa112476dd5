"""A part of a transaction that fails alone leaves neither writes nor effects; the rest commits."""

from dataclasses import dataclass

import pytest

from courtside.db.system import run_as_system
from courtside.db.unit_of_work import Entry, UnitOfWork
from courtside.errors import Refusal
from courtside.events import Event
from tests.world import World


@dataclass(frozen=True, kw_only=True)
class Tried(Event):
    name = "tried.v1"


def leave_everything(uow: UnitOfWork, name: str) -> None:
    uow.execute(
        "INSERT INTO resources (id, name, created_at) VALUES (gen_random_uuid(), %(name)s, now())", name=name
    )
    uow.emit(Tried())
    uow.touch(f"clients/{name}")
    uow.enqueue(Entry("feed", "admin", {}))
    uow.record(f"resources/{name}", None, {})


def leave_and_refuse(uow: UnitOfWork, name: str) -> None:
    with uow.attempt():
        leave_everything(uow, name)
        raise Refusal


def test_what_fails_alone_leaves_nothing(world: World) -> None:
    counts: list[tuple[int, ...]] = []

    def act(uow: UnitOfWork) -> None:
        with uow.attempt():
            leave_everything(uow, "kept")
        with pytest.raises(Refusal):
            leave_and_refuse(uow, "dropped")
        counts.append((len(uow.events), len(uow.documents), len(uow.entries), len(uow.changes)))

    run_as_system(world.backends.pool, "test", act)

    assert counts == [(1, 1, 1, 1)]
    assert world.rows("SELECT name FROM resources") == [("kept",)]


def test_a_statement_that_fails_does_not_spoil_the_rest(world: World) -> None:
    def act(uow: UnitOfWork) -> None:
        leave_everything(uow, "one")
        with pytest.raises(Exception, match="resources_name_unique"), uow.attempt():
            leave_everything(uow, "one")
        leave_everything(uow, "two")

    run_as_system(world.backends.pool, "test", act)

    assert world.rows("SELECT name FROM resources ORDER BY name") == [("one",), ("two",)]
