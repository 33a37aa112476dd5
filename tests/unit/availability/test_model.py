"""The values refuse what cannot be: bounds of ranges, rules and busy time."""

from datetime import UTC, datetime

import pytest

from courtside.availability.model import Busy, LocalRange, WeeklyHours
from tests.unit.availability.builders import build_rules

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("start", "end"), [(-1, 60), (60, 60), (61, 60), (0, 2_881)])
def test_range_is_refused_when_empty_reversed_or_beyond_48_hours(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a range"):
        LocalRange(start, end)


def test_range_may_span_48_hours() -> None:
    assert LocalRange(0, 2_880).end_minute == 2_880


@pytest.mark.parametrize("weekday", [0, 8])
def test_hours_are_refused_on_a_weekday_that_iso_does_not_know(weekday: int) -> None:
    with pytest.raises(ValueError, match="not ISO weekdays"):
        WeeklyHours({weekday: (LocalRange(0, 60),)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("duration_minutes", 0),
        ("duration_minutes", 10_081),
        ("step_minutes", 0),
        ("buffer_before_minutes", -1),
        ("buffer_after_minutes", -1),
        ("step_offset_minutes", 60),
        ("min_notice_minutes", -1),
        ("horizon_days", -1),
        ("horizon_days", 3_651),
    ],
)
def test_rules_are_refused_when_out_of_bounds(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=name):
        build_rules(**{name: value})


def test_busy_time_is_refused_when_naive_or_reversed() -> None:
    with pytest.raises(ValueError, match="aware"):
        Busy(NOON, NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="ends before"):
        Busy(NOON, NOON.replace(hour=11))
