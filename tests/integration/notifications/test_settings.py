"""What people set decides where they are told, at once and for what already waits."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from courtside.errors import InvalidInput
from tests.integration.notifications.channels import Channels
from tests.world import tomorrow_at

UPDATE = "notifications.update_notification_settings"
ALL_DAY = {"from": "00:00", "until": "00:00"}


def quiet_today() -> list[dict[str, Any]]:
    """Quiet hours of UTC that hold now and for a day more, in which a test runs."""
    today = datetime.now(UTC).isoweekday()
    return [{"weekday": (today + day - 1) % 7 + 1, **ALL_DAY} for day in (0, 1)]


def told(channels: Channels) -> list[tuple[str, str | None]]:
    channels.send()
    return [(each["state"], each["reason"]) for each in channels.deliveries("push")]


def book(channels: Channels) -> None:
    world = channels.world
    world.book("ada", world.add_service("tom"), tomorrow_at(12))


def type_of(settings: dict[str, Any], name: str) -> dict[str, Any]:
    return next(dict(each) for each in settings["types"] if each["type"] == name)


def test_who_has_set_nothing_is_told_as_types_are(channels: Channels) -> None:
    settings = channels.world.call("ada", "notifications.get_notification_settings")

    assert (settings["enabled"], settings["quiet"], settings["digest"]) == (True, [], "none")
    booked = type_of(settings, "session.booked")
    assert (booked["mandatory"], booked["push"], booked["email"]) == (False, True, True)


def test_each_setting_stays_until_it_is_set_again(channels: Channels) -> None:
    world = channels.world
    night = {"weekday": 1, "from": "22:00", "until": "07:00"}
    world.call(
        "ada", UPDATE, types={"session.booked": {"push": False}}, quiet=[night], time_zone="Asia/Tokyo"
    )
    world.call("ada", UPDATE, types={"session.booked": {"email": False}}, digest="weekly")

    world.call("ada", UPDATE, enabled=False, time_zone=None)

    settings = world.call("ada", "notifications.get_notification_settings")
    booked = type_of(settings, "session.booked")
    assert (booked["push"], booked["email"]) == (False, False)
    assert settings["quiet"] == [{"weekday": 1, "from": "22:00", "until": "07:00"}]
    assert (settings["enabled"], settings["time_zone"], settings["digest"]) == (False, None, "weekly")
    assert type_of(settings, "session.cancelled")["push"] is True
    assert world.call("tom", "notifications.get_notification_settings")["enabled"] is True


def test_a_mandatory_type_cannot_be_switched_off(channels: Channels) -> None:
    refused = channels.world.refusal("ada", UPDATE, types={"session.cancelled": {"email": False}})

    assert refused.reason == "MANDATORY_TYPE"
    assert refused.error["details"]["channel"] == "email"


def test_quiet_hours_have_an_end(channels: Channels) -> None:
    week = [{"weekday": day, **ALL_DAY} for day in range(1, 8)]

    assert channels.world.refusal("ada", UPDATE, quiet=week).reason == "NO_TIME_TO_RING"


def test_who_switched_a_type_off_is_not_told(channels: Channels) -> None:
    channels.world.call("tom", UPDATE, types={"session.booked": {"push": False}})
    book(channels)

    assert told(channels) == [("cancelled", "type_switched_off")]


def test_what_waits_for_the_morning_goes_when_the_night_is_cut_short(channels: Channels) -> None:
    channels.world.call("tom", UPDATE, quiet=quiet_today())
    book(channels)
    assert told(channels) == [("held", "quiet_hours")]
    assert channels.delivery()["pause"] > timedelta(hours=24).total_seconds()

    channels.world.call("tom", UPDATE, quiet=[])

    assert told(channels) == [("accepted", "quiet_hours")]


def test_what_waits_is_cancelled_when_it_is_switched_off(channels: Channels) -> None:
    channels.world.call("tom", UPDATE, quiet=quiet_today())
    book(channels)
    assert told(channels) == [("held", "quiet_hours")]

    channels.world.call("tom", UPDATE, enabled=False)

    assert told(channels) == [("cancelled", "switched_off")]


def test_what_waits_follows_the_zone_of_its_person(channels: Channels) -> None:
    world = channels.world
    # Quiet in UTC for this hour and the next; never in a zone that is twelve hours off.
    hour = datetime.now(UTC).hour
    until = f"{(hour + 2) % 24:02}:00"
    week = [{"weekday": day, "from": f"{hour:02}:00", "until": until} for day in range(1, 8)]
    world.call("tom", UPDATE, quiet=week)
    book(channels)
    assert told(channels) == [("held", "quiet_hours")]

    world.call("tom", "account.update_account", time_zone="Etc/GMT-12")

    assert told(channels) == [("accepted", "quiet_hours")]


@pytest.mark.parametrize(
    "content",
    [
        {"types": {"nothing.known": {"push": True}}},
        {"quiet": [{"weekday": 8, **ALL_DAY}]},
        {"quiet": [{"weekday": 1, "from": "24:00", "until": "07:00"}]},
        {"language": "xx"},
        {"time_zone": "Mars/Olympus"},
    ],
)
def test_what_means_nothing_is_refused(channels: Channels, content: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        channels.world.run("ada", UPDATE, **content)
