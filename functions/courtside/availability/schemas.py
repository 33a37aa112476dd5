"""What clients send and get for working hours: wall-clock times of the trainer's zone, `HH:MM`."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from courtside.availability.model import MAX_RANGE_MINUTE, MINUTES_PER_DAY, LocalRange
from courtside.edge.commands import CommandSchema, View
from courtside.fields import CalendarDate

MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY


def _require_minutes(text: str) -> str:
    hours, minutes = text.split(":")
    if int(minutes) > 59 or int(hours) * 60 + int(minutes) > MAX_RANGE_MINUTE:
        raise ValueError("not a time between 00:00 and 48:00")
    return text


# 24:00 is midnight at the end of the day; 26:00 is two o'clock on the following day.
WallTime = Annotated[
    str, StringConstraints(pattern=r"^[0-4][0-9]:[0-5][0-9]$"), AfterValidator(_require_minutes)
]


class TimeRange(BaseModel, frozen=True, extra="forbid"):
    """Working time from `start` until `end`; an end past 24:00 lies on the following day."""

    start: WallTime
    end: WallTime

    @property
    def minutes(self) -> tuple[int, int]:
        """Start and end in minutes from local midnight."""
        return _minutes(self.start), _minutes(self.end)

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        start, end = self.minutes
        if not start < end:
            raise ValueError("ends before it starts; for hours past midnight write the end as 24:00 or later")
        if start >= MINUTES_PER_DAY:
            raise ValueError("starts on the following day; put it there")
        if end - start > MINUTES_PER_DAY:
            raise ValueError("is longer than a day")
        return self


class DayRange(TimeRange, frozen=True):
    """Working time that begins on a weekday: 1 is Monday, 7 Sunday."""

    weekday: int = Field(ge=1, le=7)


class SetWeeklyHours(CommandSchema):
    """`availability.set_weekly_hours`: the whole regular week of the actor; days left out are closed."""

    hours: Annotated[tuple[DayRange, ...], Field(max_length=70)]

    @model_validator(mode="after")
    def _require_disjoint(self) -> Self:
        require_disjoint([_in_week(day) for day in self.hours], wrap=MINUTES_PER_WEEK)
        return self

    def by_weekday(self) -> dict[int, list[LocalRange]]:
        """The ranges of each weekday that has any."""
        days: dict[int, list[LocalRange]] = {}
        for day in self.hours:
            days.setdefault(day.weekday, []).append(LocalRange(*day.minutes))
        return days


class SetOverride(CommandSchema):
    """`availability.set_override`: the hours of one date; empty is closed, null goes back to the weekly hours."""

    on_date: CalendarDate
    hours: Annotated[tuple[TimeRange, ...], Field(max_length=10)] | None

    @model_validator(mode="after")
    def _require_disjoint(self) -> Self:
        require_disjoint([hours.minutes for hours in self.hours or ()])
        return self

    def ranges(self) -> list[LocalRange] | None:
        """The ranges of the date, None to go back to the weekly hours."""
        return None if self.hours is None else [LocalRange(*hours.minutes) for hours in self.hours]


class HoursView(View):
    """Whose hours were set; the days are at `trainers/{trainer_id}/days/{date}`."""

    trainer_id: str


def require_disjoint(ranges: Sequence[tuple[int, int]], wrap: int | None = None) -> None:
    """Raises ValueError where two ranges overlap; `wrap` is the length of a cycle that the last may run over."""
    ordered = sorted(ranges)
    if wrap is not None and ordered:
        first_start, first_end = ordered[0]
        ordered.append((first_start + wrap, first_end + wrap))
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise ValueError("hours overlap")


def _in_week(day: DayRange) -> tuple[int, int]:
    offset = (day.weekday - 1) * MINUTES_PER_DAY
    start, end = day.minutes
    return start + offset, end + offset


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
