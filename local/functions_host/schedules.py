"""When a scheduled function is due, from the two notations of Cloud Scheduler."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from local.errors import SuiteError

_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, weekday (0 and 7: Sunday)
_EVERY = re.compile(r"every (?P<count>\d+)? ?(?P<unit>minute|hour)s?(?: synchronized)?\Z")
_DAILY = re.compile(r"every day (?P<hour>\d{1,2}):(?P<minute>\d\d)\Z")


class UnknownSchedule(SuiteError):
    """A schedule in neither notation."""


@dataclass(frozen=True)
class Schedule:
    """Allowed values of minute, hour, day of month, month and weekday, in a zone."""

    allowed: tuple[frozenset[int], ...]
    zone: ZoneInfo
    day_or_weekday: bool

    def is_due(self, moment: datetime) -> bool:
        """Whether the minute of an aware `moment` is one of the schedule's."""
        local = moment.astimezone(self.zone)
        minute, hour, day, month, weekday = self.allowed
        if local.minute not in minute or local.hour not in hour or local.month not in month:
            return False
        on_day, on_weekday = local.day in day, local.isoweekday() % 7 in weekday
        return on_day or on_weekday if self.day_or_weekday else on_day and on_weekday


def parse_schedule(text: str, zone: str | None = None) -> Schedule:
    """Read `*/5 * * * *`, `every 5 minutes` or `every day 03:00`; times are UTC unless a zone is named.

    As in cron, a day of month and a weekday that are both restricted mean either.
    """
    fields = _as_cron(text).split()
    if len(fields) != len(_FIELDS):
        raise UnknownSchedule(f"Schedule {text!r} is neither five cron fields nor 'every …'.")
    try:
        allowed = [_values(field, *bounds) for field, bounds in zip(fields, _FIELDS, strict=True)]
    except ValueError as error:
        raise UnknownSchedule(f"Schedule {text!r}: {error}.") from error
    allowed[4] = frozenset(day % 7 for day in allowed[4])
    return Schedule(tuple(allowed), ZoneInfo(zone or "UTC"), _both_restricted(fields))


def _as_cron(text: str) -> str:
    if match := _DAILY.match(text):
        return f"{int(match['minute'])} {int(match['hour'])} * * *"
    if match := _EVERY.match(text):
        count = int(match["count"] or 1)
        return f"*/{count} * * * *" if match["unit"] == "minute" else f"0 */{count} * * *"
    return text


def _values(field: str, low: int, high: int) -> frozenset[int]:
    """The numbers that one cron field names: `*`, `5`, `1-4`, `*/10`, and lists of these."""
    values: set[int] = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        chosen = range(int(first), int(last or (high if step else first)) + 1, int(step or 1))
        if not chosen or chosen[0] < low or chosen[-1] > high:
            raise ValueError(f"{item!r} is not within {low}-{high}")
        values.update(chosen)
    return frozenset(values)


def _both_restricted(fields: Sequence[str]) -> bool:
    return not fields[2].startswith("*") and not fields[4].startswith("*")
