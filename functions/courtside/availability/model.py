"""What availability is decided from: hours, overrides, busy time, caps, the rules of a service, and slots."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NotRequired, TypedDict
from zoneinfo import ZoneInfo

from courtside.errors import Code, Refusal

MINUTES_PER_DAY = 1_440
MAX_RANGE_MINUTE = 2 * MINUTES_PER_DAY
MAX_SLOT_MINUTES = 7 * MINUTES_PER_DAY
MAX_HORIZON_DAYS = 3_650
MAX_CAP = 10_000


@dataclass(frozen=True, slots=True)
class LocalRange:
    """Working time of one date, in minutes from that date's local midnight, end exclusive.

    Bounds: 0 <= start < end <= 2,880. Above 1,440 lies the following date: 1,320-1,560 is 22:00 until 02:00.
    """

    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < self.end_minute <= MAX_RANGE_MINUTE:
            raise ValueError(
                f"not a range within 0..{MAX_RANGE_MINUTE}: {self.start_minute}-{self.end_minute}"
            )


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The regular week: ISO weekday (1 Monday .. 7 Sunday) -> ranges that begin on it; no ranges, closed.

    Ranges of a day may come in any order and may touch or overlap; they count as one where they do.
    """

    by_weekday: Mapping[int, tuple[LocalRange, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if foreign := [weekday for weekday in self.by_weekday if not 1 <= weekday <= 7]:
            raise ValueError(f"not ISO weekdays: {foreign}")


@dataclass(frozen=True, slots=True)
class Override:
    """Hours of one date in place of the weekly ones; without ranges the date is closed.

    With ranges, it replaces what *begins* on the date; hours of the evening before that run past midnight
    stay, as they belong to the evening before. Closed, the whole calendar date is off: such hours end at
    midnight. Several overrides of one date add up.
    """

    on_date: date
    ranges: tuple[LocalRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Busy:
    """Taken time, aware, end exclusive, already widened by the buffers of the session that takes it."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("busy time must be aware")
        if self.ends_at < self.starts_at:
            raise ValueError(f"busy time ends before it starts: {self.starts_at} - {self.ends_at}")


class CapPeriod(StrEnum):
    """What a cap counts over, by the local date on which sessions start; weeks run from Monday to Sunday."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Cap:
    """No further session may start in a period in which `limit` of these aware `starts` lie already."""

    period: CapPeriod
    limit: int
    starts: tuple[datetime, ...]

    def __post_init__(self) -> None:
        _require("limit", self.limit, 0, MAX_CAP)


class StepAnchor(StrEnum):
    """Where the steps of the starts are counted from.

    Take hours from 09:30 and steps of 60 minutes. `WORKING_RANGE` counts from the beginning of each working
    range (09:30, 10:30, ...), as Easy!Appointments and Acuity do: nothing of the hours that a trainer wrote
    down is lost. `CLOCK` moves the first start to a round time (10:00, 11:00, ...), as cal.com does: the
    first multiple of the largest of 60, 30, 20, 15, 10 and 5 minutes that divides the step.
    """

    WORKING_RANGE = "working_range"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRules:
    """How a service may be booked; minutes unless the name says days.

    `step_offset_minutes` moves every start after its anchor: 5 gives 09:05, 09:35, ... for hours from 09:00
    and steps of 30. `horizon_days` counts local dates of the trainer after today's: 0 is today only, 1 until
    the end of tomorrow.
    """

    duration_minutes: int
    step_minutes: int
    horizon_days: int
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    step_offset_minutes: int = 0
    min_notice_minutes: int = 0
    step_anchor: StepAnchor = StepAnchor.WORKING_RANGE

    def __post_init__(self) -> None:
        _require("duration_minutes", self.duration_minutes, 1, MAX_SLOT_MINUTES)
        _require("step_minutes", self.step_minutes, 1, MAX_SLOT_MINUTES)
        _require("buffer_before_minutes", self.buffer_before_minutes, 0, MAX_SLOT_MINUTES)
        _require("buffer_after_minutes", self.buffer_after_minutes, 0, MAX_SLOT_MINUTES)
        _require("step_offset_minutes", self.step_offset_minutes, 0, self.step_minutes - 1)
        _require("min_notice_minutes", self.min_notice_minutes, 0, MAX_HORIZON_DAYS * MINUTES_PER_DAY)
        _require("horizon_days", self.horizon_days, 0, MAX_HORIZON_DAYS)


@dataclass(frozen=True, slots=True)
class Slot:
    """A bookable start and its end, aware UTC; buffers are not part of it."""

    starts_at: datetime
    ends_at: datetime


class SlotFacts(TypedDict):
    """What the slots of one service depend on; what is left out is empty."""

    rules: SlotRules
    hours: WeeklyHours
    # The trainer's zone: of the hours, the dates, and the days and weeks of caps.
    zone: ZoneInfo
    # Aware, in any zone.
    now: datetime
    overrides: NotRequired[Iterable[Override]]
    # Sessions of the trainer, widened by their buffers: the buffers of the service keep clear of them as well.
    busy: NotRequired[Iterable[Busy]]
    # As outside the hours: a session does not reach into it, its buffers may.
    time_off: NotRequired[Iterable[Busy]]
    # Sessions of others in the room of the service, widened by their buffers.
    resource_busy: NotRequired[Iterable[Busy]]
    caps: NotRequired[Iterable[Cap]]


class SlotRefusal(StrEnum):
    """Why a start cannot be booked; when several reasons hold, the first in this order is given."""

    TOO_SOON = "too_soon"
    BEYOND_HORIZON = "beyond_horizon"
    OUTSIDE_HOURS = "outside_hours"
    TIME_OFF = "time_off"
    BUSY = "busy"
    RESOURCE_BUSY = "resource_busy"
    CAP_REACHED = "cap_reached"
    OFF_STEP = "off_step"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a start is open or not: its slot, or every reason that holds, and the next starts that are open."""

    starts_at: datetime
    slot: Slot | None
    refusals: tuple[SlotRefusal, ...]
    next_starts: tuple[datetime, ...]


def _require(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} must be within {least}..{most}, is {value}")


class DateOutOfReach(Refusal):
    """Hours can be set from yesterday until two years ahead."""

    reason = "DATE_OUT_OF_REACH"


class TimeOffNotFound(Refusal):
    """You have no such time off."""

    code = Code.NOT_FOUND
    reason = "TIME_OFF_NOT_FOUND"


class ResourceNameTaken(Refusal):
    """There is a resource of that name already."""

    code = Code.ALREADY_EXISTS
    reason = "RESOURCE_NAME_TAKEN"
