"""Quiet hours: when the clock on a person's wall says that nobody should ring, and when that ends.

Hours are a state that holds whenever the clock says so. "Until 02:30" on a night without 02:30 ends when the clocks
leap; on a night that has it twice, it ends at the first and holds again from the second 02:00 to the second 02:30.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
_MINUTE = timedelta(minutes=1)
_WEEK = timedelta(days=7)
# Ranges that follow each other all week would never end.
_HORIZON = timedelta(days=8)


@dataclass(frozen=True)
class QuietRange:
    """Quiet from a minute of a weekday (ISO: 1 Monday .. 7 Sunday) until one of the same day or the next.

    What ends no later than it begins ends on the next day.
    """

    weekday: int
    first_minute: int
    end_minute: int

    @property
    def begins(self) -> int:
        """Minutes from Monday 00:00."""
        return (self.weekday - 1) * DAY_MINUTES + self.first_minute

    @property
    def minutes(self) -> int:
        """How long it is on the wall."""
        return (self.end_minute - self.first_minute) % DAY_MINUTES or DAY_MINUTES

    @classmethod
    def read(cls, stored: dict[str, object]) -> "QuietRange":
        """From its stored form: `{weekday, from, until}`, times as HH:MM."""
        return cls(int(str(stored["weekday"])), _minutes(str(stored["from"])), _minutes(str(stored["until"])))


def quiet_until(ranges: Iterable[QuietRange], zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours that hold at `now` end, the ones that follow at once included; None where none hold."""
    ranges, reached = tuple(ranges), now.astimezone(UTC)
    while reached - now < _HORIZON and (end := _end_of_range(ranges, zone, reached)) is not None:
        reached = end
    return reached if reached > now else None


def covers_week(ranges: Iterable[QuietRange]) -> bool:
    """Whether there would be no moment left to ring."""
    quiet = {(each.begins + minute) % WEEK_MINUTES for each in ranges for minute in range(each.minutes)}
    return len(quiet) == WEEK_MINUTES


def _end_of_range(ranges: tuple[QuietRange, ...], zone: ZoneInfo, instant: datetime) -> datetime | None:
    """When the longest range that holds ends, or the zone's clocks change before; None where none holds."""
    position = _position(zone, instant)
    left = max((_left(each, position) for each in ranges), default=timedelta(0))
    if left <= timedelta(0):
        return None
    end = instant + left
    return end if _offset(zone, instant) == _offset(zone, end) else _change(zone, instant, end)


def _left(each: QuietRange, position: timedelta) -> timedelta:
    elapsed = (position - each.begins * _MINUTE) % _WEEK
    return each.minutes * _MINUTE - elapsed


def _position(zone: ZoneInfo, instant: datetime) -> timedelta:
    """What the wall shows, as time since its Monday 00:00."""
    wall = instant.astimezone(zone).replace(tzinfo=None)
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    return timedelta(days=wall.weekday()) + (wall - midnight)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first instant with the offset of `after`, by bisection: zones change at whole seconds."""
    new = _offset(zone, after)
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, datetime.fromtimestamp(middle, UTC)) == new:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
