"""Requests to FCM by their form: every field by name and type, told as Google's front end tells it."""

from typing import Any

import pytest

from local.fcm.service import read_request, target_of
from local.fcm.shapes import Violation, camel_case
from local.fcm.wire import MESSAGE
from tests.unit.local_fcm.requests import FULL_MESSAGE, encoded


def violations(message: Any, **more: Any) -> list[Violation]:
    return read_request(encoded(message, **more))[1]


def described(message: Any) -> list[tuple[str, str]]:
    return [(found.field, found.description) for found in violations(message)]


def test_every_field_of_the_api_is_read() -> None:
    content, found = read_request(encoded(FULL_MESSAGE))

    assert found == []
    assert content["message"] == FULL_MESSAGE


def test_names_in_camel_case_are_the_same_fields() -> None:
    def camel(value: Any, is_map: bool = False) -> Any:
        if not isinstance(value, dict):
            return value
        maps = {"data", "headers", "payload"}
        return {
            name if is_map else camel_case(name): camel(inner, name in maps) for name, inner in value.items()
        }

    message = {**FULL_MESSAGE, "webpush": {**FULL_MESSAGE["webpush"], "notification": {"title": "w"}}}
    content, found = read_request(encoded(camel(message)))

    assert found == []
    assert content["message"] == message


def test_no_field_is_left_untried() -> None:
    assert MESSAGE.fields.keys() - FULL_MESSAGE.keys() == {"fid", "topic", "condition", "name"}


@pytest.mark.parametrize(
    ("message", "field", "description"),
    [
        (
            {"token": "t", "priority": "high"},
            "message",
            "Invalid JSON payload received. Unknown name \"priority\" at 'message': Cannot find field.",
        ),
        (
            {"token": "t", "android": {"notification": {"vibrate": True}}},
            "message.android.notification",
            "Invalid JSON payload received. Unknown name \"vibrate\" at 'message.android.notification': "
            "Cannot find field.",
        ),
        (
            {"token": ["t"]},
            "message",
            "Invalid JSON payload received. Unknown name \"token\" at 'message': "
            "Proto field is not repeating, cannot start list.",
        ),
        (
            {"token": "t", "data": {"a": "1", "b": 2}},
            "message.data[1].value",
            "Invalid value at 'message.data[1].value' (TYPE_STRING), 2",
        ),
        ({"token": 7}, "message.token", "Invalid value at 'message.token' (TYPE_STRING), 7"),
        (
            {"token": "t", "notification": "hello"},
            "message.notification",
            "Invalid value at 'message.notification' "
            '(type.googleapis.com/google.firebase.fcm.v1.Notification), "hello"',
        ),
        (
            {"token": "t", "android": {"priority": "urgent"}},
            "message.android.priority",
            "Invalid value at 'message.android.priority' "
            '(type.googleapis.com/google.firebase.fcm.v1.AndroidConfig.AndroidMessagePriority), "urgent"',
        ),
        (
            {"token": "t", "android": {"ttl": "3600"}},
            "message.android.ttl",
            "Invalid value at 'message.android.ttl' (type.googleapis.com/google.protobuf.Duration), "
            "Field 'ttl', Illegal duration format; duration must end with 's'",
        ),
    ],
)
def test_what_does_not_fit_is_named(message: Any, field: str, description: str) -> None:
    assert described(message) == [(field, description)]


@pytest.mark.parametrize(
    "block",
    [
        {"android": {"ttl": 3600}},
        {"android": {"ttl": "1.1234567890s"}},
        {"android": {"direct_boot_ok": "true"}},
        {"android": {"data": ["a"]}},
        {"android": {"notification": {"notification_count": 1.5}}},
        {"android": {"notification": {"notification_count": 2**31}}},
        {"android": {"notification": {"event_time": "tomorrow"}}},
        {"android": {"notification": {"vibrate_timings": ["1s", "1"]}}},
        {"android": {"notification": {"light_settings": {"color": {"red": "1"}}}}},
        {"apns": {"headers": {"apns-priority": 10}}},
        {"apns": {"payload": "aps"}},
        {"webpush": {"notification": "hello"}},
        {"webpush": {"fcm_options": {"link": True}}},
        {"token": "t", "data": {"a": None}},
    ],
)
def test_value_of_the_wrong_type_is_refused(block: dict[str, Any]) -> None:
    assert len(violations({"token": "t", **block})) == 1


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert len(violations({"token": 1, "data": {"a": 1, "b": 2}, "x": 1}, validate_only="yes", y=1)) == 6


def test_null_is_as_good_as_absent() -> None:
    content, found = read_request(encoded({"token": "t", "topic": None, "android": None}))

    assert found == []
    assert content["message"] == {"token": "t"}


def test_field_given_in_both_spellings_is_refused() -> None:
    assert len(violations({"token": "t", "android": {"collapse_key": "a", "collapseKey": "b"}})) == 1


def test_priority_may_be_in_any_case() -> None:
    content, _ = read_request(encoded({"token": "t", "android": {"priority": "high"}}))

    assert content["message"]["android"]["priority"] == "HIGH"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"message": NaN}', b"[" * 100_000])
def test_body_that_is_no_object_is_refused(body: bytes) -> None:
    content, found = read_request(body)

    assert content == {}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("message", "target"),
    [
        ({"token": "abc"}, "abc"),
        ({"fid": "abc"}, "abc"),
        ({"topic": "news"}, "topic:news"),
        ({"condition": "'a' in topics"}, "condition:'a' in topics"),
        ({}, ""),
        ({"token": 7}, ""),
    ],
)
def test_target_is_what_a_message_is_kept_by(message: dict[str, Any], target: str) -> None:
    assert target_of(message) == target
