"""Schedules of the local suite: both notations of Cloud Scheduler, in the zone that they name."""

from datetime import UTC, datetime, timedelta

import pytest

from local.functions_host.schedules import UnknownSchedule, parse_schedule

# A Wednesday.
MIDNIGHT = datetime(2026, 7, 15, tzinfo=UTC)


def at(clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return MIDNIGHT.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("* * * * *", "13:37"),
        ("*/5 * * * *", "13:35"),
        ("5/15 * * * *", "13:50"),
        ("7-9,30 * * * *", "00:08"),
        ("30 2-4 * * *", "03:30"),
        ("0 3 15 7 *", "03:00"),
        ("0 3 * * 3", "03:00"),
        ("every minute", "13:37"),
        ("every 1 minutes", "13:37"),
        ("every 5 minutes", "13:35"),
        ("every 2 hours", "14:00"),
        ("every day 03:00", "03:00"),
    ],
)
def test_schedule_is_due_at_a_minute_it_names(text: str, clock: str) -> None:
    assert parse_schedule(text).is_due(at(clock))


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("*/5 * * * *", "13:36"),
        ("7-9,30 * * * *", "00:10"),
        ("30 2-4 * * *", "05:30"),
        ("0 3 14 7 *", "03:00"),
        ("0 3 * * 0", "03:00"),
        ("every 2 hours", "14:01"),
        ("every day 03:00", "04:00"),
    ],
)
def test_schedule_is_not_due_at_another_minute(text: str, clock: str) -> None:
    assert not parse_schedule(text).is_due(at(clock))


def test_seconds_do_not_matter() -> None:
    assert parse_schedule("37 13 * * *").is_due(at("13:37") + timedelta(seconds=59))


def test_sunday_has_two_numbers() -> None:
    sunday = datetime(2026, 7, 19, 3, tzinfo=UTC)

    assert parse_schedule("0 3 * * 0").is_due(sunday)
    assert parse_schedule("0 3 * * 7").is_due(sunday)


def test_day_of_month_and_weekday_together_mean_either() -> None:
    schedule = parse_schedule("0 3 1 * 3")

    assert schedule.is_due(at("03:00"))  # a Wednesday
    assert schedule.is_due(datetime(2026, 8, 1, 3, tzinfo=UTC))  # a first, and a Saturday
    assert not schedule.is_due(datetime(2026, 8, 4, 3, tzinfo=UTC))


def test_clock_is_of_the_zone_that_is_named() -> None:
    schedule = parse_schedule("every day 03:00", "Europe/Berlin")

    assert schedule.is_due(at("01:00"))
    assert not schedule.is_due(at("03:00"))
    assert schedule.is_due(datetime(2026, 1, 15, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ["", "every full moon", "* * * *", "60 * * * *", "5-1 * * * *", "x * * * *", "*/0 * * * *"]
)
def test_schedule_in_neither_notation_is_refused(text: str) -> None:
    with pytest.raises(UnknownSchedule, match="Schedule"):
        parse_schedule(text)
