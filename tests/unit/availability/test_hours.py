"""Working time: weekly hours, overrides, midnight, and the nights on which clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from courtside.availability.hours import shifts, working_intervals
from courtside.availability.model import Override, WeeklyHours
from courtside.availability.wallclock import day_of
from tests.unit.availability.builders import BERLIN, MONDAY, build_hours, build_override

TUESDAY = MONDAY + timedelta(days=1)
SUNDAY = MONDAY - timedelta(days=1)
LEAP, FALL_BACK = date(2026, 3, 29), date(2026, 10, 25)


def worked(
    hours: WeeklyHours,
    first: date = MONDAY,
    last: date | None = None,
    *overrides: Override,
    zone: ZoneInfo = BERLIN,
) -> list[str]:
    """Working time as UTC text, `"01T07:00-01T15:00"`."""
    found = working_intervals(hours, overrides, zone, first, last or first)
    return ["-".join(f"{datetime.fromtimestamp(at, UTC):%dT%H:%M}" for at in span) for span in found]


def test_hours_apply_on_their_weekday_only() -> None:
    assert worked(build_hours("09:00-17:00", weekdays=[1]), MONDAY, TUESDAY) == ["01T07:00-01T15:00"]


def test_a_split_day_is_two_intervals() -> None:
    assert worked(build_hours("09:00-12:00", "13:00-17:00")) == ["01T07:00-01T10:00", "01T11:00-01T15:00"]


def test_ranges_that_touch_overlap_or_come_unsorted_are_one() -> None:
    assert worked(build_hours("12:00-15:00", "09:00-12:00", "14:00-17:00")) == ["01T07:00-01T15:00"]


def test_hours_past_midnight_join_the_hours_of_the_next_day() -> None:
    hours = build_hours("20:00-26:00", weekdays=[1])
    assert worked(hours, MONDAY, TUESDAY) == ["01T18:00-02T00:00"]
    assert worked(build_hours("20:00-24:00", "00:00-02:00"), MONDAY, TUESDAY) == [
        "31T22:00-01T00:00",
        "01T18:00-02T00:00",
        "02T18:00-02T22:00",
    ]


def test_the_evening_before_is_part_of_the_first_date_and_its_own_spill_is_not() -> None:
    assert worked(build_hours("20:00-26:00")) == ["31T22:00-01T00:00", "01T18:00-01T22:00"]


def test_an_override_replaces_the_weekly_hours_of_its_date_alone() -> None:
    override = build_override(MONDAY, "10:00-11:00")
    assert worked(build_hours("09:00-17:00"), MONDAY, TUESDAY, override) == [
        "01T08:00-01T09:00",
        "02T07:00-02T15:00",
    ]


def test_an_override_opens_a_day_that_is_closed_every_week() -> None:
    override = build_override(SUNDAY, "10:00-11:00")
    assert worked(build_hours("09:00-17:00", weekdays=[1]), SUNDAY, SUNDAY, override) == ["31T08:00-31T09:00"]


def test_overrides_of_one_date_add_up() -> None:
    overrides = build_override(MONDAY, "10:00-11:00"), build_override(MONDAY, "11:00-12:00")
    assert worked(build_hours("09:00-17:00"), MONDAY, MONDAY, *overrides) == ["01T08:00-01T10:00"]


def test_a_closed_date_ends_the_evening_before_at_midnight() -> None:
    assert worked(build_hours("20:00-26:00"), SUNDAY, TUESDAY, Override(MONDAY)) == [
        "30T22:00-31T00:00",
        "31T18:00-31T22:00",
        "02T18:00-02T22:00",
    ]


def test_a_late_range_after_midnight_is_off_when_the_date_it_lies_on_is_closed() -> None:
    hours, closed = build_hours("24:30-26:00", weekdays=[7]), [Override(MONDAY)]
    assert worked(hours, MONDAY) == ["31T22:30-01T00:00"]
    assert worked(hours, MONDAY, MONDAY, *closed) == []
    assert shifts(hours, closed, day_of(MONDAY), day_of(MONDAY)) == []


def test_an_override_with_hours_keeps_what_the_evening_before_carries_over() -> None:
    override = build_override(MONDAY, "10:00-11:00")
    assert worked(build_hours("20:00-26:00"), MONDAY, MONDAY, override) == [
        "31T22:00-01T00:00",
        "01T08:00-01T09:00",
    ]


def test_closing_a_date_also_closes_what_it_would_carry_past_midnight() -> None:
    assert worked(build_hours("20:00-26:00", weekdays=[1]), MONDAY, TUESDAY, Override(MONDAY)) == []


def test_a_48_hour_range_covers_the_whole_next_date() -> None:
    assert worked(build_hours("00:00-48:00", weekdays=[1]), TUESDAY) == ["01T22:00-02T22:00"]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ("01:00-05:00", ["29T00:00-29T03:00"]),
        ("02:30-05:00", ["29T01:00-29T03:00"]),
        ("01:00-02:30", ["29T00:00-29T01:00"]),
        ("02:15-02:45", []),
    ],
)
def test_times_that_the_clock_skips_are_not_worked(ranges: str, expected: list[str]) -> None:
    assert worked(build_hours(ranges), LEAP) == expected


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ("01:00-05:00", ["24T23:00-25T04:00"]),
        ("02:15-02:45", ["25T00:15-25T00:45", "25T01:15-25T01:45"]),
        ("02:30-04:00", ["25T00:30-25T01:00", "25T01:30-25T03:00"]),
    ],
)
def test_times_that_the_clock_repeats_are_worked_twice(ranges: str, expected: list[str]) -> None:
    assert worked(build_hours(ranges), FALL_BACK) == expected


def test_a_night_shift_is_an_hour_shorter_or_longer_when_the_clocks_change() -> None:
    for night, length in [(LEAP, 7), (FALL_BACK, 9), (MONDAY, 8)]:
        hours = build_hours("22:00-30:00", weekdays=[(night - timedelta(days=1)).isoweekday()])
        [(start, end)] = working_intervals(hours, (), BERLIN, night - timedelta(days=1), night)
        assert (end - start) / 3600 == length


def test_zones_of_half_and_quarter_hours_are_exact() -> None:
    hours = build_hours("09:00-10:00")
    assert worked(hours, zone=ZoneInfo("Asia/Kolkata")) == ["01T03:30-01T04:30"]
    assert worked(hours, zone=ZoneInfo("Asia/Kathmandu")) == ["01T03:15-01T04:15"]
    assert worked(hours, zone=ZoneInfo("Australia/Eucla")) == ["01T00:15-01T01:15"]


def test_a_leap_of_half_an_hour_shortens_the_night_by_half_an_hour() -> None:
    hours = build_hours("01:00-04:00", weekdays=[7])
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    assert worked(hours, date(2026, 10, 4), zone=lord_howe) == ["03T14:30-03T17:00"]
    assert worked(hours, date(2026, 4, 5), zone=lord_howe) == ["04T14:00-04T17:30"]


def test_a_date_that_a_zone_skipped_is_not_worked() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert worked(build_hours("09:00-17:00"), date(2011, 12, 30), zone=apia) == []
    assert worked(build_hours("00:00-24:00"), date(2011, 12, 29), date(2011, 12, 31), zone=apia) == [
        "29T10:00-31T10:00"
    ]


def test_midnight_itself_may_be_skipped() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    assert worked(build_hours("00:00-02:00"), date(2018, 11, 4), zone=sao_paulo) == ["04T03:00-04T04:00"]


def test_a_zone_that_changes_its_offset_for_good_moves_the_hours_from_that_moment() -> None:
    pyongyang = ZoneInfo("Asia/Pyongyang")  # 2018-05-04 23:30 +08:30 became 2018-05-05 00:00 +09:00
    assert worked(build_hours("09:00-10:00"), date(2018, 5, 4), date(2018, 5, 5), zone=pyongyang) == [
        "04T00:30-04T01:30",
        "05T00:00-05T01:00",
    ]


def test_a_date_entered_twice_is_worked_twice() -> None:
    st_johns = ZoneInfo("America/St_Johns")  # 2010-11-07 00:01 fell back to 23:01 of the day before
    assert worked(build_hours("23:30-24:00"), date(2010, 11, 6), zone=st_johns) == [
        "07T02:00-07T02:30",
        "07T03:00-07T03:30",
    ]
