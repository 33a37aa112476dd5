"""The text forms of WebChannel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.transports.webchannel.frames import MAX_MESSAGES, BadRequest, parse_forward
from tests.emulator.transports.webchannel_client import form


def test_a_handshake_carries_headers_and_messages() -> None:
    headers = "X-Goog-Api-Client:gl-js/ fire/12\r\nAuthorization:Bearer a.b.c\r\n"

    parsed = parse_forward(form('{"database":"x"}', headers=headers))

    assert parsed.messages == {0: '{"database":"x"}'}
    assert parsed.headers["authorization"] == "Bearer a.b.c"


def test_positions_count_from_the_offset() -> None:
    assert parse_forward(form("a", "b", offset=7)).messages == {7: "a", 8: "b"}


def test_text_survives_the_form() -> None:
    text = '{"x":"a+b & c=d %41 \\u00e9 é 😀 \\n"}'

    assert parse_forward(form(text)).messages == {0: text}


def test_an_empty_body_carries_nothing() -> None:
    assert parse_forward(b"").messages == {}


@pytest.mark.parametrize(
    "body",
    [
        b"count=1&ofs=0",
        b"count=x",
        b"count=-1",
        b"count=1&ofs=-5&req0___data__=1",
        b"count=2&ofs=0&req0___data__=1",
        f"count={MAX_MESSAGES + 1}".encode(),
        b"\xff\xfe",
        b"a=1&" * (3 * MAX_MESSAGES),
    ],
)
def test_other_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_forward(body)


@given(st.binary(max_size=200))
def test_random_bodies_are_parsed_or_refused(body: bytes) -> None:
    try:
        parsed = parse_forward(b"count=1&req0___data__=" + body)
    except BadRequest:
        return
    assert list(parsed.messages) == [0] or parsed.messages == {}
