"""Recurring dates and the instants they stand for: by example, over every zone, and on nights when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from courtside.bookings.recurrence import (
    LONGEST,
    MOST_OCCURRENCES,
    Every,
    Pattern,
    ShortMonths,
    instant_of,
    local_of,
    shifted,
)

MADRID = ZoneInfo("Europe/Madrid")


def local(text: str) -> datetime:
    """What clocks on a wall show."""
    return datetime.fromisoformat(text)


MONDAY = local("2026-03-02T18:30")

zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)
moments = st.datetimes(local("2024-01-01T00:00"), local("2030-01-01T00:00")).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    every = draw(st.sampled_from(Every))
    first = draw(moments)
    until = draw(st.none() | st.integers(0, 800))
    return Pattern(
        first,
        every,
        interval=draw(st.integers(1, 6)),
        weekdays=tuple(sorted(draw(st.sets(st.integers(1, 7))))) if every is Every.WEEK else (),
        count=draw(st.integers(1, 120)) if until is None else None,
        until=None if until is None else first.date() + timedelta(days=until),
        short_months=draw(st.sampled_from(ShortMonths)),
    )


def days(pattern: Pattern, *exceptions: date) -> list[str]:
    """Month and day of each."""
    return [on.strftime("%m-%d") for on in pattern.dates(exceptions) or []]


def test_daily() -> None:
    assert days(Pattern(MONDAY, Every.DAY, interval=2, count=3)) == ["03-02", "03-04", "03-06"]


def test_weekly_by_weekdays_until_a_date_that_is_included() -> None:
    pattern = Pattern(MONDAY, Every.WEEK, weekdays=(1, 4), until=date(2026, 3, 12))

    assert days(pattern) == ["03-02", "03-05", "03-09", "03-12"]


def test_every_second_week_counts_weeks_from_monday() -> None:
    sunday = local("2026-03-01T09:00")

    assert days(Pattern(sunday, Every.WEEK, interval=2, weekdays=(1, 7), count=3)) == [
        "03-01",
        "03-09",
        "03-15",
    ]


def test_a_first_date_that_is_no_such_weekday_gives_way_to_the_next_that_is() -> None:
    assert days(Pattern(MONDAY, Every.WEEK, weekdays=(3,), count=2)) == ["03-04", "03-11"]


def test_exceptions_count_and_are_left_out() -> None:
    """RFC 5545: EXDATE takes away from what COUNT has counted."""
    assert days(Pattern(MONDAY, Every.WEEK, count=3), date(2026, 3, 9)) == ["03-02", "03-16"]


@pytest.mark.parametrize(
    ("short_months", "found"),
    [
        (ShortMonths.SKIP, ["01-31", "03-31", "05-31"]),
        (ShortMonths.LAST_DAY, ["01-31", "02-28", "03-31"]),
    ],
)
def test_months_without_a_31st(short_months: ShortMonths, found: list[str]) -> None:
    pattern = Pattern(local("2026-01-31T09:00"), Every.MONTH, count=3, short_months=short_months)

    assert days(pattern) == found


def test_the_30th_in_a_leap_year() -> None:
    pattern = Pattern(local("2028-01-30T09:00"), Every.MONTH, count=3, short_months=ShortMonths.LAST_DAY)

    assert days(pattern) == ["01-30", "02-29", "03-30"]


@pytest.mark.parametrize(
    "pattern",
    [
        Pattern(MONDAY, Every.DAY, count=MOST_OCCURRENCES + 1),
        Pattern(MONDAY, Every.DAY, until=date(2026, 12, 31)),
        Pattern(MONDAY, Every.MONTH, count=30),
        Pattern(MONDAY, Every.DAY, until=date(9999, 12, 31)),
    ],
    ids=["too many", "until gives too many", "too long", "for ever"],
)
def test_more_than_anybody_may_book(pattern: Pattern) -> None:
    assert pattern.dates() is None


def test_as_many_as_anybody_may_book() -> None:
    assert len(Pattern(MONDAY, Every.WEEK, count=MOST_OCCURRENCES).dates() or []) == MOST_OCCURRENCES


def test_the_time_on_the_wall_stays_when_the_clocks_change() -> None:
    """Cal.com #4702, #19589, #10517: hours shifted around daylight-saving changes."""
    found = Pattern(local("2026-03-23T18:30"), Every.WEEK, count=2).instants(MADRID)

    assert found == [
        (date(2026, 3, 23), datetime(2026, 3, 23, 17, 30, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 30, 16, 30, tzinfo=UTC)),
    ]


def test_a_time_that_does_not_exist_is_shifted_by_the_leap() -> None:
    assert local_of(instant_of(local("2026-03-29T02:30"), MADRID), MADRID) == local("2026-03-29T03:30")


def test_a_time_that_exists_twice_means_the_first() -> None:
    assert instant_of(local("2026-10-25T02:30"), MADRID) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_half_an_hour_of_daylight_saving() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")

    assert local_of(instant_of(local("2026-10-04T02:15"), lord_howe), lord_howe).time() == time(2, 45)


@given(patterns(), st.sets(st.integers(0, 60), max_size=4))
def test_dates_are_in_order_within_the_rule_and_without_exceptions(
    pattern: Pattern, skipped: set[int]
) -> None:
    exceptions = {pattern.first.date() + timedelta(days=n) for n in skipped}
    dates = pattern.dates(exceptions)

    if dates is None:
        return
    assert dates == sorted(set(dates))
    assert not exceptions & set(dates)
    assert len(dates) <= min(pattern.count or MOST_OCCURRENCES, MOST_OCCURRENCES)
    assert all(pattern.first.date() <= on <= (pattern.until or date.max) for on in dates)
    assert all(on - pattern.first.date() <= LONGEST for on in dates)
    assert all(on.isoweekday() in pattern.weekdays for on in dates if pattern.weekdays)


@given(patterns())
def test_the_text_of_a_rule_means_the_same_dates(pattern: Pattern) -> None:
    dates = pattern.dates()

    if dates is not None:
        read = rrulestr(pattern.text, dtstart=pattern.first)
        assert [moment.date() for moment in read] == dates


@given(patterns(), zones)
def test_every_start_shows_its_own_time_unless_the_clocks_leap_over_it(
    pattern: Pattern, zone: ZoneInfo
) -> None:
    for on, moment in pattern.instants(zone) or []:
        wanted = datetime.combine(on, pattern.first.time())
        shown = local_of(moment, zone)
        second = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
        if shown == wanted:
            assert moment <= second
        else:
            assert shown > wanted
            assert local_of(second, zone) != wanted


@given(st.datetimes(local("2024-01-01T00:00"), local("2030-01-01T00:00")), zones)
def test_shifting_by_nothing_or_there_and_back_changes_nothing(moment: datetime, zone: ZoneInfo) -> None:
    first = instant_of(moment.replace(second=0, microsecond=0), zone)

    assert shifted(first, timedelta(), zone) == first
    there = shifted(first, timedelta(days=1), zone)
    if local_of(there, zone) == local_of(first, zone) + timedelta(days=1):
        assert shifted(there, -timedelta(days=1), zone) == first


def test_a_day_later_is_the_same_time_on_the_wall() -> None:
    evening = instant_of(local("2026-03-28T18:30"), MADRID)

    assert local_of(shifted(evening, timedelta(days=1), MADRID), MADRID) == local("2026-03-29T18:30")
