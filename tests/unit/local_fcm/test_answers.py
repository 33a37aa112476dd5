"""Scripted answers: what they mean, and that nonsense is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.fcm.answers import ANSWERS, Answer, answer_as_json, answer_to, read_answer
from local.fcm.refusals import REFUSALS
from local.serving.messages import HangUp
from local.serving.script import BadAnswer, Script

AT = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "status", "canonical", "error_code"),
    [
        ("INVALID_ARGUMENT", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        ("INVALID_TOKEN", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        ("UNREGISTERED", 404, "NOT_FOUND", "UNREGISTERED"),
        ("SENDER_ID_MISMATCH", 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
        ("THIRD_PARTY_AUTH_ERROR", 401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
        ("QUOTA_EXCEEDED", 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
        ("INTERNAL", 500, "INTERNAL", "INTERNAL"),
        ("UNAVAILABLE", 503, "UNAVAILABLE", "UNAVAILABLE"),
        ("UNAUTHENTICATED", 401, "UNAUTHENTICATED", None),
        ("PERMISSION_DENIED", 403, "PERMISSION_DENIED", None),
    ],
)
def test_every_row_has_the_form_of_fcm(
    name: str, status: int, canonical: str, error_code: str | None
) -> None:
    reply = REFUSALS[name].reply()
    error = json.loads(reply.body)["error"]
    codes = [
        d["errorCode"]
        for d in error.get("details", [])
        if d["@type"].endswith("google.firebase.fcm.v1.FcmError")
    ]

    assert (reply.status, error["code"], error["status"]) == (status, status, canonical)
    assert codes == ([error_code] if error_code else [])


def test_only_one_row_names_the_token() -> None:
    naming = {name for name, refusal in REFUSALS.items() if b"message.token" in refusal.reply().body}

    assert naming == {"INVALID_TOKEN"}


def test_bad_gateway_is_a_page() -> None:
    reply = REFUSALS["BAD_GATEWAY"].reply()

    assert reply.status == 502
    assert reply.content_type.startswith("text/html")


@pytest.mark.parametrize(
    ("answer", "accepts"),
    [
        (Answer(), True),
        (Answer("UNAVAILABLE"), False),
        (Answer(drop="before"), False),
        (Answer(drop="after"), True),
        (Answer("BAD_GATEWAY", accepted=True), True),
        (Answer(accepted=False), False),
        (Answer(latency_seconds=30), True),
    ],
)
def test_message_is_taken_as_the_answer_says(answer: Answer, accepts: bool) -> None:
    assert answer.accepts is accepts


def test_connection_or_stream_ends() -> None:
    assert Answer().hangs_up is None
    assert Answer(drop="after").hangs_up is HangUp.CONNECTION
    assert Answer(drop="after", drop_stream=True).hangs_up is HangUp.STREAM


def test_retry_after_is_a_number_or_a_date() -> None:
    assert Answer("UNAVAILABLE").headers(AT) == {}
    assert Answer("UNAVAILABLE", retry_after=30).headers(AT) == {"retry-after": "30"}
    dated = Answer("UNAVAILABLE", retry_after=30, retry_after_date=True)
    assert dated.headers(AT) == {"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_comes_back_from_its_json_form(name: str) -> None:
    answer = Answer(name, times=2, retry_after=1.5, latency_seconds=0.1, drop="after", accepted=False)

    assert read_answer(json.loads(json.dumps(answer_as_json(answer)))) == answer
    assert read_answer(name) == Answer(name)


@pytest.mark.parametrize(
    "content",
    [
        "GONE",
        7,
        None,
        {"answer": "gone"},
        {"times": 0},
        {"times": True},
        {"times": "2"},
        {"retry_after": -1},
        {"latency_seconds": -1},
        {"drop": "during"},
        {"accepted": 1},
        {"latency": 3},
    ],
)
def test_nonsense_is_refused(content: Any) -> None:
    with pytest.raises(BadAnswer):
        read_answer(content)


def test_token_that_names_its_answer_needs_no_script() -> None:
    script = Script[Answer]()

    assert answer_to("answer-unregistered:1", script).answer == "UNREGISTERED"
    assert answer_to("answer-sender-id-mismatch:ana", script).answer == "SENDER_ID_MISMATCH"
    assert answer_to("answer-whatever:1", script) == Answer()
    assert answer_to("abc", script) == Answer()


def test_script_goes_before_the_name() -> None:
    script = Script[Answer]()
    script.set("answer-*", [Answer("INTERNAL")])

    assert answer_to("answer-unregistered:1", script).answer == "INTERNAL"
