"""The product's own rules, evaluated by the engine without a transport."""

from pathlib import Path

import pytest

from emulator.rules.requests import Request
from emulator.rules.ruleset import Ruleset, compile_rules
from tests.unit.rules.builders import NOW, request
from tests.unit.rules.queries import list_verdict, query_of

BOOKING = {"client_id": "c1", "trainer_id": "t1"}
CONFLICT = {"trainer_ids": ["t1", "t2"], "client_id": "c1"}
PRESENCE = {"user_id": "u1", "place": "calendar", "hidden": False, "seen_at": NOW}


@pytest.fixture(scope="module")
def own() -> Ruleset:
    ruleset = compile_rules((Path(__file__).parents[3] / "firestore.rules").read_text())
    assert ruleset.issues == []
    return ruleset


@pytest.mark.parametrize(
    "asked",
    [
        request("get", "trainers/t1"),
        request("get", "bookings/b1", uid="c1", data=BOOKING),
        request("get", "bookings/b1", uid="t1", data=BOOKING),
        request("get", "bookings/b1", uid="x", token={"role": "admin"}, data=BOOKING),
        request("get", "disputes/d1", uid="c1", data=BOOKING),
        request("get", "disputes/d1", uid="t1", data=BOOKING),
        request("get", "schedule/2026-05-04/conflicts/k1", uid="t1", data=CONFLICT),
        request("get", "schedule/2026-05-04/conflicts/k1", uid="x", token={"role": "admin"}, data=CONFLICT),
        request("get", "trainers/t1/reviews/r1", data={"rating": 5}),
        request("get", "users/u1/inbox/n1", uid="u1"),
        request("get", "feeds/client_u1/events/e1", uid="u1", data={}),
        request("get", "feeds/public/events/e1", data={}),
        request("get", "health/relay", uid="x", token={"role": "admin"}, data={}),
        request("create", "users/u1/marks/m1", uid="u1", new={"read_at": NOW}),
        request("create", "presence/p1", uid="u1", new=PRESENCE),
        request("delete", "presence/p1", uid="u1", data=PRESENCE),
    ],
)
def test_allows(own: Ruleset, asked: Request) -> None:
    answer = own.evaluate(asked)
    assert answer.allowed, answer.message


@pytest.mark.parametrize(
    "asked",
    [
        request("create", "trainers/t1", uid="t1", new={}),
        request("get", "bookings/b1", data=BOOKING),
        request("get", "bookings/b1", uid="c2", data=BOOKING),
        request("get", "bookings/b2", uid="c1"),
        request("update", "bookings/b1", uid="c1", data=BOOKING, new=BOOKING),
        request("get", "health/relay", data={}),
        request("get", "health/relay", uid="t1", token={"role": "trainer"}, data={}),
        request("update", "health/relay", uid="x", token={"role": "admin"}, data={}, new={}),
        request("get", "disputes/d1", uid="c2", data=BOOKING),
        request("get", "disputes/d1", data=BOOKING),
        request("update", "disputes/d1", uid="c1", data=BOOKING, new=BOOKING),
        request("get", "schedule/2026-05-04/conflicts/k1", uid="t3", data=CONFLICT),
        request("get", "schedule/2026-05-04/conflicts/k1", uid="c1", data=CONFLICT),
        request("get", "schedule/2026-05-04/conflicts/k1", data=CONFLICT),
        request("create", "trainers/t1/reviews/r1", uid="c1", new={"rating": 5}),
        request("get", "users/u1/inbox/n1", uid="u2"),
        request("get", "feeds/client_u2/events/e1", uid="u1", data={}),
        request("create", "users/u1/marks/m1", uid="u1", new={"read_at": NOW, "more": 1}),
        request("create", "presence/p1", uid="u1", new={**PRESENCE, "user_id": "u2"}),
        request("create", "presence/p1", uid="u1", new={**PRESENCE, "place": "x" * 201}),
        request("get", "stats/day", uid="u1"),
    ],
)
def test_denies(own: Ruleset, asked: Request) -> None:
    assert not own.evaluate(asked).allowed


def test_lists_are_allowed_within_what_the_rules_can_prove(own: Ruleset) -> None:
    mine = query_of(("client_id", "==", "u1"), collection="bookings")
    foreign = query_of(("client_id", "==", "u2"), collection="bookings")
    assert list_verdict(own, mine).allowed
    assert not list_verdict(own, foreign).allowed
    assert not list_verdict(own, query_of(collection="bookings")).allowed
    assert list_verdict(own, query_of(collection="trainers", limit=100)).allowed
    assert not list_verdict(own, query_of(collection="trainers")).allowed
    conflicts = query_of(("trainer_ids", "array-contains", "u1"), collection="conflicts")
    assert list_verdict(own, conflicts, parent=("schedule", "2026-05-04")).allowed
    assert not list_verdict(own, query_of(collection="conflicts"), parent=("schedule", "2026-05-04")).allowed
    assert list_verdict(own, query_of(collection="reviews", limit=20), parent=("trainers", "t1")).allowed
    assert list_verdict(own, query_of(collection="inbox"), parent=("users", "u1")).allowed
    assert not list_verdict(own, query_of(collection="inbox", group=True)).allowed
