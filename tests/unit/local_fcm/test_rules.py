"""Messages that are well-formed and that FCM refuses all the same."""

from typing import Any

import pytest

from local.fcm.rules import INVALID_TOKEN, MAX_TTL_SECONDS, NO_TARGET, violations_of
from local.fcm.sizes import android_bytes, apns_bytes, webpush_bytes
from tests.unit.local_fcm.requests import FULL_MESSAGE, encoded


def fields(**message: Any) -> list[str]:
    """The fields that FCM would name, of a message that is fine but for these."""
    given = message if {"topic", "condition"} & message.keys() else {"token": "t", **message}
    return [found.field for found in violations_of(given)]


def shown(**notification: Any) -> dict[str, Any]:
    return {"notification": notification}


def test_message_with_every_field_is_fine() -> None:
    assert violations_of(FULL_MESSAGE) == []


@pytest.mark.parametrize("message", [{}, {"token": ""}, {"data": {"a": "b"}}])
def test_message_without_a_target_is_refused(message: dict[str, Any]) -> None:
    (found,) = violations_of(message)

    assert (found.field, found.description) == ("message", NO_TARGET)


def test_message_with_two_targets_is_refused() -> None:
    (found,) = violations_of({"token": "t", "topic": "news"})

    assert "oneof" in found.description


@pytest.mark.parametrize("token", ["with space", "umlaut-ü", "a\nb", "x" * 4097])
def test_token_that_no_device_has_is_refused_by_name(token: str) -> None:
    (found,) = violations_of({"token": token})

    assert (found.field, found.description) == ("message.token", INVALID_TOKEN)


@pytest.mark.parametrize(
    "key", ["", "from", "message_type", "google", "google.a", "googleX", "gcm", "gcm.notification.a"]
)
def test_reserved_key_of_data_is_refused(key: str) -> None:
    assert fields(data={key: "x"}) == ["message.data"]
    assert fields(android={"data": {key: "x"}}) == ["message.android.data"]
    assert fields(webpush={"data": {key: "x"}}) == ["message.webpush.data"]


@pytest.mark.parametrize("key", ["collapse_key", "From", "notification", "link", "a.b"])
def test_other_keys_of_data_are_fine(key: str) -> None:
    assert fields(data={key: "x"}) == []


@pytest.mark.parametrize(
    ("ttl", "is_fine"),
    [("0s", True), ("2419200s", True), ("2419200.5s", False), ("-1s", False)],
)
def test_lifetime_is_at_most_four_weeks(ttl: str, is_fine: bool) -> None:
    assert fields(android={"ttl": ttl}) == ([] if is_fine else ["message.android.ttl"])


@pytest.mark.parametrize(
    ("notification", "field"),
    [
        ({"color": "red"}, "color"),
        ({"color": "#12345"}, "color"),
        ({"notification_count": -1}, "notification_count"),
        ({"body_loc_args": ["1"]}, "body_loc_args"),
        ({"title_loc_args": ["1"]}, "title_loc_args"),
        ({"light_settings": {"light_on_duration": "1s"}}, "light_settings"),
        ({"light_settings": {"light_on_duration": "1s", "light_off_duration": "1s"}}, "light_settings"),
    ],
)
def test_block_of_android_is_checked(notification: dict[str, Any], field: str) -> None:
    assert fields(android=shown(**notification)) == [f"message.android.notification.{field}"]


@pytest.mark.parametrize(
    "headers",
    [
        {"apns-priority": "high"},
        {"apns-priority": "11"},
        {"apns-expiration": "tomorrow"},
        {"APNS-Collapse-Id": "x" * 65},
        {"apns-push-type": "banner"},
    ],
)
def test_headers_for_apple_are_checked(headers: dict[str, str]) -> None:
    assert fields(apns={"headers": headers}, notification={"title": "t"}) == ["message.apns.headers"]


def test_urgent_message_of_data_only_is_refused_for_apple() -> None:
    urgent = {"headers": {"apns-priority": "10"}}

    assert fields(data={"a": "b"}, apns=urgent) == ["message.apns.headers"]
    assert fields(data={"a": "b"}, apns=urgent, notification={"title": "t"}) == []
    assert fields(data={"a": "b"}, apns={**urgent, "payload": {"aps": {"alert": "t"}}}) == []
    assert fields(data={"a": "b"}, apns={"headers": {"apns-priority": "5"}}) == []


def test_payload_for_apple_needs_an_object_as_aps() -> None:
    assert fields(apns={"payload": {"aps": "alert"}}) == ["message.apns.payload"]


@pytest.mark.parametrize(
    "headers",
    [
        {"TTL": "soon"},
        {"ttl": str(MAX_TTL_SECONDS + 1)},
        {"Urgency": "highest"},
        {"Topic": "a b"},
        {"Topic": "x" * 33},
    ],
)
def test_headers_for_browsers_are_checked(headers: dict[str, str]) -> None:
    assert fields(webpush={"headers": headers}) == ["message.webpush.headers"]


def test_link_of_a_browser_needs_https() -> None:
    assert fields(webpush={"fcm_options": {"link": "http://example.org"}}) == [
        "message.webpush.fcm_options.link"
    ]
    assert fields(webpush={"fcm_options": {"link": "https://example.org"}}) == []


@pytest.mark.parametrize("place", ["", "android", "apns", "webpush"])
def test_label_is_checked_wherever_it_stands(place: str) -> None:
    options = {"fcm_options": {"analytics_label": "a label"}}

    assert len(fields(**({place: options} if place else options))) == 1


@pytest.mark.parametrize(("name", "is_fine"), [("news_1.~%-", True), ("/topics/news", False), ("a b", False)])
def test_topic_has_a_name_of_its_alphabet(name: str, is_fine: bool) -> None:
    assert fields(topic=name) == ([] if is_fine else ["message.topic"])


def test_condition_that_cannot_be_read_is_refused() -> None:
    assert fields(condition="'a' in topics && 'b' in topics") == []
    assert fields(condition="'a' in topics &&") == ["message.condition"]


def test_size_counts_keys_and_values_in_bytes() -> None:
    message = {"data": {"ä": "€"}, "notification": {"title": "t"}}

    assert android_bytes(message) == 2 + 3 + len("title") + 1
    assert apns_bytes(message) == len('{"ä":"€","aps":{"alert":{"title":"t"}}}'.encode())
    assert webpush_bytes(message) == len('{"data":{"ä":"€"},"notification":{"title":"t"}}'.encode())


def test_block_of_a_platform_overrides_what_is_common_also_in_size() -> None:
    long = "x" * 5000

    assert fields(data={"a": long}, android={"data": {"a": "b"}}, webpush={"data": {"a": "b"}}) == ["message"]
    assert android_bytes({"data": {"a": long}, "android": {"data": {"a": "b"}}}) == 2


@pytest.mark.parametrize(
    ("target", "limit"),
    [({"token": "t"}, 4096), ({"topic": "t"}, 2048), ({"condition": "'t' in topics"}, 2048)],
    ids=["token", "topic", "condition"],
)
def test_message_is_at_most_so_large(target: dict[str, str], limit: int) -> None:
    overhead = webpush_bytes({"data": {"a": ""}})

    def found(size: int) -> list[str]:
        message = {**target, "data": {"a": "x" * size}}
        return [v.description for v in violations_of(message, at_most_bytes=len(encoded(message)))]

    assert found(limit - overhead) == []
    assert found(limit - overhead + 1) == ["Webpush message is too big"]
    assert found(limit) == [f"{name} message is too big" for name in ("Android", "APNS", "Webpush")]
