"""What is decided after the commit, as people have set it and as they were told lately."""

import logging
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from courtside.notifications.limits import PUSHES
from courtside.relay.planning_lane import plan_once
from local.fcm.client import FcmStandIn
from tests.integration.notifications.channels import Channels, book_for


def tell(channels: Channels, user_id: str = "tom", type_: str = "session.requested") -> None:
    """A notification, as a transaction of facts leaves it."""
    with psycopg.connect(channels.world.backends.settings.database_url) as connection:
        connection.execute(
            "INSERT INTO notifications (id, user_id, type, priority, payload, dedupe_key, created_at)"
            " VALUES (%s, %s, %s, 'high', %s, %s, now())",
            [uuid4(), user_id, type_, Jsonb({"role": "trainer"}), str(uuid4())],
        )


def test_at_night_a_push_is_held_until_morning_and_then_sent(channels: Channels, fcm: FcmStandIn) -> None:
    weekday = datetime.now(UTC).isoweekday()
    night = [{"weekday": day, "from": "00:00", "until": "00:00"} for day in (weekday, weekday % 7 + 1)]
    channels.world.rows(
        "INSERT INTO notification_settings (user_id, quiet) VALUES ('tom', %s) RETURNING user_id",
        Jsonb(night),
    )
    book_for(channels)

    channels.send(channels.pushes)
    held = channels.delivery()
    channels.world.rows("UPDATE notification_settings SET quiet = '[]' RETURNING user_id")
    channels.world.rows("UPDATE deliveries SET next_at = now() WHERE state = 'held' RETURNING id")
    channels.send(channels.pushes)

    assert (held["state"], held["reason"]) == ("held", "quiet_hours")
    assert held["pause"] > 0
    assert len(fcm.messages("phone:tom")) == 1


def test_what_was_read_while_it_was_held_is_not_pushed(channels: Channels, fcm: FcmStandIn) -> None:
    book_for(channels)
    plan_once(channels.world.backends)
    channels.world.rows("UPDATE notifications SET read_at = now() WHERE user_id = 'tom' RETURNING id")

    channels.send(channels.pushes)

    assert (channels.delivery()["state"], channels.delivery()["reason"]) == ("cancelled", "read")
    assert fcm.attempts() == []


def test_nobody_is_pushed_more_often_than_the_cap(channels: Channels, fcm: FcmStandIn) -> None:
    for _ in range(PUSHES + 2):
        tell(channels)
        channels.send(channels.pushes)

    assert len(fcm.messages("phone:tom")) == PUSHES
    assert [d["reason"] for d in channels.deliveries() if d["state"] == "merged"] == ["over_cap"] * 2


def test_a_batch_counts_like_one_after_the_other(channels: Channels, fcm: FcmStandIn) -> None:
    for _ in range(PUSHES + 2):
        tell(channels)

    channels.send(channels.pushes)

    assert len(fcm.messages("phone:tom")) == PUSHES


def test_one_process_decides_at_a_time(channels: Channels) -> None:
    tell(channels)
    backends = channels.world.backends

    with psycopg.connect(backends.settings.database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('courtside.notifications.plan'))")
        assert plan_once(backends) == 0

    assert plan_once(backends) == 1


def test_what_cannot_be_decided_stops_no_other(
    channels: Channels, fcm: FcmStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    tell(channels)
    channels.world.rows(
        "INSERT INTO notification_settings (user_id, time_zone) VALUES ('ada', 'Nowhere/Atlantis')"
        " RETURNING user_id"
    )
    channels.install("ada", "phone:ada")
    tell(channels, "ada")

    with caplog.at_level(logging.ERROR):
        channels.send(channels.pushes)

    assert len(fcm.messages("phone:tom")) == 1
    assert [record.message for record in caplog.records] == ["cannot plan"]
    ((attempts, waits),) = channels.world.rows(
        "SELECT attempts, next_at > now() FROM notifications WHERE planned_at IS NULL"
    )
    assert (attempts, waits) == (1, True)
