"""How fast a broadcast goes, and whether its audience is still the one that was looked at. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from courtside.notifications.limits import AUDIENCE_LEEWAY, AUDIENCE_LEEWAY_SHARE, BROADCAST_PAGE

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Pace:
    """So many people at a time, and how long until the next ones."""

    people: int
    pause: timedelta


def pace_of(per_minute: int) -> Pace:
    """A page about each second, or of one person where that is too many; never more than `per_minute` in a minute."""
    people = max(1, min(BROADCAST_PAGE, per_minute // 60))
    pages = per_minute // people
    # Rounded up: rounded to the nearest, a page too many could fall into a minute.
    return Pace(people, -(-_MINUTE // pages))


def next_page_at(due_at: datetime, now: datetime, pace: Pace, *, behind: timedelta) -> datetime:
    """When the page after one that was due at `due_at` is; what was missed is made up for, as far as `behind` goes."""
    return max(due_at, now - behind) + pace.pause


def is_as_confirmed(confirmed: int, people: int) -> bool:
    """Whether an audience is about as large as the one that was confirmed."""
    return abs(people - confirmed) <= max(AUDIENCE_LEEWAY, confirmed * AUDIENCE_LEEWAY_SHARE)
