"""Roles change: who gains, who loses, and what becomes of the sessions to come."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from courtside.actors import Role
from courtside.db.system import run_as_system
from courtside.errors import Refusal, TokenRevoked
from courtside.identity.model import LastAdmin
from courtside.identity.service import grant_role
from tests.world import ADMIN, World, tomorrow_at

WHY = {"reason": "as agreed"}


def now() -> datetime:
    return datetime.now(UTC)


def later() -> datetime:
    """The sign-in of somebody who has signed in again: tokens tell whole seconds."""
    return now() + timedelta(seconds=2)


def role_of(world: World, uid: str) -> tuple[str, str, str]:
    """In Postgres, where rules look, and where clients look."""
    access, client = world.document(f"access/{uid}"), world.document(f"clients/{uid}")
    assert access is not None
    assert client is not None
    ((role,),) = world.rows("SELECT role FROM users WHERE id = %s", uid)
    return role, access["role"], client["role"]


def test_whoever_gains_keeps_the_sign_in(world: World) -> None:
    world.make_admin()
    world.register_client("ada")
    before = now()

    answer = world.call(ADMIN, "admin.set_role", user_id="ada", role="support", **WHY)

    assert answer == {"user_id": "ada", "role": "support"}
    assert role_of(world, "ada") == ("support",) * 3
    assert world.run("ada", "admin.search_audit", signed_in_at=before).error is None


def test_whoever_loses_has_to_sign_in_again(world: World) -> None:
    world.make_admin()
    world.make_admin("eve")
    signed_in_at = now()

    world.call(ADMIN, "admin.set_role", user_id="eve", role="client", **WHY)

    assert role_of(world, "eve") == ("client",) * 3
    access = world.document("access/eve")
    assert access is not None
    assert signed_in_at < access["tokens_valid_from_at"] <= signed_in_at + timedelta(seconds=10)
    assert access["tokens_valid_from_at"].microsecond == 0
    for name in ("account.create_calendar_feed", "account.credits_statement"):
        with pytest.raises(TokenRevoked):
            world.run("eve", name, signed_in_at=signed_in_at)
        assert world.run("eve", name, signed_in_at=later()).error is None
    with pytest.raises(Refusal, match="Your role"):
        world.run("eve", "admin.search_audit", signed_in_at=later())


def test_a_sign_in_of_the_very_second_is_void_too(world: World) -> None:
    world.make_admin()
    world.register_client("ada")
    world.call(ADMIN, "admin.sign_out_user", user_id="ada", **WHY)
    ((from_,),) = world.rows("SELECT tokens_valid_from FROM users WHERE id = 'ada'")

    with pytest.raises(TokenRevoked):
        world.run("ada", "account.credits_statement", signed_in_at=from_ - timedelta(seconds=1))
    assert world.run("ada", "account.credits_statement", signed_in_at=from_).error is None


def test_nobody_changes_the_own_role_or_signs_out_by_accident(world: World) -> None:
    world.make_admin()
    world.make_admin("eve")

    assert (
        world.refusal(ADMIN, "admin.set_role", user_id=ADMIN, role="client", **WHY).reason == "NOT_YOURSELF"
    )
    assert world.refusal(ADMIN, "admin.block_user", user_id=ADMIN, **WHY).reason == "NOT_YOURSELF"
    assert world.refusal(ADMIN, "admin.sign_out_user", user_id=ADMIN, **WHY).reason == "NOT_YOURSELF"


@pytest.mark.parametrize("command", ["admin.block_user", "admin.set_role"])
def test_of_two_admins_who_take_it_from_each_other_one_is_left(world: World, command: str) -> None:
    world.make_admin("ann")
    world.make_admin("ben")
    start = Barrier(2)
    content: dict[str, Any] = {**WHY, **({"role": "client"} if command == "admin.set_role" else {})}

    def take(pair: tuple[str, str]) -> str | None:
        start.wait(timeout=10)
        try:
            error = world.run(pair[0], command, user_id=pair[1], **content).error
        except Refusal as refusal:
            return refusal.reason
        return str(error["details"]["reason"]) if error else None

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(take, [("ann", "ben"), ("ben", "ann")]))

    assert sorted(outcomes, key=str) in (
        ["LAST_ADMIN", None],
        ["ROLE_NOT_ALLOWED", None],
        ["ACCOUNT_BLOCKED", None],
        [None, "TOKEN_REVOKED"],
    )
    assert world.rows("SELECT count(*) FROM users WHERE role = 'admin' AND blocked_at IS NULL") == [(1,)]


def test_operators_do_not_leave_nobody_to_administer(world: World) -> None:
    world.make_admin()

    with pytest.raises(LastAdmin):
        run_as_system(world.backends.pool, "test", lambda uow: grant_role(uow, ADMIN, Role.CLIENT))


@pytest.mark.parametrize("applied", [True, False])
def test_trainers_are_made_by_approval_alone(world: World, applied: bool) -> None:
    world.make_admin()
    world.register_client("amy")
    if applied:
        world.call("amy", "trainers.apply", display_name="Amy", time_zone="UTC")

    refused = world.refusal(ADMIN, "admin.set_role", user_id="amy", role="trainer", **WHY)

    assert refused.reason == "TRAINER_NOT_APPROVED"
    assert world.rows("SELECT role FROM users WHERE id = 'amy'") == [("client",)]


def test_a_trainer_with_booked_sessions_stays_one(world: World) -> None:
    world.approve_trainer("tom")
    world.register_client("ada")
    service = world.add_service("tom")
    booking = world.book("ada", service, tomorrow_at(10))
    world.relay()

    refused = world.refusal(ADMIN, "admin.set_role", user_id="tom", role="client", **WHY)

    assert (refused.reason, refused.error["details"]["sessions"]) == ("STILL_TRAINING", 1)
    assert role_of(world, "tom") == ("trainer",) * 3
    world.call("tom", "bookings.cancel_session", session_id=booking["session_id"], reason="ill")
    world.call(ADMIN, "admin.set_role", user_id="tom", role="client", **WHY)
    world.relay()
    assert role_of(world, "tom") == ("client",) * 3


def test_a_trainer_who_stops_is_out_of_sight_until_it_is_one_again(world: World) -> None:
    world.approve_trainer("tom")
    world.register_client("ada")
    service = world.add_service("tom")
    day = f"trainers/tom/days/{tomorrow_at(0).date()}"
    world.relay()
    assert world.document(day) is not None

    world.call(ADMIN, "admin.set_role", user_id="tom", role="client", **WHY)
    world.relay()

    assert world.document("trainers/tom") is None
    assert not (world.document(day) or {}).get("slots")
    content = {"service_id": service, "starts_at": tomorrow_at(10).isoformat()}
    assert world.refusal("ada", "bookings.book_session", **content).reason == "TRAINER_NOT_APPROVED"
    assert world.call("ada", "trainers.search")["trainers"] == []
    assert world.refusal(ADMIN, "trainers.approve", trainer_id="tom").reason == "TRAINER_SUSPENDED"

    world.call(ADMIN, "admin.set_role", user_id="tom", role="trainer", **WHY)
    world.relay()

    card, shown = world.document("trainers/tom"), world.document(day)
    assert card is not None
    assert card["display_name"] == "Tom"
    assert shown is not None
    assert shown["slots"]
    world.call("ada", "bookings.book_session", **content)


def test_admins_are_told_of_roles(world: World) -> None:
    world.make_admin()
    world.register_client("ada")

    world.call(ADMIN, "admin.set_role", user_id="ada", role="support", **WHY)

    events = [event.to_dict() or {} for event in world.firestore.collection("feeds/admin/events").stream()]
    (told,) = [event["payload"] for event in events if event["type"] == "user:role_changed"]
    assert told == {"user_id": "ada", "old_role": "client", "role": "support"}


def test_what_is_so_already_is_said(world: World) -> None:
    world.make_admin()
    world.register_client("ada")

    assert world.refusal(ADMIN, "admin.unblock_user", user_id="ada", **WHY).reason == "NOTHING_TO_CHANGE"
    same = world.refusal(ADMIN, "admin.set_role", user_id="ada", role="client", **WHY)
    assert same.reason == "NOTHING_TO_CHANGE"
    nobody = world.refusal(ADMIN, "admin.set_role", user_id="nobody", role="support", **WHY)
    assert nobody.reason == "USER_NOT_FOUND"


def test_a_trainer_who_became_a_client_decides_no_more_about_sessions(world: World) -> None:
    """Not even about those that are over: who came costs money."""
    world.approve_trainer("tom")
    world.register_client("ada")
    past = tomorrow_at(10, days=-2)
    content: dict[str, Any] = {"service_id": world.add_service("tom"), "starts_at": past.isoformat()}
    booked = world.run("ada", "bookings.book_session", now=past - timedelta(days=1), **content)
    assert booked.error is None
    booking = booked.answer["result"]["booking_id"]
    world.call(ADMIN, "admin.set_role", user_id="tom", role="client", **WHY)

    for name in ("bookings.mark_no_show", "bookings.cancel_booking"):
        outcome = world.run("tom", name, signed_in_at=later(), booking_id=booking)
        assert outcome.error is not None
        assert outcome.error["details"]["reason"] == "BOOKING_NOT_FOUND"
    world.call(ADMIN, "admin.set_role", user_id="tom", role="trainer", **WHY)
    again = world.run("tom", "bookings.mark_no_show", signed_in_at=later(), booking_id=booking)
    assert again.error is None
