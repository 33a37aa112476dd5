"""Turns a trainer's weekly hours and overrides into working time in UTC.

The principle: hours are read off the local wall clock (see `wallclock` for gaps and folds), durations are
real elapsed minutes. Hours from 22:00 to 06:00 are seven hours of work on the night the clocks leap and nine
on the night they fall back; hours of a date that a zone skipped do not take place.
"""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from courtside.availability.model import MAX_RANGE_MINUTE, MINUTES_PER_DAY, LocalRange, Override, WeeklyHours
from courtside.availability.spans import Span, intersect, merge
from courtside.availability.wallclock import DAY, Stretch, day_of, instants, iso_weekday, stretches


def working_intervals(
    hours: WeeklyHours, overrides: Iterable[Override], zone: ZoneInfo, first_date: date, last_date: date
) -> list[Span]:
    """When the trainer works on the local dates first..last (both included): merged spans of epoch seconds.

    What an earlier evening carries past midnight into `first_date` is part of it; what `last_date` carries
    past its own midnight is not.
    """
    first_day, last_day = day_of(first_date), day_of(last_date)
    covering = stretches(zone, first_day, last_day)
    worked = working_time(shifts(hours, overrides, first_day, last_day), covering)
    return intersect(worked, merge(instants((first_day * DAY, (last_day + 1) * DAY), covering)))


def shifts(hours: WeeklyHours, overrides: Iterable[Override], first_day: int, last_day: int) -> list[Span]:
    """Every shift that touches the days first..last, in wall seconds.

    Ranges of one day are merged; shifts of two days are not, as each is the anchor of its own steps. How an
    override treats hours that run past midnight is said at `Override`.
    """
    special = _minutes_by_day(overrides)
    weekly = {weekday: merge(_minutes(ranges)) for weekday, ranges in hours.by_weekday.items()}
    found: list[Span] = []
    for day in range(first_day - 1, last_day + 1):
        minutes = special[day] if day in special else weekly.get(iso_weekday(day), [])
        latest = MINUTES_PER_DAY if special.get(day + 1) == [] else MAX_RANGE_MINUTE
        midnight = day * DAY
        found += [
            (midnight + 60 * start, midnight + 60 * min(end, latest))
            for start, end in minutes
            if start < latest
        ]
    return found


def working_time(wall_shifts: Iterable[Span], covering: list[Stretch]) -> list[Span]:
    """The instants of the shifts, merged across midnight."""
    return merge(span for shift in wall_shifts for span in instants(shift, covering))


def _minutes(ranges: Iterable[LocalRange]) -> list[Span]:
    return [(each.start_minute, each.end_minute) for each in ranges]


def _minutes_by_day(overrides: Iterable[Override]) -> dict[int, list[Span]]:
    by_day: dict[int, list[Span]] = {}
    for override in overrides:
        day = day_of(override.on_date)
        by_day[day] = merge(by_day.get(day, []) + _minutes(override.ranges))
    return by_day
