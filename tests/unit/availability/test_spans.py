"""Span arithmetic against Python sets of numbers."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from courtside.availability.spans import Span, contains, gaps, intersect, merge, pick

UNIVERSE = range(-3, 45)
spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def numbers(of: list[Span]) -> set[int]:
    return {number for first, end in of for number in range(first, end)}


@given(spans)
def test_merged_spans_hold_the_same_numbers_and_never_touch(any_spans: list[Span]) -> None:
    merged = merge(any_spans)
    assert numbers(merged) == numbers(any_spans)
    assert all(first < end for first, end in merged)
    assert all(left[1] < right[0] for left, right in pairwise(merged))


@given(spans)
def test_gaps_hold_what_the_spans_do_not(any_spans: list[Span]) -> None:
    merged = merge(any_spans)
    found = gaps(merged)
    assert {each for each in UNIVERSE if contains(found, each)} == set(UNIVERSE) - numbers(merged)


@given(spans, spans)
def test_intersection_holds_what_both_hold(left: list[Span], right: list[Span]) -> None:
    assert numbers(intersect(merge(left), merge(right))) == numbers(left) & numbers(right)


@given(spans)
def test_contains_agrees_with_the_numbers(any_spans: list[Span]) -> None:
    merged = merge(any_spans)
    assert {each for each in UNIVERSE if contains(merged, each)} == numbers(merged)


@given(st.integers(-5, 45), st.integers(-5, 60), st.integers(1, 13), spans)
def test_pick_keeps_the_members_of_a_progression_in_the_spans(
    start: int, stop: int, step: int, any_spans: list[Span]
) -> None:
    picked = [each for part in pick(range(start, stop, step), merge(any_spans)) for each in part]
    assert picked == [each for each in range(start, stop, step) if each in numbers(any_spans)]
