"""What the clock on the wall of a zone shows, and when: exact in gaps, folds and dates that a zone skips.

Wall time is counted in seconds since 1970-01-01 00:00 on that wall, as if no offset ever changed; instants
are epoch seconds. A time on the wall is the set of *all* instants at which the wall shows it: none in a gap,
two in a fold. That differs on purpose from the single instant which RFC 5545 section 3.3.5 and PEP 495
(`fold=0`) choose, for a date-time that somebody named; hours are a state that holds whenever the clock says
so. "Until 02:30" on a night without 02:30 ends when the clocks leap, not at 03:30, and "01:00 until 03:00" on
a night with two 02:15s contains both.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from courtside.availability.spans import Span

DAY = 86_400
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
SECOND = timedelta(seconds=1)


class Stretch(NamedTuple):
    """Instants first..end (exclusive) during which the zone's offset is the same; wall = instant + offset."""

    first: int
    end: int
    offset: int


def day_of(on: date) -> int:
    """Days from 1970-01-01 to a date."""
    return on.toordinal() - EPOCH_ORDINAL


def date_of(day: int) -> date:
    """The date so many days after 1970-01-01."""
    return date.fromordinal(day + EPOCH_ORDINAL)


def iso_weekday(day: int) -> int:
    """1 Monday .. 7 Sunday of a day number; day 0 was a Thursday."""
    return (day + 3) % 7 + 1


def stretches(zone: ZoneInfo, first_day: int, last_day: int) -> list[Stretch]:
    """The stretches that cover every instant whose local date may be within the days, in order.

    One look a day finds every change: in the IANA data (2026) none lies closer than 95 hours to the next of
    its zone.
    """
    first, end = (first_day - 1) * DAY, (last_day + 2) * DAY
    found: list[Stretch] = []
    began, offset = first, _offset(zone, first)
    for looked in range(first + DAY, end + 1, DAY):
        now = _offset(zone, looked)
        if now != offset:
            changed = _change(zone, looked - DAY, looked)
            found.append(Stretch(began, changed, offset))
            began, offset = changed, now
    found.append(Stretch(began, end, offset))
    return found


def instants(wall: Span, covering: list[Stretch]) -> list[Span]:
    """The instants, as spans per stretch, at which the wall shows a time within `wall`."""
    first, end = wall
    found: list[Span] = []
    for stretch in covering:
        span = max(stretch.first, first - stretch.offset), min(stretch.end, end - stretch.offset)
        if span[0] < span[1]:
            found.append(span)
    return found


def _offset(zone: ZoneInfo, instant: int) -> int:
    return (datetime.fromtimestamp(instant, zone).utcoffset() or timedelta()) // SECOND


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first instant with the offset of `after`, by bisection."""
    new = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == new:
            after = middle
        else:
            before = middle
    return after
