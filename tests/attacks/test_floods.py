"""More than anybody may ask, under many names and addresses; and calls that come from no app of ours."""

from collections.abc import Iterator

import pytest

from courtside.edge.limits import PER_COMMAND, PER_VISITOR
from tests.attacks.arena import Arena
from tests.attacks.deployed import Deployed, deployed
from tests.http_calls import Reply, body_of

# More than any bucket of a person holds, and less than an address may send.
MANY = PER_COMMAND.burst + PER_VISITOR.burst


@pytest.fixture
def limited(arena: Arena) -> Iterator[Deployed]:
    """The studio as it is deployed, behind one proxy, its limits on."""
    with deployed(arena, rate_limits=True, trusted_proxies=1) as functions:
        yield functions


def refused(replies: list[Reply]) -> list[Reply]:
    """Those that were told to come back later."""
    return [reply for reply in replies if reply.status == 429]


def assert_limited(arena: Arena, replies: list[Reply]) -> None:
    """Most of a flood is turned away, each with the time to wait, and none does anything."""
    turned_away = refused(replies)
    assert len(turned_away) > len(replies) // 4
    assert turned_away[-1] is replies[-1]
    for reply in turned_away:
        assert (reply.error["status"], reply.reason) == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")
        assert int(reply.headers["Retry-After"]) == reply.error["details"]["retry_after_seconds"] >= 1


def flood(
    limited: Deployed, who: str | None, *, proxied: str = "198.51.100.7", **content: str
) -> list[Reply]:
    """The same again and again; each call invents an address that it comes from."""
    token = None if who is None else limited.token(who)
    domain, command = ("trainers", "search") if who is None else ("bookings", "cancel_booking")
    return [
        limited.post(
            domain,
            body_of(command, **content),
            token=token,
            headers={"X-Forwarded-For": f"203.0.113.{n}, {proxied}"},
        )
        for n in range(MANY)
    ]


def test_one_person_cannot_ask_for_ever(arena: Arena, limited: Deployed) -> None:
    with arena.unchanged():
        replies = flood(limited, "mal", booking_id=arena.names["booking"])

    assert_limited(arena, replies)
    # Others are served all the while.
    other = limited.post(
        "bookings", body_of("cancel_booking", booking_id=arena.names["booking"]), token=limited.token("bob")
    )
    assert other.reason == "BOOKING_NOT_FOUND"


def test_addresses_that_are_invented_do_not_help_a_visitor(arena: Arena, limited: Deployed) -> None:
    with arena.unchanged():
        replies = flood(limited, None)

    assert_limited(arena, replies)


def test_the_way_around_of_a_local_suite_is_closed(arena: Arena, limited: Deployed) -> None:
    token, headers = limited.token("cyd"), {"X-Courtside-Unmetered": "1"}
    body = body_of("cancel_booking", booking_id=arena.names["booking"])

    with arena.unchanged():
        replies = [limited.post("bookings", body, token=token, headers=headers) for _ in range(MANY)]

    assert refused(replies)


@pytest.fixture
def guarded(arena: Arena) -> Iterator[Deployed]:
    """The studio as it is deployed, App Check enforced."""
    with deployed(arena, app_check="enforce") as functions:
        yield functions


@pytest.mark.parametrize("proof", ["", "x", "a.b.c", "x" * 9_000, "' OR 1=1 --"])
def test_calls_of_no_app_are_refused(arena: Arena, guarded: Deployed, proof: str) -> None:
    headers = {"X-Firebase-AppCheck": proof} if proof else {}
    body = body_of("cancel_booking", booking_id=arena.names["booking"])

    with arena.unchanged():
        reply = guarded.post("bookings", body, token=guarded.token("ada"), headers=headers)

    assert (reply.error["status"], reply.reason) == ("UNAUTHENTICATED", "APP_CHECK_REFUSED")
