"""Daily and weekly caps: the local days and weeks in which no further session may start."""

from collections import Counter
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from courtside.availability.model import Cap, CapPeriod
from courtside.availability.spans import Span, merge
from courtside.availability.wallclock import DAY, Stretch, day_of, instants, iso_weekday

PERIOD_DAYS = {CapPeriod.DAY: 1, CapPeriod.WEEK: 7}


def full_time(caps: Iterable[Cap], zone: ZoneInfo, covering: list[Stretch]) -> list[Span]:
    """The instants, within the stretches, of all days and weeks that are full: merged spans of epoch seconds."""
    full = merge(span for cap in caps for span in _full_periods(cap, zone, covering))
    return merge(span for wall in full for span in instants(wall, covering))


def first_day_of(period: CapPeriod, day: int) -> int:
    """The day number on which the period of a day begins."""
    return day if period is CapPeriod.DAY else day - iso_weekday(day) + 1


def _full_periods(cap: Cap, zone: ZoneInfo, covering: list[Stretch]) -> Iterator[Span]:
    """In wall seconds; a cap of nothing fills all time that is looked at."""
    if cap.limit == 0:
        yield covering[0].first + covering[0].offset - DAY, covering[-1].end + covering[-1].offset + DAY
    days = (day_of(start.astimezone(zone).date()) for start in cap.starts)
    for first_day, count in Counter(first_day_of(cap.period, day) for day in days).items():
        if count >= cap.limit:
            yield first_day * DAY, (first_day + PERIOD_DAYS[cap.period]) * DAY
