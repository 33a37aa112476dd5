"""Identifiers: spread evenly, never the same twice, and safe in a document path."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.ids import is_safe_segment, new_id


def test_ids_made_one_after_the_other_are_far_apart() -> None:
    """As the first of sixteen equal ranges would see them: none takes much more than its share."""
    ranges = Counter(new_id().int >> 124 for _ in range(16_000))

    assert set(ranges) == set(range(16))
    assert max(ranges.values()) < 1_300


def test_ids_are_distinct() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


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
