"""Waiting for instances and for a service that warms up: known queues, and the rule of the ramp."""

import pytest

from benches.scale import measured
from benches.scale.queues import instances_over_time, percentile, ramped_waits, waits

SECOND = [n / 100 for n in range(100)]  # a hundred arrivals


def test_one_server_takes_one_after_the_other() -> None:
    assert waits([0, 0, 0, 10], [0.0], 2) == [0, 2, 4, 0]


def test_a_second_server_halves_the_line() -> None:
    assert waits([0, 0, 0, 0], [0.0, 0.0], 2) == [0, 0, 2, 2]


def test_a_server_that_starts_later_helps_from_then_on() -> None:
    assert waits([0, 0, 0], [0.0, 3.0], 4) == [0, 3, 4]


def test_warm_instances_that_suffice_stay_alone() -> None:
    assert len(instances_over_time(SECOND, warm=2, per_instance=50, cold_start_seconds=4)) == 2


def test_what_a_second_needed_starts_after_it_and_is_cold() -> None:
    ready = instances_over_time(SECOND, warm=1, per_instance=30, cold_start_seconds=4)

    assert ready[1:] == [5.0, 5.0, 5.0]


def test_nobody_calls_nothing_starts() -> None:
    assert len(instances_over_time([], warm=1, per_instance=30, cold_start_seconds=4)) == 1


def test_below_the_ramp_nothing_waits() -> None:
    assert max(ramped_waits([n / 400 for n in range(4_000)])) == 0


def test_above_the_ramp_a_backlog_grows() -> None:
    waited = ramped_waits([n / 1_000 for n in range(10_000)])

    assert waited[-1] == pytest.approx(10_000 / measured.RAMP_START_PER_SECOND - 10, abs=0.01)


def test_the_ramp_grows_by_half_every_five_minutes_that_were_full() -> None:
    # 600 a second for ten minutes: 500 are taken at first, 750 after five minutes.
    waited = ramped_waits([n / 600 for n in range(360_000)])

    assert max(waited) == pytest.approx(measured.RAMP_EVERY_SECONDS * (1 - 500 / 600), rel=0.01)
    assert waited[-1] < max(waited) / 2


def test_a_percentile_is_a_value_that_was_there() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([], 0.99) == 0
