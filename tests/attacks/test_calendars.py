"""Calendars behind secret addresses: guessing, reaching beyond, asking in other ways."""

import secrets

import pytest

from tests.attacks.arena import Arena
from tests.attacks.attempt import calls

SECRET = "A" * 43
PATHS = {
    "nothing": "/calendar",
    "an empty secret": "/calendar/.ics",
    "a secret that opens none": f"/calendar/{SECRET}.ics",
    "a uid": "/calendar/ada.ics",
    "an id": "/calendar/@booking.ics",
    "a secret without its suffix": "@calendar_bare",
    "a secret cut short": "@calendar_short.ics",
    "a secret with more": "@calendar_bareA.ics",
    "a secret in other letters": "@calendar_upper.ics",
    "any secret": "/calendar/%25.ics",
    "any secret, by pattern": "/calendar/" + "_" * 43 + ".ics",
    "SQL": "/calendar/' OR '1'='1.ics",
    "a path": "/calendar/..%2f..%2fetc%2fpasswd.ics",
    "a null": f"/calendar/{SECRET}%00.ics",
    "another kind of file": f"/calendar/{SECRET}.json",
    "a digest": "/calendar/" + "0" * 64 + ".ics",
}


def path_of(arena: Arena, path: str) -> str:
    """A path with what the attacker knows of Ada's: all but a letter, or the wrong case."""
    bare = arena.names["calendar"].removesuffix(".ics")
    known = {
        "@calendar_bare": bare,
        "@calendar_short": bare[:-1],
        "@calendar_upper": bare[:-43] + bare[-43:].swapcase(),
        "@booking": arena.names["booking"],
    }
    for name, value in known.items():
        path = path.replace(name, value)
    return path


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_every_address_that_opens_nothing_is_answered_alike(arena: Arena, path: str) -> None:
    doors = arena.doors

    with arena.unchanged():
        reply = doors.http.get(f"{doors.functions}{path_of(arena, path)}")

    assert reply.status_code == 404
    assert reply.text == "There is no such calendar."


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_calendars_are_only_read(arena: Arena, method: str) -> None:
    doors = arena.doors

    with arena.unchanged():
        reply = doors.http.request(
            method, f"{doors.functions}{arena.names['calendar']}", content=b"BEGIN:VCALENDAR"
        )

    assert reply.status_code in {204, 405}
    assert "VEVENT" not in reply.text


def test_a_former_address_opens_nothing(arena: Arena) -> None:
    former = arena.succeed(calls("bob", "account.create_calendar_feed", "", "")).result["path"]
    arena.succeed(calls("bob", "account.create_calendar_feed", "", ""))
    doors = arena.doors

    assert doors.http.get(f"{doors.functions}{former}").status_code == 404
    arena.succeed(calls("bob", "account.revoke_calendar_feed", "", ""))


def test_the_calendar_of_a_blocked_account_is_closed(arena: Arena) -> None:
    path = arena.succeed(calls("cyd", "account.create_calendar_feed", "", "")).result["path"]
    doors = arena.doors
    arena.world.rows("UPDATE users SET blocked_at = now() WHERE id = 'cyd' RETURNING id")

    try:
        assert doors.http.get(f"{doors.functions}{path}").status_code == 404
    finally:
        arena.world.rows("UPDATE users SET blocked_at = NULL WHERE id = 'cyd' RETURNING id")


def test_secrets_are_too_long_to_guess(arena: Arena) -> None:
    bare = arena.names["calendar"].rsplit("/", 1)[-1].removesuffix(".ics")

    assert len(bare) == len(secrets.token_urlsafe(32)) == 43
    assert bare not in arena.log.read_text()
