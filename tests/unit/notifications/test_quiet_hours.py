"""Quiet hours hold while the wall shows them, on every day of every zone, and end at the exact moment."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from courtside.notifications.quiet import DAY_MINUTES, QuietRange, covers_week, quiet_until

MADRID = ZoneInfo("Europe/Madrid")
NIGHTS = [QuietRange(day, 22 * 60, 7 * 60) for day in range(1, 8)]
SECOND = timedelta(seconds=1)

zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)
minutes = st.integers(0, DAY_MINUTES - 1)
ranges = st.builds(QuietRange, st.integers(1, 7), minutes, minutes)
weeks = st.lists(ranges, max_size=7).filter(lambda week: not covers_week(week))
YEARS = timedelta(days=30 * 365)
instants = st.timedeltas(timedelta(0), YEARS).map(lambda since: datetime(2005, 1, 1, tzinfo=UTC) + since)


def shows_quiet(week: list[QuietRange], zone: ZoneInfo, instant: datetime) -> bool:
    """By the wall alone, day by day: a range of today, or one of yesterday that goes on past midnight."""
    wall = instant.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    for each in week:
        passes_midnight = each.end_minute <= each.first_minute
        before_end = minute < each.end_minute
        is_today, was_yesterday = (
            each.weekday == wall.isoweekday(),
            each.weekday % 7 + 1 == wall.isoweekday(),
        )
        if is_today and minute >= each.first_minute and (passes_midnight or before_end):
            return True
        if was_yesterday and passes_midnight and before_end:
            return True
    return False


@given(weeks, zones, instants)
@example(NIGHTS, MADRID, datetime(2026, 3, 28, 22, tzinfo=UTC))
@example(NIGHTS, MADRID, datetime(2026, 10, 24, 22, tzinfo=UTC))
@example([QuietRange(4, 0, 0)], ZoneInfo("Pacific/Apia"), datetime(2011, 12, 29, 12, tzinfo=UTC))
def test_quiet_hours_hold_exactly_while_the_wall_shows_them(
    week: list[QuietRange], zone: ZoneInfo, instant: datetime
) -> None:
    end = quiet_until(week, zone, instant)

    assert (end is not None) == shows_quiet(week, zone, instant)
    if end is not None:
        assert end > instant
        assert not shows_quiet(week, zone, end)
        assert shows_quiet(week, zone, end - SECOND)
        step = (end - instant) / 97
        assert all(shows_quiet(week, zone, instant + step * part) for part in range(97))


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-06-01T21:59:59+02:00", None),
        ("2026-06-01T22:00:00+02:00", "2026-06-02T07:00:00+02:00"),
        ("2026-06-02T00:00:00+02:00", "2026-06-02T07:00:00+02:00"),
        ("2026-06-02T07:00:00+02:00", None),
        # Nine hours on the wall are eight, or ten, when the clocks change at night.
        ("2026-03-28T22:00:00+01:00", "2026-03-29T07:00:00+02:00"),
        ("2026-10-24T22:00:00+02:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_nights_end_at_seven(now: str, end: str | None) -> None:
    expected = datetime.fromisoformat(end) if end else None

    assert quiet_until(NIGHTS, MADRID, datetime.fromisoformat(now)) == expected


def test_an_end_that_a_night_does_not_have_is_the_leap() -> None:
    week = [QuietRange(7, 0, 150)]  # Sunday 00:00 to 02:30

    end = quiet_until(week, MADRID, datetime.fromisoformat("2026-03-29T00:30:00+01:00"))

    assert end == datetime.fromisoformat("2026-03-29T03:00:00+02:00")


def test_an_end_that_a_night_has_twice_is_the_first_and_then_the_second() -> None:
    week = [QuietRange(7, 0, 150)]

    first = quiet_until(week, MADRID, datetime.fromisoformat("2026-10-25T00:30:00+02:00"))
    between = quiet_until(week, MADRID, datetime.fromisoformat("2026-10-25T02:45:00+02:00"))
    second = quiet_until(week, MADRID, datetime.fromisoformat("2026-10-25T02:10:00+01:00"))

    assert first == datetime.fromisoformat("2026-10-25T02:30:00+02:00")
    assert between is None
    assert second == datetime.fromisoformat("2026-10-25T02:30:00+01:00")


def test_ranges_that_follow_each_other_end_together() -> None:
    weekend = [QuietRange(6, 0, 0), QuietRange(7, 0, 0), QuietRange(1, 0, 6 * 60)]

    end = quiet_until(weekend, ZoneInfo("UTC"), datetime(2026, 6, 6, 12, tzinfo=UTC))

    assert end == datetime(2026, 6, 8, 6, tzinfo=UTC)


def test_a_whole_week_is_found() -> None:
    days = [QuietRange(day, 0, 0) for day in range(1, 8)]

    assert covers_week(days)
    assert not covers_week([*days[:-1], QuietRange(7, 1, 0)])


def test_what_is_stored_reads_back() -> None:
    assert QuietRange.read({"weekday": 5, "from": "22:30", "until": "07:00"}) == QuietRange(5, 1350, 420)
