"""Identifiers: ordered by time, never the same twice, and safe in a document path."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.ids import is_safe_segment, uuid7


def test_id_is_a_version_7_uuid_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000

    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= after


def test_ids_are_distinct_however_fast_they_are_made() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("text", ["ada", "A-Z_09", "_", "__", "___", "a__", "__a", "x" * 128])
def test_plain_text_is_a_safe_segment(text: str) -> None:
    assert is_safe_segment(text)


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a/b", "a/../admin", "__a__", "____", "a b", "a\n", "ä", "a\0", "x" * 129, "a.b", "%2e"],
)
def test_what_could_leave_its_place_is_not(text: str) -> None:
    assert not is_safe_segment(text)


@given(st.text())
def test_safe_segment_survives_being_split_out_of_a_path(text: str) -> None:
    if is_safe_segment(text):
        assert f"users/{text}/inbox".split("/") == ["users", text, "inbox"]
        assert text.isascii()
