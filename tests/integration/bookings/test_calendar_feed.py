"""A person's calendar behind a secret address, and the file of one booking."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import icalendar
import pytest
from flask import Request
from werkzeug.test import Client

from courtside.bookings.icalendar import read_feed
from courtside.edge.calendar import calendar_function
from courtside.edge.callables import Runtime
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from tests.world import World, tomorrow_at


@dataclass(frozen=True)
class Calendars:
    """The HTTP function over a studio, and the booking in it."""

    world: World
    function: Any
    booking: str

    def get(self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> Any:
        client = Client(lambda environ, start: self.function(Request(environ))(environ, start))
        return client.open(path, method=method, headers=dict(headers or {}))

    def events(self, path: str) -> list[Any]:
        response = self.get(path)
        assert response.status_code == 200, response.get_data()
        return icalendar.Calendar.from_ical(response.get_data()).walk("VEVENT")


@pytest.fixture
def calendars(world: World) -> Calendars:
    world.approve_trainer("tom", horizon_days=5)
    world.register_client("ada")
    world.register_client("bob", display_name="Bob")
    booking = world.book("ada", world.add_service("tom", name="Boxing"), tomorrow_at(10))["booking_id"]
    runtime = Runtime(react, drain_commit, backends_factory=lambda: world.backends)
    return Calendars(world, calendar_function(runtime, read_feed), booking)


def feed_of(calendars: Calendars, uid: str) -> str:
    path: str = calendars.world.call(uid, "account.create_calendar_feed")["path"]
    return path


def test_a_client_sees_bookings_and_a_trainer_sessions(calendars: Calendars) -> None:
    (booking,) = calendars.events(feed_of(calendars, "ada"))
    (session,) = calendars.events(feed_of(calendars, "tom"))

    assert booking["SUMMARY"] == "Boxing: Tom"
    assert session["SUMMARY"] == "Boxing: Ada"
    assert booking.decoded("DTSTART") == session.decoded("DTSTART") == tomorrow_at(10)
    assert calendars.events(feed_of(calendars, "bob")) == []


def test_a_move_and_a_cancellation_raise_the_sequence_of_the_same_event(calendars: Calendars) -> None:
    feed = feed_of(calendars, "ada")
    (booked,) = calendars.events(feed)
    content = {"booking_id": calendars.booking, "starts_at": tomorrow_at(12).isoformat()}
    calendars.world.call("ada", "bookings.reschedule_booking", **content)
    (moved,) = calendars.events(feed)
    calendars.world.call("ada", "bookings.cancel_booking", booking_id=calendars.booking)
    (cancelled,) = calendars.events(feed)

    assert booked["UID"] == moved["UID"] == cancelled["UID"]
    assert booked["SEQUENCE"] < moved["SEQUENCE"] < cancelled["SEQUENCE"]
    assert moved.decoded("DTSTART") == tomorrow_at(12)
    assert cancelled["STATUS"] == "CANCELLED"


def test_a_new_address_ends_the_former_one(calendars: Calendars) -> None:
    old = feed_of(calendars, "ada")
    new = feed_of(calendars, "ada")

    assert calendars.get(old).status_code == 404
    assert calendars.get(new).status_code == 200


def test_what_opens_nothing_is_answered_alike(calendars: Calendars) -> None:
    revoked = feed_of(calendars, "ada")
    calendars.world.call("ada", "account.revoke_calendar_feed")
    of_blocked = feed_of(calendars, "bob")
    calendars.world.rows("UPDATE users SET blocked_at = now() WHERE id = 'bob' RETURNING id")
    secret = revoked.removeprefix("/calendar/").removesuffix(".ics")

    answers = {
        (response.status_code, response.get_data(), tuple(sorted(response.headers.items())))
        for path in (revoked, of_blocked, "/x.ics", "/", f"/{secret}", f"/{'a' * 43}.ics", "/%00.ics")
        for response in [calendars.get(path)]
    }

    assert len(answers) == 1
    ((status, _, _),) = answers
    assert status == 404


def test_the_secret_is_not_kept(calendars: Calendars) -> None:
    secret = feed_of(calendars, "ada").removeprefix("/calendar/").removesuffix(".ics")

    kept = calendars.world.rows("SELECT token_digest, user_id FROM calendar_feeds")
    audited = calendars.world.rows("SELECT before, after FROM audit")

    assert secret not in str(kept)
    assert secret not in str(audited)


def test_a_calendar_that_has_not_changed_is_not_sent_again(calendars: Calendars) -> None:
    feed = feed_of(calendars, "ada")
    tag = calendars.get(feed).headers["ETag"]

    again = calendars.get(feed, headers={"If-None-Match": tag})
    calendars.world.call("ada", "bookings.cancel_booking", booking_id=calendars.booking)
    changed = calendars.get(feed, headers={"If-None-Match": tag})

    assert (again.status_code, again.get_data()) == (304, b"")
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_methods_and_headers_are_those_of_a_private_file(calendars: Calendars) -> None:
    feed = feed_of(calendars, "ada")
    response = calendars.get(feed)

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    head = calendars.get(feed, method="HEAD")
    assert (head.status_code, head.get_data()) == (200, b"")
    assert calendars.get(feed, method="POST").status_code == 405


def test_one_booking_is_a_file_for_those_who_may_see_it(calendars: Calendars) -> None:
    for uid in ("ada", "tom"):
        text = calendars.world.call(uid, "bookings.booking_ics", booking_id=calendars.booking)["ics"]
        (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
        assert event["UID"] == f"booking-{calendars.booking}@courtside"
    with pytest.raises(Exception, match="no such booking"):
        calendars.world.run("bob", "bookings.booking_ics", booking_id=calendars.booking)


def test_a_trainer_who_became_a_client_sees_no_more_sessions(calendars: Calendars) -> None:
    path = feed_of(calendars, "tom")
    world = calendars.world
    assert len(calendars.events(path)) == 1

    world.rows("UPDATE users SET role = 'client' WHERE id = 'tom' RETURNING id")

    assert calendars.events(path) == []
