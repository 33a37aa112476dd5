"""Which starts a service offers, and whether one start is offered: the same sets answer both questions.

Every rule is turned into the set of starts that it allows (epoch seconds): not before now plus notice, on a
local date within the horizon, the whole session inside working hours, session and buffers clear of busy time.
Starts on the step are arithmetic progressions, one per shift and offset. Open is what lies in all of them; a
refusal names the first that a start is not in. Nothing is calculated per slot but the slot itself.

- Buffers keep a session away from busy time, not from the edge of the hours: with hours until 17:00 and a
  buffer of 30 minutes after, 16:00-17:00 is offered (cal.com does the same). Buffers of neighbours add up;
  they are not shared.
- Steps are counted on the local wall clock from each shift, see `StepAnchor`; busy time never moves them. A
  time repeated on a night when the clocks fall back is offered twice, at two instants; one that does not
  exist, never.
- A slot belongs to the local date of its start, and may end after midnight or run from one shift into the
  next.
- Time off is like time outside the hours: buffers may reach into it. Buffers keep clear of the room's other
  sessions as they do of the trainer's.
- Caps count sessions by the local date of their start, whatever their length and their seats.
- All callers pass `busy` for the time in question, without the session being moved when one is rescheduled.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TypeAlias, Unpack
from zoneinfo import ZoneInfo

from courtside.availability.caps import full_time
from courtside.availability.hours import shifts, working_time
from courtside.availability.model import (
    MINUTES_PER_DAY,
    Busy,
    Explanation,
    Slot,
    SlotFacts,
    SlotRefusal,
    SlotRules,
    StepAnchor,
)
from courtside.availability.spans import BEGINNING, FOREVER, Span, contains, gaps, intersect, merge, pick
from courtside.availability.wallclock import DAY, SECOND, Stretch, date_of, day_of, instants, stretches

_Limit: TypeAlias = tuple[SlotRefusal, list[Span]]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROUND_CLOCK_MINUTES = (60, 30, 20, 15, 10, 5, 1)
FIRST_LOOK_DAYS = 7


def open_slots(*, first_date: date, last_date: date, **facts: Unpack[SlotFacts]) -> list[Slot]:
    """The open slots whose local date in `zone` is within first_date..last_date (both included), by start.

    `now` is aware (ValueError if not); dates in the past or beyond the horizon simply have no slots.
    """
    rules, zone, now = facts["rules"], facts["zone"], facts["now"]
    limits = _time_limits(rules, zone, now)
    first_day = max(day_of(first_date), _earliest_start(rules, now) // DAY - 1)
    last_day = min(day_of(last_date), _last_bookable_day(rules, zone, now))
    if first_day > last_day:
        return []
    calendar = _calendar(facts, first_day, last_day)
    allowed = merge(instants((first_day * DAY, (last_day + 1) * DAY), calendar.clock))
    for _, starts in limits + calendar.limits:
        allowed = intersect(allowed, starts)
    found = {start for steps in calendar.steps for part in pick(steps, allowed) for start in part}
    return _slots(sorted(found), rules)


def decide_slot(starts_at: datetime, **facts: Unpack[SlotFacts]) -> Slot | SlotRefusal:
    """The slot that begins at `starts_at`, or why there is none; `open_slots` offers exactly these slots.

    `starts_at` and `now` are aware, in any zone (ValueError if not).
    """
    refusal = next(_refusals(starts_at, facts), None)
    return _slots([_floor_seconds(starts_at)], facts["rules"])[0] if refusal is None else refusal


def explain_slot(starts_at: datetime, *, alternatives: int = 3, **facts: Unpack[SlotFacts]) -> Explanation:
    """The slot that begins at `starts_at`, or every reason why there is none, in the order of `SlotRefusal`.

    With it come up to so many open starts at or after `starts_at`; none are before now. `starts_at` and `now`
    are aware (ValueError if not) and of the years 2..9998.
    """
    refusals = tuple(_refusals(starts_at, facts))
    slot = None if refusals else _slots([_floor_seconds(starts_at)], facts["rules"])[0]
    upcoming = islice(slots_from(max(starts_at, facts["now"]), **facts), alternatives)
    return Explanation(starts_at, slot, refusals, tuple(each.starts_at for each in upcoming))


def slots_from(earliest: datetime, **facts: Unpack[SlotFacts]) -> Iterator[Slot]:
    """The open slots from an aware moment until the horizon, looked for as far as they are asked for."""
    day = day_of(earliest.astimezone(facts["zone"]).date())
    last = _last_bookable_day(facts["rules"], facts["zone"], facts["now"])
    days = FIRST_LOOK_DAYS
    while day <= last:
        until = min(day + days - 1, last)
        found = open_slots(first_date=date_of(day), last_date=date_of(until), **facts)
        yield from (slot for slot in found if slot.starts_at >= earliest)
        day, days = until + 1, days * 2


@dataclass(frozen=True, slots=True)
class _Calendar:
    """What some days of one trainer allow: by hours, by what is taken, by caps, and by step."""

    clock: list[Stretch]
    limits: list[_Limit]
    steps: list[range]


def _refusals(starts_at: datetime, facts: SlotFacts) -> Iterator[SlotRefusal]:
    """Every reason against a start; what time alone rules out is found before a date is looked at."""
    start = _floor_seconds(starts_at)
    for refusal, starts in _time_limits(facts["rules"], facts["zone"], facts["now"]):
        if not contains(starts, start):
            yield refusal
    day = day_of(starts_at.astimezone(facts["zone"]).date())
    calendar = _calendar(facts, day, day)
    for refusal, starts in calendar.limits:
        if not contains(starts, start):
            yield refusal
    if starts_at.microsecond or not any(start in steps for steps in calendar.steps):
        yield SlotRefusal.OFF_STEP


def _calendar(facts: SlotFacts, first_day: int, last_day: int) -> _Calendar:
    """Exact for starts on the local days first..last: looks as far around as a session and a leap reach."""
    rules = facts["rules"]
    last_day += rules.duration_minutes // MINUTES_PER_DAY + 2
    clock = stretches(facts["zone"], first_day, last_day)
    wall_shifts = shifts(facts["hours"], facts.get("overrides", ()), first_day - 1, last_day)
    return _Calendar(
        clock, _calendar_limits(facts, wall_shifts, clock), list(_steps(wall_shifts, clock, rules))
    )


def _calendar_limits(facts: SlotFacts, wall_shifts: list[Span], clock: list[Stretch]) -> list[_Limit]:
    rules = facts["rules"]
    bare = replace(rules, buffer_before_minutes=0, buffer_after_minutes=0)
    return [
        (SlotRefusal.OUTSIDE_HOURS, _starts_within(working_time(wall_shifts, clock), rules)),
        (SlotRefusal.TIME_OFF, _starts_clear_of(facts.get("time_off", ()), bare)),
        (SlotRefusal.BUSY, _starts_clear_of(facts.get("busy", ()), rules)),
        (SlotRefusal.RESOURCE_BUSY, _starts_clear_of(facts.get("resource_busy", ()), rules)),
        (SlotRefusal.CAP_REACHED, gaps(full_time(facts.get("caps", ()), facts["zone"], clock))),
    ]


def _time_limits(rules: SlotRules, zone: ZoneInfo, now: datetime) -> list[_Limit]:
    return [
        (SlotRefusal.TOO_SOON, [(_earliest_start(rules, now), FOREVER)]),
        (SlotRefusal.BEYOND_HORIZON, _until_end_of(_last_bookable_day(rules, zone, now), zone)),
    ]


def _earliest_start(rules: SlotRules, now: datetime) -> int:
    return _ceil_seconds(now) + rules.min_notice_minutes * 60


def _last_bookable_day(rules: SlotRules, zone: ZoneInfo, now: datetime) -> int:
    return day_of(now.astimezone(zone).date()) + rules.horizon_days


def _until_end_of(day: int, zone: ZoneInfo) -> list[Span]:
    """All instants up to the end of a local date: two spans where the clock falls back over that midnight."""
    earlier, *later = stretches(zone, day, day)
    return merge(instants((BEGINNING, (day + 1) * DAY), [earlier._replace(first=BEGINNING), *later]))


def _starts_within(worked: list[Span], rules: SlotRules) -> list[Span]:
    """Starts from which the whole session fits into working time."""
    duration = rules.duration_minutes * 60
    return [(first, end - duration + 1) for first, end in worked if end - first >= duration]


def _starts_clear_of(busy: Iterable[Busy], rules: SlotRules) -> list[Span]:
    """Starts from which session and buffers meet no busy time; busy time without length blocks nothing."""
    before = rules.buffer_before_minutes * 60
    after = (rules.duration_minutes + rules.buffer_after_minutes) * 60
    return gaps(
        merge(
            (_floor_seconds(each.starts_at) - after + 1, _ceil_seconds(each.ends_at) + before)
            for each in busy
            if each.starts_at < each.ends_at
        )
    )


def _steps(wall_shifts: Iterable[Span], clock: Iterable[Stretch], rules: SlotRules) -> Iterator[range]:
    """The starts on the step, as one progression per shift and stretch of the clock."""
    step = rules.step_minutes * 60
    for shift in wall_shifts:
        anchor = _anchor(shift[0], rules) + rules.step_offset_minutes * 60
        for stretch in clock:
            for first, end in instants(shift, [stretch]):
                yield range(first + (anchor - stretch.offset - first) % step, end, step)


def _anchor(wall_start: int, rules: SlotRules) -> int:
    if rules.step_anchor is StepAnchor.WORKING_RANGE:
        return wall_start
    unit = 60 * next(minutes for minutes in ROUND_CLOCK_MINUTES if rules.step_minutes % minutes == 0)
    return -(-wall_start // unit) * unit


def _slots(starts: Iterable[int], rules: SlotRules) -> list[Slot]:
    duration = timedelta(minutes=rules.duration_minutes)
    moments = (datetime.fromtimestamp(start, UTC) for start in starts)
    return [Slot(starts_at, starts_at + duration) for starts_at in moments]


def _floor_seconds(moment: datetime) -> int:
    _require_aware(moment)
    return (moment - EPOCH) // SECOND


def _ceil_seconds(moment: datetime) -> int:
    _require_aware(moment)
    return -((EPOCH - moment) // SECOND)


def _require_aware(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a zone: {moment}")
