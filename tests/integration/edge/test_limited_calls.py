"""Whoever calls too often is told to wait, whoever they are; others are served, and the usual call costs no more."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask import Request
from werkzeug.test import Client, TestResponse

from courtside.bookings.icalendar import read_feed
from courtside.edge.calendar import calendar_function
from courtside.edge.callables import Runtime, callable_function
from courtside.edge.commands import REGISTERED, Commands, CommandSchema, Limit, View
from courtside.edge.health import health_function
from courtside.edge.limits import PER_CALENDAR_READER, PER_COMMAND, PER_HEALTH_READER, PER_QUERY, PER_VISITOR
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from tests.http_calls import Function, Reply, body_of, post, unsigned_token
from tests.world import ADMIN, CALLABLES, World, facts, tomorrow_at

SEARCH = body_of("search")
rare = Commands("rare")


class Nothing(CommandSchema):
    """No input but the command id."""


@rare.command(Nothing, roles=REGISTERED, rate_limit=Limit(burst=2, per_minute=1))
def ask_for_much(uow: object, command: Nothing) -> View:
    """Has a limit of its own."""
    return View()


class Doors:
    """Every callable of one process over a studio, with limits as in production."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.runtime = Runtime(react, drain_commit, backends_factory=lambda: world.backends)
        callables = [*CALLABLES.values(), rare]
        self.functions: dict[str, Function] = {
            c.domain: callable_function(c, self.runtime) for c in callables
        }

    def send(
        self, uid: str | None, domain: str, body: bytes, address: str = "198.51.100.7", **headers: str
    ) -> Reply:
        token = unsigned_token(uid, self.world.backends.settings.project) if uid else None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        environ = {"REMOTE_ADDR": address}
        return post(self.functions[domain], body, token=token, headers=named, environ=environ)

    def get(self, function: Callable[[Request], Any], path: str) -> TestResponse:
        client = Client(lambda environ, start: function(Request(environ))(environ, start))
        return client.get(path)


@pytest.fixture
def doors(empty_database: str, emulator_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    world = World.of(empty_database, emulator_host, rate_limits=True, trusted_proxies=0)
    world.register_client("ada")
    world.register_client("bob")
    try:
        yield Doors(world)
    finally:
        world.close()


def until_refused(send: Callable[[], Reply], at_most: int) -> tuple[int, Reply]:
    """How many calls were let through before the first that was not."""
    for passed in range(at_most + 1):
        reply = send()
        if reply.status == 429:
            return passed, reply
    raise AssertionError(f"none of {at_most + 1} calls was refused")


def test_who_calls_too_often_is_told_to_wait_and_nothing_changes(doors: Doors) -> None:
    before = dict(facts(doors.world))

    passed, refused = until_refused(
        lambda: doors.send("ada", "bookings", body_of("cancel_booking", booking_id="x")),
        PER_COMMAND.burst + 10,
    )

    assert passed >= PER_COMMAND.burst
    assert (refused.reason, refused.error["status"]) == ("RATE_LIMITED", "RESOURCE_EXHAUSTED")
    assert refused.headers["Retry-After"] == str(refused.error["details"]["retry_after_seconds"])
    assert 1 <= refused.error["details"]["retry_after_seconds"] <= 2
    after = dict(facts(doors.world))
    assert before | {"rate_limits": []} == after | {"rate_limits": []}


def test_others_are_served_meanwhile(doors: Doors) -> None:
    until_refused(lambda: doors.send("ada", "bookings", body_of("cancel_booking")), 200)

    assert doors.send("bob", "bookings", body_of("cancel_booking")).reason == "INVALID_INPUT"


def test_commands_and_queries_are_counted_apart(doors: Doors) -> None:
    until_refused(lambda: doors.send("ada", "account", body_of("create_calendar_feed")), 200)

    passed, _ = until_refused(lambda: doors.send("ada", "trainers", SEARCH), 200)

    assert passed >= PER_QUERY.burst


def test_admins_are_held_to_limits_too(doors: Doors) -> None:
    doors.world.make_admin()

    passed, _ = until_refused(lambda: doors.send(ADMIN, "admin", body_of("list_webhooks")), 200)

    assert passed <= PER_QUERY.burst + 10


def test_a_command_with_a_limit_of_its_own_is_held_to_that(doors: Doors) -> None:
    passed, refused = until_refused(lambda: doors.send("ada", "rare", body_of("ask_for_much")), 10)

    assert passed == 2
    assert refused.error["details"]["retry_after_seconds"] > 50
    assert doors.send("ada", "account", body_of("create_calendar_feed")).status == 200


def test_visitors_are_counted_by_address(doors: Doors) -> None:
    passed, _ = until_refused(lambda: doors.send(None, "trainers", SEARCH), 200)

    assert PER_VISITOR.burst <= passed <= PER_VISITOR.burst + 10
    assert doors.send(None, "trainers", SEARCH, address="203.0.113.9").status == 200
    assert doors.send("ada", "trainers", SEARCH).status == 200


@pytest.mark.parametrize("forged", [{"X_Forwarded_For": "203.0.113.{}"}, {"Forwarded": "for=203.0.113.{}"}])
def test_another_address_cannot_be_claimed(doors: Doors, forged: Mapping[str, str]) -> None:
    count = 0

    def send() -> Reply:
        nonlocal count
        count += 1
        return doors.send(None, "trainers", SEARCH, **{k: v.format(count % 250) for k, v in forged.items()})

    until_refused(send, 200)


def test_an_address_that_floods_is_refused_before_anything_is_read(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courtside.edge.gate.Gate.admit_address.__defaults__", ("all", Limit(16, 60)))

    passed, _ = until_refused(lambda: doors.send("ada", "bookings", b"{"), 100)

    assert passed <= 20
    assert doors.send("bob", "bookings", b"{").status == 429
    assert doors.send("bob", "bookings", b"{", address="203.0.113.9").status == 400


def test_calendars_and_health_are_held_to_limits(doors: Doors) -> None:
    calendar, health = calendar_function(doors.runtime, read_feed), health_function(doors.runtime)

    feeds = [doors.get(calendar, "/x.ics") for _ in range(PER_CALENDAR_READER.burst + 40)]
    checks = [doors.get(health, "/") for _ in range(PER_HEALTH_READER.burst + 8)]

    for answers in (feeds, checks):
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["Retry-After"]) >= 1


def test_the_usual_call_asks_no_bucket(doors: Doors) -> None:
    """Registering, looking, booking: none of it is a statement more than without limits."""
    world = doors.world
    world.approve_trainer("tom")
    service, starts_at = world.add_service("tom"), tomorrow_at(10).isoformat()

    assert doors.send(
        "eve", "account", body_of("register_client", display_name="Eve", time_zone="UTC")
    ).result
    assert doors.send("eve", "trainers", SEARCH).result
    booking = doors.send("eve", "bookings", body_of("book_session", service_id=service, starts_at=starts_at))

    assert booking.result["status"] == "confirmed"
    assert world.rows("SELECT count(*) FROM rate_limits") == [(0,)]


def test_the_local_suite_may_ask_not_to_be_counted(doors: Doors, emulator_host: str) -> None:
    world = World.of(
        doors.world.backends.settings.database_url,
        emulator_host,
        rate_limits=True,
        auth_emulator="127.0.0.1:1",
    )
    try:
        local = Doors(world)
        for _ in range(200):
            assert local.send("ada", "trainers", SEARCH, X_Courtside_Unmetered="seed").status == 200
        until_refused(lambda: local.send("ada", "trainers", SEARCH), 200)
    finally:
        world.close()


def test_nobody_else_may(doors: Doors) -> None:
    until_refused(lambda: doors.send("ada", "trainers", SEARCH, X_Courtside_Unmetered="seed"), 200)
