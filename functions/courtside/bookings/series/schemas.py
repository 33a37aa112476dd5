"""What clients send and get for series of bookings."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from courtside.bookings.recurrence import MOST_OCCURRENCES, Every, Pattern, ShortMonths
from courtside.bookings.schemas import OnTerms, OutcomeView, PayWith, Seats, SeatsWanted
from courtside.edge.commands import CommandSchema, QuerySchema, View
from courtside.fields import CalendarDate, Instant, ShortText, UserId

Mode = Literal["all_or_nothing", "best_effort"]
Scope = Literal["this", "following", "all"]
Weekday = Annotated[int, Field(ge=1, le=7)]


class Repeat(BaseModel):
    """Every `interval` days, weeks (on `weekdays`, 1 Monday) or months, `count` times or `until` a date, included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: Every
    interval: Annotated[int, Field(ge=1, le=52)] = 1
    weekdays: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    count: Annotated[int, Field(ge=1, le=MOST_OCCURRENCES)] | None = None
    until: CalendarDate | None = None
    short_months: ShortMonths = ShortMonths.SKIP

    @model_validator(mode="after")
    def _ends_in_one_way(self) -> Self:
        if (self.count is None) == (self.until is None):
            raise ValueError("either count or until")
        if self.weekdays and self.every is not Every.WEEK:
            raise ValueError("weekdays are for weeks")
        return self

    def pattern(self, first: datetime) -> Pattern:
        """The rule from its first local date-time."""
        return Pattern(
            first,
            self.every,
            self.interval,
            tuple(sorted(set(self.weekdays))),
            self.count,
            self.until,
            self.short_months,
        )


class Recurring(BaseModel):
    """When: `starts_at` is the first, and the rest have its time on the trainer's wall clock."""

    repeat: Repeat
    exceptions: Annotated[tuple[CalendarDate, ...], Field(max_length=MOST_OCCURRENCES)] = ()


class BookSeries(SeatsWanted, Recurring):
    """`bookings.book_series`: every date or none, or as many as can be had."""

    pay_with: PayWith = "money"
    mode: Mode = "all_or_nothing"

    @property
    def with_credits(self) -> bool:
        return self.pay_with == "credits"


class PreviewSeries(QuerySchema, Recurring):
    """`bookings.preview_series`: the dates, and which of them could be booked now."""

    service_id: UUID
    starts_at: Instant
    seats: Seats = 1
    client_id: UserId | None = None


class CancelSeries(CommandSchema, OnTerms):
    """`bookings.cancel_series`: one booking of a series, it and those after it, or all that are to come."""

    booking_id: UUID
    scope: Scope
    reason: ShortText | None = None


class RescheduleSeries(CommandSchema, OnTerms):
    """`bookings.reschedule_series`: that booking to `starts_at`, the others as far on the trainer's wall clock."""

    booking_id: UUID
    scope: Scope
    starts_at: Instant
    mode: Mode = "all_or_nothing"


class SeriesDate(View):
    """One date of a series: its booking, or the reason for which there is none."""

    on_date: str
    starts_at: datetime
    booking_id: UUID | None
    status: str | None
    reason: str | None


class SeriesView(View):
    """A series, date by date."""

    series_id: UUID | None
    booked: int
    dates: tuple[SeriesDate, ...]


class ChangedDate(View):
    """What became of one booking of a series, or the reason for which nothing did; `starts_at` is the new one."""

    booking_id: UUID
    on_date: str
    starts_at: datetime
    reason: str | None
    outcome: OutcomeView | None


class ChangedSeriesView(View):
    """What became of the bookings of a series."""

    series_id: UUID
    changed: int
    dates: tuple[ChangedDate, ...]
