"""Histograms of durations: what they say of quantiles is near the truth, and adding up loses nothing."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.histogram import WORST_ERROR, Histogram, bucket_of, seconds_of

# From the microsecond below which nothing is told apart to a day.
durations = st.floats(min_value=2e-6, max_value=86_400)
SHARES = (0.01, 0.5, 0.95, 0.99, 1.0)


def histogram_of(seconds: list[float]) -> Histogram:
    histogram = Histogram()
    for duration in seconds:
        histogram.record(duration)
    return histogram


def exact_quantile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[ceil(share * len(seconds)) - 1]


@given(st.lists(durations, min_size=1))
def test_quantiles_are_near_the_exact_ones(seconds: list[float]) -> None:
    histogram = histogram_of(seconds)

    for share in SHARES:
        # A duration on the very edge between two buckets may fall to either.
        allowed = WORST_ERROR + 1e-9
        assert histogram.quantile(share) == pytest.approx(exact_quantile(seconds, share), rel=allowed)


def test_quantiles_are_within_five_percent() -> None:
    assert WORST_ERROR < 0.05


@given(st.lists(st.lists(durations)))
def test_buckets_of_parts_add_up_to_those_of_everything(parts: list[list[float]]) -> None:
    added: Counter[int] = Counter()
    for part in parts:
        added.update(dict(histogram_of(part).buckets()))

    assert Histogram(added) == histogram_of([duration for part in parts for duration in part])


@given(st.lists(durations))
def test_buckets_are_all_that_a_histogram_is(seconds: list[float]) -> None:
    histogram = histogram_of(seconds)

    assert Histogram(histogram.buckets()) == histogram
    assert len(histogram) == len(seconds)


@given(durations, durations)
def test_longer_durations_never_fall_into_earlier_buckets(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))

    assert bucket_of(shorter) <= bucket_of(longer)


@given(st.integers(min_value=1, max_value=576))
def test_the_duration_of_a_bucket_is_in_it(bucket: int) -> None:
    assert bucket_of(seconds_of(bucket)) == bucket


@pytest.mark.parametrize("seconds", [-3600.0, -1e-9, 0.0, 1e-9, 1e-6])
def test_what_is_too_short_or_negative_counts_as_nothing(seconds: float) -> None:
    assert bucket_of(seconds) == 0


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_nothing_has_no_quantile(share: float) -> None:
    assert Histogram().quantile(share) is None


def test_half_of_an_odd_number_is_its_middle() -> None:
    histogram = histogram_of([0.001, 0.010, 0.100])

    assert histogram.quantile(0.5) == pytest.approx(0.010, rel=WORST_ERROR)
