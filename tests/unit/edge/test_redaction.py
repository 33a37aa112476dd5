"""The net under the logs: tokens, secrets, e-mail addresses and phone numbers do not get through, ids do."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.edge.redaction import HIDDEN, redact, redact_fields

B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
words = st.text(alphabet=st.characters(categories=["L", "Zs"], include_characters=".,;!?"), max_size=30)


def base64(smallest: int) -> st.SearchStrategy[str]:
    return st.text(alphabet=B64, min_size=smallest, max_size=60)


def with_digits(pattern: str) -> st.SearchStrategy[str]:
    """The pattern with a digit for each `#`."""
    return st.lists(
        st.sampled_from("0123456789"), min_size=pattern.count("#"), max_size=pattern.count("#")
    ).map(lambda digits: "".join(digits.pop() if c == "#" else c for c in pattern))


tokens = st.builds(lambda *parts: "eyJ" + ".".join(parts), base64(10), base64(10), base64(0))
emails = st.builds(
    lambda local, host, end: f"{local}@{host}.{end}",
    st.from_regex(r"[a-z0-9.+_-]{1,20}", fullmatch=True),
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True),
    st.sampled_from(["com", "example", "co.uk"]),
)
phones = st.one_of(
    *(
        with_digits(p)
        for p in ("+49 171 ### ## ##", "+1 (415) ###-####", "+4917########", "0049 30 ######", "0171-#######")
    )
)
feeds = st.builds(
    lambda prefix, secret: f"{prefix}/{secret}.ics",
    st.sampled_from(["", "/calendar", "https://x.example/p/r/calendar"]),
    base64(20),
)
passwords = st.builds(
    lambda name, sign, value: f"{name}{sign}{value}",
    st.sampled_from(
        ["password", "token", "access_token", "api_key", "client_secret", "Signature", "oobCode"]
    ),
    st.sampled_from(["=", ": ", '": "']),
    base64(16),
)


def secret_of(text: str) -> str:
    """The part that must not be read: the longest stretch of it between its separators."""
    return max(text.replace("/", " ").replace("=", " ").replace('"', " ").split(), key=len)


@given(before=words, private=st.one_of(tokens, emails, feeds, passwords), after=words)
def test_nothing_private_gets_through(before: str, private: str, after: str) -> None:
    assert secret_of(private) not in redact(f"{before} {private} {after}")


@given(before=words, phone=phones, after=words)
def test_no_phone_number_gets_through(before: str, phone: str, after: str) -> None:
    assert phone not in redact(f"{before} {phone} {after}")


@given(
    text=st.text(max_size=200) | st.lists(st.one_of(tokens, emails, phones, feeds, passwords)).map(" ".join)
)
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Authorization: Bearer abc.def", "Authorization: [secret] [token]"),
        ("GET /calendar/x0Yz.ics?a=1 HTTP/1.1", "GET /calendar/[secret].ics?a=1 HTTP/1.1"),
        ("POST /unsubscribe/YWRhIHg.x0Yz_-8 HTTP/1.1", "POST /unsubscribe/[secret] HTTP/1.1"),
        ("postgresql://courtside:hunter2@db:5432/x", "postgresql://[secret]@db:5432/x"),
        ('{"phone": "+49 171 1234567", "password": "a b"}', '{"phone": "[phone]", "password": [secret]}'),
        ("mail to ada.l@mail.example.org failed", "mail to [e-mail] failed"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "[secret]"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "[secret]"),
    ],
)
def test_what_is_left_tells_what_was_there(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(str(uuid4()), id="any"),
        "01234567-89ab-4cde-8f01-234567890123",
        "0b1c2d3e4f5061728394a5b6c7d8e9f0",
        "2026-11-21T09:31:42.123456+00:00",
        "bookings.book_session",
        "trainers/tom/days/2026-11-21",
        "127.0.0.1:54321",
        "0.0012345678",
        "1700003600",
        "lease of 12 documents took 0.5 s",
    ],
)
def test_ids_times_and_amounts_stay(text: str) -> None:
    assert redact(text) == text


def test_a_line_that_would_fill_the_log_is_cut() -> None:
    assert len(redact("x" * 1_000_000)) < 10_000


@pytest.mark.parametrize(
    "name", ["email", "phone", "text", "Authorization", "custom_token", "display_name", "note"]
)
def test_a_field_is_hidden_by_its_name_wherever_it_is(name: str) -> None:
    fields: dict[str, Any] = {"uid": "ada", "sent": [{name: "Hello, it is me"}], name: {"a": 1}}

    shown = redact_fields(fields)

    assert shown == {"uid": "ada", "sent": [{name: HIDDEN}], name: HIDDEN}


def test_bytes_are_counted_not_shown() -> None:
    assert redact_fields({"body": None, "seen": [b"ada@mail.example", bytearray(3)]}) == {
        "body": None,
        "seen": ["[16 bytes]", "[3 bytes]"],
    }


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats(allow_nan=False)
        | st.integers()
        | emails
        | tokens
        | st.binary(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
        max_leaves=8,
    )
)
def test_fields_of_any_shape_can_be_logged(value: Any) -> None:
    text = json.dumps(redact_fields({"seen": value}))

    assert "@" not in text
    assert "eyJ" not in text
