"""A deletion that is interrupted anywhere goes on where it stopped, and ends as if it had not been."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable

from courtside.firestore import erasing
from courtside.firestore.client import FirestoreConnection
from courtside.privacy import erasure
from courtside.privacy.model import Step
from courtside.relay import erasures
from tests.integration.privacy.conftest import Studio
from tests.integration.privacy.leaving import delete, erase, steps
from tests.integration.privacy.lives import (
    ADA,
    MARK,
    PHONE,
    TIM,
    Lives,
    documents,
    found_in_documents,
    found_in_rows,
)
from tests.integration.relay.rest import left_to_do
from tests.world import World, tomorrow_at


class Killed(BaseException):
    """Stands for the end of the process: nothing below catches it."""


def carry_on(world: World) -> int:
    return erasures.carry_on(world.backends, until=time.monotonic() + 10)


def end_leases(world: World) -> None:
    """As the clock does a minute after whoever held them died."""
    world.rows("UPDATE erasures SET lease_until = NULL, next_at = now() RETURNING 1")


def dying_at(step: Step, *, done: bool) -> Callable[..., Any]:
    """Acts as the relay does until a step comes: then dies, before it or after it is done and before that is noted."""
    act = erasures._act

    def die(backends: Any, now: Step, uid: str, after: str) -> str | None:
        if now is not step:
            return act(backends, now, uid, after)
        if done:
            act(backends, now, uid, after)
        raise Killed

    return die


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_whoever_dies_leaves_the_rest_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    """Dies at every step in turn, each time in another deletion's holder."""
    Lives(world).live()
    delete(world, ADA)
    delete(world, TIM, cancel_sessions=True)
    for step in Step:
        with monkeypatch.context() as patch:
            patch.setattr(erasures, "_act", dying_at(step, done=done))
            with pytest.raises(Killed):
                carry_on(world)
        assert step.value in steps(world).values()
        assert carry_on(world) == 0, "the dead holder's lease lasts"
        end_leases(world)

    erase(world)

    assert (found_in_rows(world, MARK, PHONE), found_in_documents(world, MARK)) == ({}, [])
    assert left_to_do(world) == 0
    late = world.rows("SELECT count(*) FROM penalties WHERE kind = 'cancel' AND client_id = %s", ADA)
    # Each booking was charged once, by whichever process.
    assert late == world.rows(
        "SELECT count(*) FROM bookings WHERE ended = 'cancelled' AND late AND client_id = %s", ADA
    )


def test_many_small_pages_come_to_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((erasure, "PAGE"), (erasure, "LINES"), (erasing, "PAGE")):
        monkeypatch.setattr(module, name, 2)
    Lives(world).live()
    told = f"feeds/client_{ADA}/"
    assert sum(path.startswith(told) for path, _ in documents(world)) > 2
    delete(world, ADA)
    delete(world, TIM, cancel_sessions=True)

    erase(world)

    assert [path for path, _ in documents(world) if path.startswith(told)] == []

    assert (found_in_rows(world, MARK, PHONE), found_in_documents(world, MARK)) == ({}, [])
    assert world.rows("SELECT id FROM notifications WHERE user_id IN (%s, %s)", ADA, TIM) == []
    assert left_to_do(world) == 0


def test_while_firestore_is_away_rows_go_and_traces_wait(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = studio.world
    world.firestore.document("users/ada/marks/one").set({"read_at": tomorrow_at(0)})
    delete(world, "ada")
    world.relay()
    with monkeypatch.context() as patch:
        patch.setattr(FirestoreConnection, "_api", lambda self: _Away())
        assert carry_on(world) == 1
        assert steps(world) == {"ada": "traces"}
        assert carry_on(world) == 0, "it waits before it is tried again"
    ((attempts, error, wait),) = world.rows(
        "SELECT attempts, last_error, extract(epoch FROM next_at - now()) FROM erasures"
    )
    assert (attempts, error) == (1, "Unavailable")
    assert 0 < wait <= 5

    end_leases(world)
    erase(world)
    assert not world.firestore.document("users/ada/marks/one").get().exists


def test_what_is_being_delivered_is_waited_for(studio: Studio) -> None:
    """A feed event that somebody holds would come back after it was deleted."""
    world = studio.world
    world.drains = False
    world.call("tom", "bookings.grant_credits", client_id="ada", amount=1, reason="gift")
    delete(world, "ada")
    told = "kind = 'feed' AND target = 'client_ada'"
    world.rows(f"UPDATE outbox SET lease_until = now() + interval '1 hour' WHERE {told} RETURNING 1")
    carry_on(world)
    ((step, error),) = world.rows("SELECT step, last_error FROM erasures")
    assert (step, error) == ("messages", "StillDelivered")

    world.rows(f"UPDATE outbox SET lease_until = NULL WHERE {told} RETURNING 1")
    end_leases(world)
    erase(world)

    assert world.rows(f"SELECT id FROM outbox WHERE {told}") == []
    assert list(world.firestore.collection("feeds/client_ada/events").stream()) == []


def test_one_that_fails_holds_up_no_other(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    world = studio.world
    for uid in ("ada", "bob"):
        delete(world, uid)
    act = erasures._act

    def fail(backends: Any, step: Step, uid: str, after: str) -> str | None:
        if uid == "ada" and step is Step.TEXTS:
            raise ValueError("planted")
        return act(backends, step, uid, after)

    monkeypatch.setattr(erasures, "_act", fail)
    carry_on(world)
    world.relay()

    assert steps(world) == {"ada": "texts", "bob": None}
    document = world.document("health/erasures")
    assert document is not None
    assert (document["open"], document["failing"]) == (1, 1)


def test_pauses_grow_with_failures(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    world = studio.world
    delete(world, "ada")

    def fail(*_: Any) -> None:
        raise ValueError("planted")

    monkeypatch.setattr(erasures, "_act", fail)
    pauses: list[float] = []
    for _ in range(12):
        carry_on(world)
        pauses += world.rows("SELECT extract(epoch FROM next_at - clock_timestamp()) FROM erasures")[0]
        end_leases(world)

    assert pauses[0] <= 5 < 20 < pauses[4]
    assert all(1_799 < pause <= 3_600 for pause in pauses[-2:])


def test_two_who_carry_on_at_once_do_not_do_it_twice(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    world = studio.world
    delete(world, "ada")
    others = []
    act = erasures._act

    def look(backends: Any, step: Step, uid: str, after: str) -> str | None:
        others.append(carry_on(world))
        return act(backends, step, uid, after)

    monkeypatch.setattr(erasures, "_act", look)

    assert carry_on(world) == 1
    assert set(others) == {0}
    assert steps(world) == {"ada": None}


class _Away:
    """Firestore, not answering."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: Any, **__: Any) -> None:
            raise ServiceUnavailable("planted")

        return refuse
