"""What one command has to tell one person several times: one e-mail and one push, and each in the inbox."""

from typing import Any

import pytest

from courtside.relay import planning_lane
from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.integration.notifications.channels import Channels
from tests.world import tomorrow_at

ADA, TOM = "ada@example.org", "tom@example.org"
DAYS = 12


@pytest.fixture
def studio(channels: Channels) -> Channels:
    """Tom can be booked for three weeks; he and Ada have addresses."""
    channels.address("ada", ADA)
    channels.address("tom", TOM)
    channels.world.call("tom", "trainers.update_profile", horizon_days=21)
    return channels


def book_series(studio: Channels, days: int = DAYS, **offer: Any) -> list[str]:
    """Ada books Tom for so many days; the bookings."""
    service = studio.world.add_service("tom", name="Boxing", **offer)
    repeat = {"every": "day", "count": days}
    starts_at = tomorrow_at(10).isoformat()
    made = studio.world.call(
        "ada", "bookings.book_series", service_id=service, starts_at=starts_at, repeat=repeat
    )
    return [each["booking_id"] for each in made["dates"]]


def titles(fcm: FcmStandIn) -> list[str | None]:
    """What is on Tom's screen, the oldest first."""
    return [shown.title for shown in reversed(fcm.visible("phone:tom"))]


def test_who_books_a_series_gets_one_receipt_with_all_dates(studio: Channels, mail: MailSink) -> None:
    bookings = book_series(studio)

    studio.send()

    (receipt,) = mail.mails(ADA)
    assert receipt.subject == "12 new bookings"
    for body in (receipt.text or "", receipt.html or ""):
        assert [f"/bookings/{booking}" in body for booking in bookings] == [True] * DAYS
    (calendar,) = receipt.attachments
    assert calendar.content.count(b"BEGIN:VEVENT") == DAYS
    assert receipt.header("List-Unsubscribe") is not None


def test_the_other_party_is_told_once_and_finds_each_in_the_inbox(
    studio: Channels, fcm: FcmStandIn, mail: MailSink
) -> None:
    book_series(studio)

    studio.send()

    assert titles(fcm) == ["12 new bookings"]
    (told,) = mail.mails(TOM)
    assert (told.subject, told.attachments) == ("12 new bookings", [])
    inbox = studio.world.rows(
        "SELECT count(*) FROM notifications WHERE user_id = 'tom' AND type = 'session.booked' AND read_at IS NULL"
    )
    assert inbox == [(DAYS,)]
    assert sorted(each["state"] for each in studio.deliveries()) == ["accepted", *["merged"] * (DAYS - 1)]


def test_it_is_one_in_however_many_batches_it_is_decided(
    studio: Channels, fcm: FcmStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning_lane, "BATCH", 5)
    book_series(studio, requires_confirmation=True)

    studio.send()

    assert titles(fcm) == ["12 booking requests"]
    assert studio.world.rows("SELECT count(*) FROM notifications WHERE planned_at IS NULL") == [(0,)]


def test_a_cancelled_series_is_told_once_to_each(studio: Channels, fcm: FcmStandIn, mail: MailSink) -> None:
    bookings = book_series(studio)
    studio.send()
    fcm.clear()
    mail.clear()

    studio.world.call("ada", "bookings.cancel_series", booking_id=bookings[0], scope="all")
    studio.send()

    assert titles(fcm) == ["12 bookings cancelled"]
    assert [mail.mails(to)[0].subject for to in (ADA, TOM)] == ["12 bookings cancelled"] * 2
    assert len(mail.mails()) == 2
    (calendar,) = mail.mails(ADA)[0].attachments
    assert calendar.content.count(b"STATUS:CANCELLED") == DAYS


def test_a_bundle_joins_what_waits_for_its_kind(studio: Channels, fcm: FcmStandIn) -> None:
    book_series(studio, days=2)
    studio.send(studio.pushes)
    service = studio.world.add_service("tom", name="Running")
    studio.world.book("ada", service, tomorrow_at(14))
    studio.send(studio.pushes)
    repeat = {"every": "day", "count": 3}
    again = {"service_id": service, "starts_at": tomorrow_at(16).isoformat(), "repeat": repeat}
    studio.world.call("ada", "bookings.book_series", **again)
    studio.send(studio.pushes)

    studio.make_due()
    studio.send(studio.pushes)

    assert titles(fcm) == ["2 new bookings", "4 new bookings"]


def test_of_a_bundle_what_was_read_is_not_counted(studio: Channels, fcm: FcmStandIn) -> None:
    book_series(studio, days=3)
    planning_lane.plan_once(studio.world.backends)
    studio.world.rows(
        "UPDATE notifications SET read_at = now() WHERE id = ("
        "SELECT notification_id FROM deliveries WHERE channel = 'push' AND state = 'waiting') RETURNING id"
    )

    studio.send(studio.pushes)

    assert titles(fcm) == ["2 new bookings"]


def test_of_a_bundle_what_is_not_so_any_more_is_not_counted(studio: Channels, fcm: FcmStandIn) -> None:
    bookings = book_series(studio, days=3, requires_confirmation=True)
    planning_lane.plan_once(studio.world.backends)
    ((led,),) = studio.world.rows(
        "SELECT n.payload ->> 'booking_id' FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id"
        " WHERE d.channel = 'push' AND d.state = 'waiting'"
    )
    assert led in bookings
    studio.world.call("tom", "bookings.decline_booking", booking_id=led)

    studio.send(studio.pushes)

    assert titles(fcm) == ["2 booking requests"]


def test_a_bundle_that_is_not_wanted_is_explained_for_each(studio: Channels, fcm: FcmStandIn) -> None:
    off = {"session.booked": {"push": False}}
    studio.world.call("tom", "notifications.update_notification_settings", types=off)
    book_series(studio, days=3)

    studio.send(studio.pushes)

    found = {(each["state"], each["reason"]) for each in studio.deliveries()}
    assert (found, len(studio.deliveries())) == ({("cancelled", "type_switched_off")}, 3)
    assert fcm.attempts() == []
