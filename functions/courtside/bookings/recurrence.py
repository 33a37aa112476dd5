"""On which local dates something recurs, and at which instants: wall-clock time, kept when the clocks change.

- The dates are those of RFC 5545 for the rule, counted from the first; `count` includes exceptions, as COUNT does.
- A local time that does not exist on its date (the clocks leap over it) is shifted forward by the leap: 02:30 on a
  night that skips 02:00 to 03:00 becomes 03:30. One that exists twice means the first. Both as RFC 5545 has it.
- Monthly on the 29th, 30th or 31st: months without that day are skipped, or end the series' month on their last
  day (`short_months`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule

MOST_OCCURRENCES = 104
LONGEST = timedelta(days=731)


class Every(StrEnum):
    """The unit in which a rule counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class ShortMonths(StrEnum):
    """What becomes of a day that a month does not have."""

    SKIP = "skip"
    LAST_DAY = "last_day"


@dataclass(frozen=True)
class Pattern:
    """Every `interval` days, weeks or months from a local date-time, `count` times or until a date, that included.

    `weekdays` (1 Monday … 7 Sunday) are for weeks, which begin on Monday; none means that of the first date. Where
    the first date is no such day, the series begins with the next that is.
    """

    first: datetime
    every: Every
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    count: int | None = None
    until: date | None = None
    short_months: ShortMonths = ShortMonths.SKIP

    @property
    def text(self) -> str:
        """As RRULE has it (RFC 5545, section 3.3.10)."""
        return str(self._rule()).split("RRULE:")[1]

    def dates(self, exceptions: Collection[date] = ()) -> list[date] | None:
        """Its dates in order, without exceptions; None where there are more than anybody may book at once."""
        found = [moment.date() for moment in islice(self._rule(), MOST_OCCURRENCES + 1)]
        if len(found) > MOST_OCCURRENCES or (found and found[-1] - self.first.date() > LONGEST):
            return None
        return [on for on in found if on not in exceptions]

    def instants(
        self, zone: ZoneInfo, exceptions: Collection[date] = ()
    ) -> list[tuple[date, datetime]] | None:
        """Its dates with the instants at which it starts there; None as for `dates`."""
        dates = self.dates(exceptions)
        if dates is None:
            return None
        return [(on, instant_of(datetime.combine(on, self.first.time()), zone)) for on in dates]

    def _rule(self) -> rrule:
        day = self.first.day
        clamped = self.every is Every.MONTH and self.short_months is ShortMonths.LAST_DAY and day > 28
        return rrule(
            DAILY if self.every is Every.DAY else WEEKLY if self.every is Every.WEEK else MONTHLY,
            dtstart=self.first,
            interval=self.interval,
            count=self.count,
            until=self.until and datetime.combine(self.until, self.first.time()),
            byweekday=[weekday - 1 for weekday in self.weekdays] or None,
            # The last of the days that the month has.
            bymonthday=list(range(28, day + 1)) if clamped else None,
            bysetpos=-1 if clamped else None,
        )


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a zone's clocks show a local time first, or would have if they had not leapt."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def local_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What a zone's clocks show at an instant, without the zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def shifted(moment: datetime, by: timedelta, zone: ZoneInfo) -> datetime:
    """The instant so much later on the zone's wall clock."""
    return instant_of(local_of(moment, zone) + by, zone)
