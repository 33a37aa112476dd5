"""The slot engine, without a database: many trainers for a week, one for a month, beside asking slot by slot.

The peer keeps no sets: for each step of each shift it asks zoneinfo, the hours and every session again, as
booking systems commonly do. It offers the same slots, which each run compares.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from benches.report import print_json, print_table
from courtside.availability.model import (
    Busy,
    Cap,
    CapPeriod,
    LocalRange,
    Override,
    Slot,
    SlotFacts,
    SlotRules,
    WeeklyHours,
)
from courtside.availability.slots import open_slots

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
MONDAY = date(2026, 3, 23)
TRAINERS = 88
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def run(*, quick: bool = False) -> None:
    """Print medians of several runs in milliseconds, and what the peer takes for the same slots."""
    runs = 5 if quick else 25
    rows, figures = [], {}
    for name, cases, days in _scenarios():
        ours = _ask_all(_ask, cases, days)
        theirs = _ask_all(_slot_by_slot, cases, days)
        if ours != theirs:
            raise AssertionError(f"{name}: the engine and the slot-by-slot check disagree")
        engine = _median_ms(runs, partial(_ask_all, _ask, cases, days))
        naive = _median_ms(max(3, runs // 5), partial(_ask_all, _slot_by_slot, cases, days))
        slots = sum(map(len, ours))
        rows.append([name, str(slots), f"{engine:.2f}", f"{naive:.1f}", f"{naive / engine:.1f}"])
        figures[name] = {"slots": slots, "engine_ms": engine, "slot_by_slot_ms": naive}
    print_table(
        "Open slots, milliseconds (medians)",
        ("question", "slots", "engine", "slot by slot", "ratio"),
        rows,
        ["The week holds the night on which Berlin's clocks leap."],
    )
    print_json("slots", figures)


def _scenarios() -> list[tuple[str, list[SlotFacts], int]]:
    plain = [_facts(number, full=False) for number in range(TRAINERS)]
    full = [_facts(number, full=True) for number in range(TRAINERS)]
    return [
        (f"{TRAINERS} trainers, a week", plain, 7),
        (f"{TRAINERS} trainers, a week, caps, rooms, time off", full, 7),
        ("one trainer, a month", plain[:1], 31),
        ("one trainer, a month, caps, rooms, time off", full[:1], 31),
    ]


def _facts(number: int, *, full: bool) -> SlotFacts:
    """Weekdays from 09:00 to 17:00 with a break, in half hours, and some sessions on every day."""
    zone = ZoneInfo(ZONES[number % len(ZONES)])
    noon = datetime.combine(MONDAY, time(12), tzinfo=zone).astimezone(UTC)
    sessions = [noon + day * DAY + hours * 60 * MINUTE for day in range(31) for hours in (-3, 1, 3)]
    facts: SlotFacts = {
        "rules": SlotRules(
            duration_minutes=60,
            step_minutes=60,
            horizon_days=60,
            buffer_after_minutes=0,
            min_notice_minutes=60,
        ),
        "hours": WeeklyHours({day: (LocalRange(540, 720), LocalRange(720, 1_020)) for day in range(1, 6)}),
        "overrides": [Override(MONDAY + 3 * DAY, (LocalRange(600, 1_200),))],
        "busy": [Busy(start, start + 60 * MINUTE) for start in sessions[number % 3 :: 3]],
        "zone": zone,
        "now": noon - 2 * DAY,
    }
    if full:
        facts["time_off"] = [Busy(noon + 4 * DAY, noon + 5 * DAY)]
        facts["resource_busy"] = [Busy(start + 30 * MINUTE, start + 90 * MINUTE) for start in sessions[1::3]]
        facts["caps"] = [
            Cap(CapPeriod.DAY, 6, tuple(sessions[::2])),
            Cap(CapPeriod.WEEK, 40, tuple(sessions[::2])),
        ]
    return facts


def _ask_all(
    ask: Callable[[SlotFacts, int], list[Slot]], cases: list[SlotFacts], days: int
) -> list[list[Slot]]:
    return [ask(facts, days) for facts in cases]


def _ask(facts: SlotFacts, days: int) -> list[Slot]:
    return open_slots(first_date=MONDAY, last_date=MONDAY + (days - 1) * DAY, **facts)


def _slot_by_slot(facts: SlotFacts, days: int) -> list[Slot]:
    """For hours within a day, in steps from each shift, one question per rule and start."""
    special = {each.on_date: each.ranges for each in facts.get("overrides", ())}
    rules, zone = facts["rules"], facts["zone"]
    found = []
    for on in (MONDAY + day * DAY for day in range(days)):
        ranges = special.get(on, facts["hours"].by_weekday.get(on.isoweekday(), ()))
        for first, end in _joined(ranges):
            for minute in range(first, end - rules.duration_minutes + 1, rules.step_minutes):
                start = datetime.combine(on, time(minute // 60, minute % 60), tzinfo=zone).astimezone(UTC)
                if _is_open(start, facts):
                    found.append(Slot(start, start + rules.duration_minutes * MINUTE))
    return found


def _joined(ranges: tuple[LocalRange, ...]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for each in sorted(ranges, key=lambda r: r.start_minute):
        if joined and each.start_minute <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], each.end_minute))
        else:
            joined.append((each.start_minute, each.end_minute))
    return joined


def _is_open(start: datetime, facts: SlotFacts) -> bool:
    rules, zone = facts["rules"], facts["zone"]
    end = start + rules.duration_minutes * MINUTE
    if start < facts["now"] + rules.min_notice_minutes * MINUTE:
        return False
    taken = [*facts.get("time_off", ()), *facts.get("busy", ()), *facts.get("resource_busy", ())]
    if any(start < busy.ends_at and busy.starts_at < end for busy in taken):
        return False
    on = start.astimezone(zone).date()
    for cap in facts.get("caps", ()):
        dates = [each.astimezone(zone).date() for each in cap.starts]
        if cap.period is CapPeriod.WEEK:
            count = sum(each.isocalendar()[:2] == on.isocalendar()[:2] for each in dates)
        else:
            count = dates.count(on)
        if count >= cap.limit:
            return False
    return True


def _median_ms(runs: int, act: Callable[[], object]) -> float:
    taken = []
    for _ in range(runs):
        began = perf_counter()
        act()
        taken.append((perf_counter() - began) * 1_000)
    return median(taken)
