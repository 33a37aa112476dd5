"""Counting rounds of the relay: how long each step took by the database's clock alone, and in which minute."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.histogram import WORST_ERROR, Histogram
from courtside.monitoring.model import DatabaseClock, Step, steps_of
from courtside.monitoring.tally import Tally
from courtside.observer import Landing, Round

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
# This process's monotonic clock stood at 1000 when it was noon in the database.
CLOCK = DatabaseClock(NOON, 1000.0)


def round_of(
    *kinds: str,
    committed: float = 0.0,
    leased: float = 0.0,
    written: float = 0.0,
    failed: tuple[str, ...] = (),
) -> Round:
    """A round of items committed, leased and written so many seconds after noon."""
    committed_at = NOON + timedelta(seconds=committed)
    return Round(1000 + leased, 1000 + written, [Landing(kind, committed_at) for kind in kinds], failed)


def steps(*, committed: float, leased: float, written: float) -> tuple[float, float, float]:
    def after_noon(seconds: float) -> datetime:
        return NOON + timedelta(seconds=seconds)

    return steps_of(after_noon(committed), after_noon(written), written - leased)


def test_whole_is_the_wait_for_a_lease_and_the_work_under_it() -> None:
    assert steps(committed=1, leased=3, written=3.5) == pytest.approx((2, 0.5, 2.5))


def test_what_was_committed_under_the_lease_waited_for_none() -> None:
    assert steps(committed=3.2, leased=3, written=3.5) == pytest.approx((0, 0.3, 0.3))


def test_what_seems_written_before_its_commit_took_no_time() -> None:
    assert steps(committed=5, leased=3, written=3.5) == (0, 0, 0)


@given(st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 1e3))
def test_steps_are_never_negative_and_add_up(committed: float, leased: float, took: float) -> None:
    first, second, whole = steps(committed=committed, leased=leased, written=leased + took)

    assert min(first, second, whole) >= 0
    assert first + second == pytest.approx(whole)


def histograms(tally: Tally) -> dict[tuple[str, str, str], Histogram]:
    """Minute, kind and step of each row → what it counts."""
    return {
        (row["minute"][11:16], row["kind"], row["step"]): Histogram(
            zip(row["buckets"], row["counts"], strict=True)
        )
        for row in tally.latencies()
    }


def test_items_are_counted_by_kind_step_and_minute_of_the_database() -> None:
    tally = Tally()

    tally.add([round_of("days", "feed", written=59), round_of("days", "days", written=61)], CLOCK)

    counted = {key: len(h) for key, h in histograms(tally).items() if key[2] == Step.COMMIT_TO_WRITTEN}
    assert counted == {
        ("12:00", "days", "commit_to_written"): 1,
        ("12:00", "feed", "commit_to_written"): 1,
        ("12:01", "days", "commit_to_written"): 2,
    }


def test_durations_are_kept_for_each_step() -> None:
    tally = Tally()

    tally.add([round_of("days", committed=1, leased=3, written=3.5)], CLOCK)

    read = {step: histogram.quantile(1) for (_, _, step), histogram in histograms(tally).items()}
    assert read == {
        Step.COMMIT_TO_LEASE: pytest.approx(2, rel=WORST_ERROR),
        Step.LEASE_TO_WRITTEN: pytest.approx(0.5, rel=WORST_ERROR),
        Step.COMMIT_TO_WRITTEN: pytest.approx(2.5, rel=WORST_ERROR),
    }


def test_failed_attempts_are_counted_by_kind() -> None:
    tally = Tally()

    tally.add([round_of(failed=("days", "feed", "days"), written=1)], CLOCK)

    assert tally.latencies() == []
    assert {row["kind"]: row["count"] for row in tally.retries()} == {"days": 2, "feed": 1}


def test_counts_of_a_minute_grow_until_it_is_long_over() -> None:
    tally = Tally()
    for second in (10, 20):
        tally.add([round_of("days", written=second, failed=("days",))], CLOCK)
    assert [len(h) for h in histograms(tally).values()] == [2, 2, 2]

    later = DatabaseClock(NOON + timedelta(minutes=4), 1240.0)
    tally.add([], later)

    assert (tally.latencies(), tally.retries()) == ([], [])
