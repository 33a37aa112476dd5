"""Between the decision and the sending: bookings move, people change their settings, the night falls."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from courtside.relay import jobs
from courtside.relay.planning_lane import plan_once
from local.fcm.answers import Answer
from local.fcm.client import FcmStandIn
from tests.integration.notifications.channels import Channels, book_for

# The first whole hour within the day, so that the reminder of a day before is due.
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=20)
TYPE = "session.booked"


@pytest.fixture
def reminded(channels: Channels) -> str:
    """A booking of Ada's, made days ago, of which she and Tom are to be pushed a reminder by now; its id."""
    world = channels.world
    channels.install("ada", "phone:ada")
    service = world.add_service("tom", name="Boxing", capacity=2)
    booking: str = world.call(
        "ada",
        "bookings.book_session",
        now=START - timedelta(days=2),
        service_id=service,
        starts_at=START.isoformat(),
    )["booking_id"]
    world.rows("UPDATE notifications SET planned_at = now() RETURNING id")
    jobs.every_minute(world.backends)
    assert plan_once(world.backends) == 2
    return booking


def explained(channels: Channels, uid: str) -> dict[str, Any]:
    """What its reader is told of the push of a reminder."""
    ((id_,),) = channels.world.rows(
        "SELECT id::text FROM notifications WHERE user_id = %s AND type = 'session.reminder'", uid
    )
    told = channels.world.call(uid, "notifications.explain_delivery", notification_id=id_)["deliveries"]
    return next(each for each in told if each["channel"] == "push")


def test_a_reminder_reaches_the_phones_of_both(channels: Channels, fcm: FcmStandIn, reminded: str) -> None:
    channels.send(channels.pushes)

    (client,), (trainer,) = fcm.visible("phone:ada"), fcm.visible("phone:tom")
    assert client.link == f"/bookings/{reminded}"
    assert (trainer.link or "").startswith("/sessions/")
    assert explained(channels, "ada")["state"] == "accepted"


def test_of_a_booking_that_is_cancelled_or_moved_by_then_nobody_is_reminded(
    channels: Channels, fcm: FcmStandIn, reminded: str
) -> None:
    channels.world.call("ada", "bookings.cancel_booking", booking_id=reminded)

    # What is new of it waits.
    channels.world.rows("UPDATE notifications SET planned_at = now() WHERE planned_at IS NULL RETURNING id")
    channels.send(channels.pushes)

    for uid in ("ada", "tom"):
        told = explained(channels, uid)
        assert (told["state"], told["reason"], told["attempts"]) == ("cancelled", "stale", 0)
    assert fcm.attempts() == []


def test_of_a_booking_that_moved_only_those_are_reminded_who_are_still_there(
    channels: Channels, fcm: FcmStandIn, reminded: str
) -> None:
    world = channels.world
    ((service,),) = world.rows("SELECT service_id::text FROM sessions WHERE status = 'confirmed'")
    world.register_client("bob")
    world.book("bob", service, START)
    world.call(
        "ada",
        "bookings.reschedule_booking",
        booking_id=reminded,
        starts_at=(START + timedelta(hours=2)).isoformat(),
    )

    world.rows("UPDATE notifications SET planned_at = now() WHERE planned_at IS NULL RETURNING id")
    channels.send(channels.pushes)

    assert explained(channels, "ada")["reason"] == "stale"
    assert len(fcm.messages("phone:tom")) == 1


def test_credits_that_are_spent_before_their_owner_was_warned_are_no_warning(
    channels: Channels, fcm: FcmStandIn
) -> None:
    world = channels.world
    channels.install("ada", "phone:ada")
    for _ in range(2):
        world.call(
            "tom",
            "bookings.grant_credits",
            now=START - timedelta(days=20),
            client_id="ada",
            amount=1,
            expires_at=(START + timedelta(days=2)).isoformat(),
            reason="a package",
        )
    world.rows("UPDATE notifications SET planned_at = now() RETURNING id")
    jobs.every_minute(world.backends)
    plan_once(world.backends)
    world.rows(
        "UPDATE allocations SET remaining = 0 WHERE id = (SELECT min(id::text)::uuid FROM allocations) RETURNING id"
    )

    channels.send(channels.pushes)

    # The two are told in one, which tells of the other alone.
    assert sorted(each["state"] for each in channels.deliveries()) == ["accepted", "merged"]
    assert [shown.title for shown in fcm.visible("phone:ada")] == ["Credits expire soon"]


def test_what_is_switched_off_while_it_is_being_sent_is_not_tried_again(
    channels: Channels, fcm: FcmStandIn
) -> None:
    fcm.script("phone:tom", Answer("UNAVAILABLE", latency_seconds=0.5))
    book_for(channels)
    channels.send_while(
        lambda: channels.world.call(
            "tom", "notifications.update_notification_settings", types={TYPE: {"push": False}}
        )
    )

    channels.make_due()
    channels.end_pause()
    channels.send(channels.pushes)

    delivery = channels.delivery()
    assert (delivery["state"], delivery["reason"]) == ("cancelled", "type_switched_off")
    assert (delivery["attempts"], delivery["last_error"]) == (1, "UNAVAILABLE")
    assert len(fcm.attempts("phone:tom")) == 1


def test_what_would_be_tried_again_at_night_waits_for_the_morning(
    channels: Channels, fcm: FcmStandIn
) -> None:
    fcm.script("phone:tom", Answer("UNAVAILABLE", latency_seconds=0.5))
    book_for(channels)
    weekday = datetime.now(UTC).isoweekday()
    night = [{"weekday": day, "from": "00:00", "until": "00:00"} for day in (weekday, weekday % 7 + 1)]
    channels.send_while(
        lambda: channels.world.call("tom", "notifications.update_notification_settings", quiet=night)
    )
    channels.make_due()
    channels.end_pause()

    channels.send(channels.pushes)
    held = channels.delivery()
    # For how long it is worth trying counts from the morning.
    assert channels.world.rows("SELECT first_sent_at - next_at FROM deliveries WHERE state = 'held'") == [
        (timedelta(0),)
    ]
    fcm.unscript("phone:tom")
    channels.world.call("tom", "notifications.update_notification_settings", quiet=[])
    channels.send(channels.pushes)

    assert (held["state"], held["reason"], held["attempts"]) == ("held", "quiet_hours", 1)
    assert held["pause"] > 0
    assert channels.delivery()["state"] == "accepted"
    assert len(fcm.messages("phone:tom")) == 1


def test_two_groups_of_which_one_was_tried_already_wait_for_the_same_morning(
    channels: Channels, fcm: FcmStandIn
) -> None:
    book_for(channels)
    channels.send(channels.pushes)
    for hour in (12, 14):
        fcm.script("phone:tom", "UNAVAILABLE")
        book_for(channels, hour=hour)
        plan_once(channels.world.backends)
        if hour == 12:
            channels.make_due()
            channels.send(channels.pushes)
    weekday = datetime.now(UTC).isoweekday()
    night = [{"weekday": day, "from": "00:00", "until": "00:00"} for day in (weekday, weekday % 7 + 1)]
    channels.world.rows(
        "INSERT INTO notification_settings (user_id, quiet) VALUES ('tom', %s) RETURNING user_id",
        Jsonb(night),
    )
    channels.make_due()
    channels.end_pause()

    channels.send(channels.pushes)
    states = [each["state"] for each in channels.deliveries()]
    fcm.unscript("phone:tom")
    channels.world.call("tom", "notifications.update_notification_settings", quiet=[])
    channels.send(channels.pushes)

    assert states == ["accepted", "held", "held"]
    assert [each["state"] for each in channels.deliveries()] == ["accepted"] * 3
    assert channels.world.rows("SELECT 1 FROM deliveries WHERE first_sent_at > accepted_at") == []
