"""A plain reference for open slots, apart from the engine: each minute asked on its own, through zoneinfo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from courtside.availability.model import (
    Busy,
    Cap,
    CapPeriod,
    LocalRange,
    Override,
    SlotRefusal,
    SlotRules,
    StepAnchor,
    WeeklyHours,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """One question to the engine, with everything it depends on."""

    rules: SlotRules
    hours: WeeklyHours
    overrides: Sequence[Override]
    busy: Sequence[Busy]
    zone: ZoneInfo
    now: datetime
    first_date: date
    last_date: date
    time_off: Sequence[Busy] = ()
    resource_busy: Sequence[Busy] = ()
    caps: Sequence[Cap] = ()

    def minutes(self) -> list[datetime]:
        """Every whole minute whose local date is asked for, in order."""
        at = datetime(self.first_date.year, self.first_date.month, self.first_date.day, tzinfo=UTC) - 2 * DAY
        count = ((self.last_date - self.first_date).days + 5) * 1_440
        around = (at + each * MINUTE for each in range(count))
        return [each for each in around if self.first_date <= self._wall(each).date() <= self.last_date]

    def is_open(self, start: datetime) -> bool:
        """Whether no rule refuses the start; most minutes are off step, which is quick to see."""
        return self._on_step(start) and self.refusal(start) is None

    def refusal(self, start: datetime) -> SlotRefusal | None:
        """Why the start is not open, rule by rule in the engine's order; None if it is open."""
        rules = self.rules
        if start < self.now + timedelta(minutes=rules.min_notice_minutes):
            return SlotRefusal.TOO_SOON
        if self._wall(start).date() > self._wall(self.now).date() + timedelta(days=rules.horizon_days):
            return SlotRefusal.BEYOND_HORIZON
        if not all(self.works(start + each * MINUTE) for each in range(rules.duration_minutes)):
            return SlotRefusal.OUTSIDE_HOURS
        if any(self._overlaps(start, off) for off in self.time_off):
            return SlotRefusal.TIME_OFF
        if any(self._meets(start, busy) for busy in self.busy):
            return SlotRefusal.BUSY
        if any(self._meets(start, busy) for busy in self.resource_busy):
            return SlotRefusal.RESOURCE_BUSY
        if any(self._is_full(start, cap) for cap in self.caps):
            return SlotRefusal.CAP_REACHED
        return None if self._on_step(start) else SlotRefusal.OFF_STEP

    def works(self, at: datetime) -> bool:
        """Whether the trainer works during the minute that begins at the instant."""
        return bool(self._shift_starts(at))

    def is_off(self, at: datetime) -> bool:
        """Whether the trainer has the minute off that begins at the instant."""
        return any(off.starts_at < at + MINUTE and at < off.ends_at for off in self.time_off)

    def _overlaps(self, start: datetime, off: Busy) -> bool:
        return max(start, off.starts_at) < min(start + self.rules.duration_minutes * MINUTE, off.ends_at)

    def _is_full(self, start: datetime, cap: Cap) -> bool:
        """Whether as many sessions as the cap allows start on the same date, or in the same ISO week."""
        on = self._wall(start).date()
        others = [self._wall(each).date() for each in cap.starts]
        if cap.period is CapPeriod.DAY:
            return others.count(on) >= cap.limit
        return [other.isocalendar()[:2] for other in others].count(on.isocalendar()[:2]) >= cap.limit

    def _meets(self, start: datetime, busy: Busy) -> bool:
        blocked_from = start - self.rules.buffer_before_minutes * MINUTE
        blocked_to = start + (self.rules.duration_minutes + self.rules.buffer_after_minutes) * MINUTE
        return max(blocked_from, busy.starts_at) < min(blocked_to, busy.ends_at)

    def _on_step(self, start: datetime) -> bool:
        return any(self._counts_from(begun, minute) for begun, minute in self._shift_starts(start))

    def _counts_from(self, begun: int, minute: int) -> bool:
        anchor = begun
        if self.rules.step_anchor is StepAnchor.CLOCK:
            unit = max(each for each in (1, 5, 10, 15, 20, 30, 60) if self.rules.step_minutes % each == 0)
            while anchor % unit:
                anchor += 1
        return (minute - anchor - self.rules.step_offset_minutes) % self.rules.step_minutes == 0

    def _shift_starts(self, at: datetime) -> list[tuple[int, int]]:
        """For each date whose hours cover the instant: the minute its shift began, and the minute now."""
        if at not in self._covered:
            wall = self._wall(at)
            today, yesterday, minute = wall.date(), wall.date() - DAY, wall.hour * 60 + wall.minute
            found = []
            if not self._is_closed(today):
                for worked, counted in (
                    (self._worked(today), minute),
                    (self._worked(yesterday), minute + 1_440),
                ):
                    if counted in worked:
                        found.append((worked[counted], counted))
            self._covered[at] = found
        return self._covered[at]

    def _worked(self, on: date) -> dict[int, int]:
        """Each worked minute of a date's hours -> the minute at which its unbroken run began."""
        if on not in self._by_date:
            special = [override for override in self.overrides if override.on_date == on]
            ranges: list[LocalRange] = [each for override in special for each in override.ranges]
            if not special:
                ranges = list(self.hours.by_weekday.get(on.isoweekday(), ()))
            worked = {minute for each in ranges for minute in range(each.start_minute, each.end_minute)}
            begun: dict[int, int] = {}
            for minute in sorted(worked):
                begun[minute] = begun.get(minute - 1, minute)
            self._by_date[on] = begun
        return self._by_date[on]

    def _is_closed(self, on: date) -> bool:
        return any(override.on_date == on for override in self.overrides) and not self._worked(on)

    def _wall(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    @cached_property
    def _by_date(self) -> dict[date, dict[int, int]]:
        return {}

    @cached_property
    def _covered(self) -> dict[datetime, list[tuple[int, int]]]:
        return {}
