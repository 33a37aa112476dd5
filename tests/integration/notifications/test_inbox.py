"""What people do with their inboxes shows in their documents, counts once, and is nobody else's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from courtside.errors import InvalidInput
from courtside.notifications.model import NotificationNotFound
from courtside.relay import jobs
from tests.integration.notifications.channels import Channels
from tests.world import ADMIN, World, tomorrow_at


@pytest.fixture
def told(channels: Channels) -> list[str]:
    """Tom's notifications of three bookings, the oldest first."""
    world = channels.world
    service = world.add_service("tom")
    for hour in (8, 10, 12):
        world.book("ada", service, tomorrow_at(hour))
    return [str(row[0]) for row in _booked(world)]


def _booked(world: World) -> list[Any]:
    return world.rows(
        "SELECT id FROM notifications WHERE user_id = 'tom' AND type = 'session.booked' ORDER BY created_at"
    )


def shown(world: World, id_: str) -> dict[str, Any]:
    document = world.document(f"users/tom/inbox/{id_}")
    assert document is not None
    return document


def unread(world: World) -> int | None:
    world.relay()
    document = world.document("clients/tom")
    assert document is not None
    count: int | None = document["unread"]
    return count


def ids(*told: str) -> dict[str, list[str]]:
    return {"notification_ids": list(told)}


def test_what_is_read_shows_and_counts(channels: Channels, told: list[str]) -> None:
    world = channels.world
    before = world.call("tom", "notifications.mark_unread", until=datetime.now(UTC).isoformat())["unread"]
    assert unread(world) is None

    answer = world.call("tom", "notifications.mark_read", **ids(told[0], told[1]))

    assert answer == {"changed": 2, "unread": before - 2}
    assert unread(world) == before - 2
    assert shown(world, told[0])["read_at"] is not None
    assert shown(world, told[2])["read_at"] is None
    # Again it changes nothing.
    assert world.call("tom", "notifications.mark_read", **ids(told[0]))["changed"] == 0

    assert world.call("tom", "notifications.mark_unread", **ids(told[0])) == {
        "changed": 1,
        "unread": before - 1,
    }
    assert unread(world) == before - 1


def test_all_up_to_a_time_are_read_and_later_ones_are_not(channels: Channels, told: list[str]) -> None:
    world = channels.world
    ((until,),) = world.rows("SELECT created_at FROM notifications WHERE id = %s", told[1])

    world.call("tom", "notifications.mark_read", until=until.isoformat())

    read = world.rows("SELECT id FROM notifications WHERE id = ANY (%s) AND read_at IS NOT NULL", told)
    assert {str(row[0]) for row in read} == set(told[:2])


def test_what_is_archived_is_out_of_the_count_and_comes_back(channels: Channels, told: list[str]) -> None:
    world = channels.world
    left = world.call("tom", "notifications.archive", **ids(*told))
    assert shown(world, told[0])["archived_at"] is not None

    back = world.call("tom", "notifications.unarchive", **ids(told[0]))

    assert back == {"changed": 1, "unread": left["unread"] + 1}
    assert shown(world, told[0])["archived_at"] is None


def test_what_is_put_off_returns_unread(channels: Channels, told: list[str]) -> None:
    world = channels.world
    world.call("tom", "notifications.mark_read", **ids(told[0]))
    away = world.call(
        "tom", "notifications.snooze", notification_id=told[1], until=tomorrow_at(9).isoformat()
    )
    world.call("tom", "notifications.snooze", notification_id=told[0], until=tomorrow_at(9).isoformat())
    jobs.every_minute(world.backends)
    assert shown(world, told[0])["snoozed_until"] == tomorrow_at(9)

    world.rows("UPDATE notifications SET snoozed_until = now() WHERE snoozed_until IS NOT NULL RETURNING id")
    jobs.every_minute(world.backends)
    world.relay()

    assert (shown(world, told[0])["snoozed_until"], shown(world, told[0])["read_at"]) == (None, None)
    assert unread(world) == away["unread"] + 2
    past = world.refusal(
        "tom", "notifications.snooze", notification_id=told[0], until="2026-01-01T00:00:00+00:00"
    )
    assert past.reason == "SNOOZE_NOT_AHEAD"


def test_a_booking_writes_no_count(channels: Channels, told: list[str]) -> None:
    world = channels.world
    world.call("tom", "notifications.mark_read", **ids(told[0]))
    world.relay()
    ((before,),) = world.rows("SELECT want FROM projection WHERE path = 'clients/tom'")

    world.book("ada", world.add_service("tom"), tomorrow_at(15))

    assert world.rows("SELECT want FROM projection WHERE path = 'clients/tom'") == [(before,)]


def test_nobody_touches_the_inbox_of_somebody_else(channels: Channels, told: list[str]) -> None:
    world = channels.world
    before = world.rows("SELECT * FROM notifications ORDER BY id")

    for name in ("mark_read", "mark_unread", "archive", "unarchive"):
        assert world.call("ada", f"notifications.{name}", **ids(*told))["changed"] == 0
    one = {"notification_id": told[0]}
    at = datetime.now(UTC).isoformat()
    for name, content in (
        ("snooze", {"until": tomorrow_at(9).isoformat()}),
        ("acknowledge", {"what": "acted", "at": at}),
        ("acknowledge", {"what": "shown", "at": at, "installation_id": "app-of-tom-0000000"}),
    ):
        refused = world.refusal("ada", f"notifications.{name}", **one, **content)
        assert refused.reason == "NOTIFICATION_NOT_FOUND"

    assert world.rows("SELECT * FROM notifications ORDER BY id") == before


@pytest.mark.parametrize("content", [{}, {"notification_ids": [], "until": None}])
def test_it_is_said_which(channels: Channels, content: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        channels.world.run("tom", "notifications.mark_read", **content)


def test_what_a_phone_tells_of_a_push_is_kept_once(channels: Channels, told: list[str]) -> None:
    world, phone = channels.world, "app-of-tom-0000000"
    world.rows("UPDATE installations SET id = %s RETURNING id", phone)
    channels.send()
    seen = {"notification_id": told[0], "installation_id": phone}
    at = datetime.now(UTC)

    world.call("tom", "notifications.acknowledge", what="shown", at=at.isoformat(), **seen)
    later = (at + timedelta(seconds=1)).isoformat()
    world.call("tom", "notifications.acknowledge", what="shown", at=later, **seen)
    # A clock that is a year ahead.
    ahead = (at + timedelta(days=365)).isoformat()
    world.call("tom", "notifications.acknowledge", what="acted", at=ahead, **seen)

    columns = "received_at, shown_at, clicked_at, acted_at < now() + interval '1 minute'"
    ((received_at, shown_at, clicked_at, acted_in_time),) = world.rows(
        f"SELECT {columns} FROM deliveries WHERE notification_id = %s AND channel = 'push'", told[0]
    )
    assert (received_at, shown_at, clicked_at, acted_in_time) == (at, at, None, True)
    assert shown(world, told[0])["read_at"] is not None


def test_what_is_clicked_in_the_inbox_was_read(channels: Channels, told: list[str]) -> None:
    world = channels.world
    at = datetime.now(UTC).isoformat()

    world.call("tom", "notifications.acknowledge", notification_id=told[0], what="clicked", at=at)

    ((clicked, read),) = world.rows(
        "SELECT clicked_at IS NOT NULL, read_at IS NOT NULL FROM notifications WHERE id = %s", told[0]
    )
    assert (clicked, read) == (True, True)


def test_it_is_explained_what_became_of_each_way_to_tell(channels: Channels, told: list[str]) -> None:
    world = channels.world
    explain = "notifications.explain_delivery"
    undecided = world.call("tom", explain, notification_id=told[0])
    assert undecided["untold"] == [
        {"channel": "push", "reason": "not_decided_yet"},
        {"channel": "email", "reason": "not_decided_yet"},
    ]
    world.call("tom", "notifications.update_notification_settings", types={"session.booked": {"push": False}})
    channels.send()

    found = world.call("tom", explain, notification_id=told[0])

    (push,) = found["deliveries"]
    assert (push["channel"], push["state"], push["reason"]) == ("push", "cancelled", "type_switched_off")
    assert push["platform"] == "android"
    assert found["untold"] == [{"channel": "email", "reason": "no_address"}]
    assert world.call(ADMIN, explain, notification_id=told[0]) == found
    with pytest.raises(NotificationNotFound):
        world.run("ada", explain, notification_id=told[0])
