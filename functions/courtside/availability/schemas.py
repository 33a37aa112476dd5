"""What clients send and get for working hours, time off and rooms: wall-clock times of the trainer's zone, `HH:MM`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from courtside.availability.model import MAX_RANGE_MINUTE, MINUTES_PER_DAY, LocalRange, SlotRefusal
from courtside.edge.commands import CommandSchema, QuerySchema, View
from courtside.fields import CalendarDate, DisplayName, Instant, ShortText, Tag

MOST_DATES = timedelta(days=31)
MOST_WORDS = 8
LONGEST_TIME_OFF = timedelta(days=366)
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
    """`availability.set_weekly_hours`: the whole regular week of the actor; days left out are closed.

    With a service, the week of that one alone, in place of the actor's; null goes back to the actor's.
    """

    service_id: UUID | None = None
    hours: Annotated[tuple[DayRange, ...], Field(max_length=70)] | None

    @field_validator("hours")
    @classmethod
    def _require_week(
        cls, hours: tuple[DayRange, ...] | None, info: ValidationInfo
    ) -> tuple[DayRange, ...] | None:
        if hours is None and info.data.get("service_id") is None:
            raise ValueError("only a service can do without a week of its own")
        return hours

    @model_validator(mode="after")
    def _require_disjoint(self) -> Self:
        require_disjoint([_in_week(day) for day in self.hours or ()], wrap=MINUTES_PER_WEEK)
        return self

    def by_weekday(self) -> dict[int, list[LocalRange]] | None:
        """The ranges of each weekday that has any; None for no week of its own."""
        if self.hours is None:
            return None
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


class AddTimeOff(CommandSchema):
    """`availability.add_time_off`: whole local dates, both included, or from one instant until another."""

    first_date: CalendarDate | None = None
    last_date: CalendarDate | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    reason: ShortText = ""

    @model_validator(mode="after")
    def _require_one_stretch(self) -> Self:
        match (self.first_date, self.last_date, self.starts_at, self.ends_at):
            case (date() as first, date() as last, None, None) if first <= last <= first + LONGEST_TIME_OFF:
                return self
            case (None, None, datetime() as start, datetime() as end) if (
                start < end <= start + LONGEST_TIME_OFF
            ):
                return self
        raise ValueError(
            "needs first_date and last_date, or starts_at and ends_at, in order and within 366 days"
        )


class RemoveTimeOff(CommandSchema):
    """`availability.remove_time_off`: the actor works then after all."""

    time_off_id: UUID


class AddResource(CommandSchema):
    """`admin.add_resource`: a room, or whatever trainers share and one session at a time can use."""

    name: DisplayName


class RetireResource(CommandSchema):
    """`admin.retire_resource`: services in it offer nothing from now on; sessions that stand keep it."""

    resource_id: UUID


class ExplainSlot(QuerySchema):
    """`availability.explain_slot`: whether a service can start then, and why not."""

    service_id: UUID
    starts_at: Instant


class SortBy(StrEnum):
    """By how well the words match; by the lowest price; by the best rating; by what is free first."""

    RELEVANCE = "relevance"
    PRICE = "price"
    RATING = "rating"
    SOONEST = "soonest"


class SearchTrainers(QuerySchema):
    """`trainers.search`: approved trainers; what is left out does not matter.

    `text` finds names, headlines, cities, specialties and services, every word of it, typing errors forgiven.
    Free at an instant means something starts then; from one date until another (of the trainer's zone, both
    included), that something starts in between. Prices are in minor units of the currency.
    """

    text: Annotated[str, StringConstraints(max_length=100)] = ""
    specialty: Tag | None = None
    city: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    language: Tag | None = None
    max_price_minor: Annotated[int, Field(ge=0, le=100_000_000)] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    min_rating: Annotated[float, Field(ge=1, le=5)] | None = None
    free_at: Instant | None = None
    free_from: CalendarDate | None = None
    free_until: CalendarDate | None = None
    sort: SortBy = SortBy.RELEVANCE
    limit: Annotated[int, Field(ge=1, le=50)] = 20
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = None

    @model_validator(mode="after")
    def _require_sense(self) -> Self:
        if self.currency is None and (self.max_price_minor is not None or self.sort is SortBy.PRICE):
            raise ValueError("prices compare in one currency: name it")
        dates = (self.free_from, self.free_until)
        if (None in dates) != (dates == (None, None)) or (
            self.free_at is not None and self.free_from is not None
        ):
            raise ValueError("free_at, or both of free_from and free_until")
        if (
            self.free_from
            and self.free_until
            and not timedelta() <= self.free_until - self.free_from <= MOST_DATES
        ):
            raise ValueError("free_until must be within 31 days after free_from")
        if self.free_from and not 2000 <= self.free_from.year <= 2198:
            raise ValueError("not a date between the years 2000 and 2198")
        return self

    @property
    def words(self) -> list[str]:
        """The words of the text, each once."""
        return list(dict.fromkeys(self.text.split()))[:MOST_WORDS]

    @property
    def tags(self) -> list[str]:
        """What a trainer's tags must hold, before accents and case are taken away."""
        named = (("specialty", self.specialty), ("city", self.city), ("language", self.language))
        return [f"{name}:{value}" for name, value in named if value is not None]

    @property
    def wants_free_time(self) -> bool:
        return self.free_at is not None or self.free_from is not None


class FoundOpening(View):
    """A slot, or seats in a session that stands."""

    service_id: UUID
    session_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    seats_left: int


class FoundTrainer(View):
    """A public card with the next three openings of the services that were asked for."""

    trainer_id: str
    display_name: str
    headline: str
    city: str
    specialties: tuple[str, ...]
    languages: tuple[str, ...]
    time_zone: str
    from_price_minor: int | None
    currency: str | None
    rating: float | None
    rating_count: int
    next_slots: tuple[FoundOpening, ...]


class TrainerPage(View):
    """Some of the trainers; the rest come with `next_cursor`, None at the end."""

    trainers: tuple[FoundTrainer, ...]
    next_cursor: str | None


class TimeOffView(View):
    """Time off as instants, the end exclusive."""

    time_off_id: UUID
    trainer_id: str
    starts_at: datetime
    ends_at: datetime


class ResourceView(View):
    """The resource that was added or retired."""

    resource_id: UUID


class ReasonView(View):
    """One reason why a start is not open, with the fact behind it where there is one to tell."""

    reason: SlotRefusal
    # TOO_SOON: the first start that the notice allows.
    earliest_at: datetime | None = None
    # BEYOND_HORIZON: the last local date that can be booked.
    last_date: date | None = None
    # OUTSIDE_HOURS: when the service can take place on that local date.
    hours: tuple[tuple[datetime, datetime], ...] | None = None
    # OFF_STEP: minutes from one start to the next.
    step_minutes: int | None = None


class SlotExplained(View):
    """A start that is open, or all reasons why it is not; never who has it. `next_starts` are open."""

    open: bool
    session_id: UUID | None
    seats_left: int
    reasons: tuple[ReasonView, ...]
    next_starts: tuple[datetime, ...]


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
