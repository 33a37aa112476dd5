"""What devices show: notifications that replace each other, and messages that wait for who is away."""

from typing import Any

import pytest

from local.fcm.devices import MAX_COLLAPSE_KEYS, MAX_SHOWN, MAX_WAITING, Device, platform_of

NOW = 1_800_000_000.0


def note(title: str = "t", **message: Any) -> dict[str, Any]:
    return {"token": "x", "notification": {"title": title, "body": "b"}, **message}


def tagged(tag: str, title: str = "t") -> dict[str, dict[str, Any]]:
    """A notification for each platform that replaces those of the same tag."""
    return {
        "android": note(title, android={"notification": {"tag": tag}}),
        "ios": note(title, apns={"headers": {"Apns-Collapse-Id": tag}}),
        "web": note(title, webpush={"notification": {"tag": tag}}),
    }


def titles(device: Device) -> list[str | None]:
    return [shown.title for shown in device.shown.values()]


def sent(device: Device, *messages: dict[str, Any], at: float = NOW) -> Device:
    for number, message in enumerate(messages):
        device.take(f"m{number}", message, at)
    return device


@pytest.mark.parametrize("platform", ["android", "ios", "web"])
def test_notification_replaces_the_one_with_its_tag(platform: str) -> None:
    messages = [tagged(tag, title)[platform] for tag, title in (("a", "1"), ("b", "2"), ("a", "3"))]

    device = sent(Device("x", platform), *messages)

    assert titles(device) == ["2", "3"]
    assert [shown.replaced for shown in device.shown.values()] == [0, 1]


@pytest.mark.parametrize("platform", ["android", "ios", "web"])
def test_tag_of_another_platform_means_nothing(platform: str) -> None:
    others = [messages for name, messages in tagged("a").items() if name != platform]

    assert len(sent(Device("x", platform), *others, *others).shown) == 4


def test_without_a_tag_each_notification_is_shown() -> None:
    assert titles(sent(Device("x"), note("1"), note("2"))) == ["1", "2"]


def test_message_of_data_only_shows_nothing() -> None:
    assert sent(Device("x"), {"token": "x", "data": {"a": "b"}}).shown == {}


def test_block_of_the_platform_overrides_texts() -> None:
    message = note(
        "common",
        android={"notification": {"title": "A"}},
        apns={"payload": {"aps": {"alert": {"title": "I", "body": "i"}}}},
        webpush={"notification": {"body": "w"}, "fcm_options": {"link": "https://example.org"}},
    )

    def first(platform: str) -> tuple[str | None, str | None, str | None]:
        (shown,) = sent(Device("x", platform), message).shown.values()
        return shown.title, shown.body, shown.link

    assert first("android") == ("A", "b", None)
    assert first("ios") == ("I", "i", None)
    assert first("web") == ("common", "w", "https://example.org")


def test_alert_may_be_a_text() -> None:
    device = sent(Device("x", "ios"), {"token": "x", "apns": {"payload": {"aps": {"alert": "Hello"}}}})

    assert [shown.body for shown in device.shown.values()] == ["Hello"]


@pytest.mark.parametrize(
    ("token", "message", "platform"),
    [
        ("ios-1", {"android": {}}, "ios"),
        ("web:2", {}, "web"),
        ("abc", {"apns": {}}, "ios"),
        ("abc", {"webpush": {}}, "web"),
        ("abc", {"apns": {}, "webpush": {}}, "android"),
        ("abc", {}, "android"),
    ],
)
def test_platform_is_told_by_token_or_message(token: str, message: dict[str, Any], platform: str) -> None:
    assert platform_of(token, message) == platform


def test_message_waits_for_a_device_that_is_away() -> None:
    device = sent(Device("x", connected=False), note("1"), note("2"))

    assert device.shown == {}
    device.connect(NOW + 60)

    assert titles(device) == ["1", "2"]
    assert device.waiting == []


@pytest.mark.parametrize(
    ("platform", "block"),
    [
        ("android", {"android": {"ttl": "60.5s"}}),
        ("ios", {"apns": {"headers": {"apns-expiration": f"{NOW + 60:.0f}"}}}),
        ("web", {"webpush": {"headers": {"TTL": "60"}}}),
    ],
)
def test_message_is_lost_once_it_has_expired(platform: str, block: dict[str, Any]) -> None:
    in_time, late = (sent(Device("x", platform, connected=False), note("1", **block)) for _ in range(2))

    in_time.connect(NOW + 59)
    late.connect(NOW + 61)

    assert titles(in_time) == ["1"]
    assert titles(late) == []
    assert (in_time.lost, late.lost) == (0, 1)


@pytest.mark.parametrize(
    ("platform", "block"),
    [
        ("android", {"android": {"ttl": "0s"}}),
        ("ios", {"apns": {"headers": {"apns-expiration": "0"}}}),
        ("web", {"webpush": {"headers": {"ttl": "0"}}}),
    ],
)
def test_message_for_now_or_never_does_not_wait(platform: str, block: dict[str, Any]) -> None:
    away = sent(Device("x", platform, connected=False), note("1", **block))
    there = sent(Device("x", platform), note("1", **block))

    assert (away.waiting, away.lost) == ([], 1)
    assert titles(there) == ["1"]


def test_of_a_collapse_key_only_the_last_waits() -> None:
    device = Device("x", connected=False)
    sent(device, *(note(str(n), android={"collapse_key": "k"}) for n in range(3)), note("other"))

    device.connect(NOW)

    assert titles(device) == ["2", "other"]
    assert device.lost == 2


def test_at_most_four_collapse_keys_wait() -> None:
    device = Device("x", connected=False)
    keys = [f"k{n}" for n in range(MAX_COLLAPSE_KEYS + 1)]
    sent(device, note("plain"), *(note(key, android={"collapse_key": key}) for key in keys))

    device.connect(NOW)

    assert titles(device) == ["plain", *keys[1:]]


def test_too_many_waiting_messages_are_all_dropped() -> None:
    device = Device("x", connected=False)
    sent(device, *(note(str(n)) for n in range(MAX_WAITING + 1)))

    device.connect(NOW)

    assert titles(device) == [str(MAX_WAITING)]
    assert device.lost == MAX_WAITING


def test_screen_is_bounded() -> None:
    device = sent(Device("x"), *(note(str(n)) for n in range(MAX_SHOWN + 5)))

    assert len(device.shown) == MAX_SHOWN
    assert titles(device)[0] == "5"
