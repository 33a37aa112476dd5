"""The engine against the naive reference, over zones, dates, hours and rules, with clock changes favoured."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courtside.availability.model import (
    Busy,
    Cap,
    CapPeriod,
    LocalRange,
    Override,
    Slot,
    SlotRules,
    StepAnchor,
    WeeklyHours,
)
from courtside.availability.slots import decide_slot, explain_slot, open_slots
from tests.unit.availability.naive import DAY, MINUTE, Case

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Asia/Kathmandu",  # +05:45
    "Pacific/Chatham",  # +12:45 and summer time
    "America/St_Johns",  # changed at 00:01 until 2011: a date is entered twice
    "America/Sao_Paulo",  # midnight was skipped until 2018
    "America/Havana",  # midnight comes twice
    "Africa/Cairo",  # changes at midnight
    "Africa/Casablanca",  # clocks change around Ramadan
    "Antarctica/Troll",  # changes by two hours
    "Asia/Pyongyang",  # +08:30 to +09:00 in 2018
    "Pacific/Apia",  # skipped 2011-12-30
    "Pacific/Kiritimati",  # +14:00
    "Pacific/Pago_Pago",  # -11:00
)
YEARS = (2010, 2011, 2018, 2026)
QUICK = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@cache
def dates_of_change(name: str) -> list[date]:
    """The dates of the years under test on which the zone's offset is not what it was a day before."""
    zone, found = ZoneInfo(name), []
    for year in YEARS:
        noons = [datetime(year, 1, 1, 12, tzinfo=UTC) + day * DAY for day in range(365)]
        offsets = [noon.astimezone(zone).utcoffset() for noon in noons]
        found += [noons[day].date() for day in range(1, 365) if offsets[day] != offsets[day - 1]]
    return found


@st.composite
def zones_and_dates(draw: st.DrawFn) -> tuple[ZoneInfo, date]:
    name = draw(st.sampled_from(ZONES))
    anywhere = st.dates(date(2010, 1, 1), date(2036, 12, 31))
    changes = dates_of_change(name)
    near_a_change = draw(st.integers(0, 3)) > 0
    if changes and near_a_change:
        return ZoneInfo(name), draw(st.sampled_from(changes)) + draw(st.integers(-2, 1)) * DAY
    return ZoneInfo(name), draw(anywhere)


quarters = st.integers(0, 191).map(lambda quarter: quarter * 15)
minutes_of_two_days = quarters | st.integers(0, 2_879)
ranges = st.builds(
    lambda start, length: LocalRange(start, min(start + length, 2_880)),
    minutes_of_two_days,
    st.sampled_from([30, 60, 90, 240, 480, 1_440, 2_880]) | st.integers(1, 2_880),
)
range_lists = st.lists(ranges, max_size=3).map(tuple)
weeks = st.dictionaries(st.integers(1, 7), range_lists, min_size=3).map(WeeklyHours)


@st.composite
def rule_sets(draw: st.DrawFn) -> SlotRules:
    step = draw(st.sampled_from([5, 7, 15, 20, 30, 45, 50, 60, 90]))
    return SlotRules(
        duration_minutes=draw(st.sampled_from([10, 30, 45, 60, 90, 300])),
        step_minutes=step,
        step_offset_minutes=draw(st.just(0) | st.integers(0, step - 1)),
        step_anchor=draw(st.sampled_from(StepAnchor)),
        buffer_before_minutes=draw(st.sampled_from([0, 0, 5, 30, 120])),
        buffer_after_minutes=draw(st.sampled_from([0, 0, 10, 45])),
        min_notice_minutes=draw(st.sampled_from([0, 0, 60, 1_440])),
        horizon_days=draw(st.sampled_from([0, 1, 2, 60])),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, first_date = draw(zones_and_dates())
    midnight = datetime.combine(first_date, time(), tzinfo=UTC)
    around = st.integers(-2 * 1_440, 4 * 1_440)
    busy = st.builds(
        lambda start, length: Busy(midnight + start * MINUTE, midnight + (start + length) * MINUTE),
        around,
        st.integers(0, 300),
    )
    override = st.builds(
        lambda off, ranges: Override(first_date + off * DAY, ranges), st.integers(-2, 3), range_lists
    )
    cap = st.builds(
        Cap,
        st.sampled_from(CapPeriod),
        st.sampled_from([1, 1, 1, 2, 3, 0]),
        st.lists(around.map(lambda start: midnight + start * MINUTE), max_size=4).map(tuple),
    )
    return Case(
        rules=draw(rule_sets()),
        hours=draw(weeks),
        overrides=draw(st.lists(override, max_size=3)),
        busy=draw(st.lists(busy, max_size=4)),
        time_off=draw(st.lists(busy, max_size=1)),
        resource_busy=draw(st.lists(busy, max_size=1)),
        caps=draw(st.just([]) | st.lists(cap, max_size=2)),
        zone=zone,
        now=midnight + timedelta(seconds=draw(st.just(-86_400) | st.integers(-2 * 86_400, 86_400))),
        first_date=first_date,
        last_date=first_date + draw(st.integers(0, 1)) * DAY,
    )


def offered(case: Case, first_date: date, last_date: date) -> list[Slot]:
    return open_slots(**facts(case), first_date=first_date, last_date=last_date)


def facts(case: Case) -> dict[str, Any]:
    names = ("rules", "hours", "overrides", "busy", "time_off", "resource_busy", "caps", "zone", "now")
    return {name: getattr(case, name) for name in names}


@QUICK
@given(cases())
def test_what_is_offered_is_what_the_reference_finds_minute_by_minute(case: Case) -> None:
    expected = [minute for minute in case.minutes() if case.is_open(minute)]
    slots = offered(case, case.first_date, case.last_date)
    assert [slot.starts_at for slot in slots] == expected
    assert {slot.ends_at - slot.starts_at for slot in slots} <= {case.rules.duration_minutes * MINUTE}


@QUICK
@given(cases(), st.data())
def test_every_offered_slot_is_accepted_and_every_other_start_refused_for_its_reason(
    case: Case, data: st.DataObject
) -> None:
    slots = {slot.starts_at: slot for slot in offered(case, case.first_date, case.last_date)}
    minutes = case.minutes()
    asked = data.draw(st.lists(st.sampled_from(minutes), max_size=12)) if minutes else []
    for start in [*asked, *list(slots)[:12]]:
        decision = decide_slot(start, **facts(case))
        assert decision == (slots[start] if start in slots else case.refusal(start))


@QUICK
@given(cases(), st.data())
def test_an_explanation_agrees_with_the_decision_and_proposes_what_is_offered(
    case: Case, data: st.DataObject
) -> None:
    minutes = case.minutes()
    if not minutes:
        return
    start = data.draw(st.sampled_from(minutes))
    found = explain_slot(start, **facts(case))
    decision = decide_slot(start, **facts(case))
    assert (found.slot or found.refusals[0]) == decision
    assert all(isinstance(decide_slot(each, **facts(case)), Slot) for each in found.next_starts)
    near = [each for each in found.next_starts if each <= minutes[-1]]
    expected = [slot.starts_at for slot in offered(case, case.first_date, case.last_date)]
    assert near == [each for each in expected if each >= start][: len(near)]
    assert len(near) == min(3, len([each for each in expected if each >= start]))


@QUICK
@given(cases())
def test_no_offered_slot_overlaps_busy_time_or_leaves_the_hours(case: Case) -> None:
    before, after = (
        timedelta(minutes=case.rules.buffer_before_minutes),
        timedelta(minutes=case.rules.buffer_after_minutes),
    )
    for slot in offered(case, case.first_date, case.last_date):
        assert not any(case.is_off(slot.starts_at + at * MINUTE) for at in range(case.rules.duration_minutes))
        for busy in [*case.busy, *case.resource_busy]:
            overlap = min(slot.ends_at + after, busy.ends_at) - max(slot.starts_at - before, busy.starts_at)
            assert overlap <= timedelta(0)
        assert case.works(slot.starts_at)
        assert case.works(slot.ends_at - MINUTE)


@QUICK
@given(cases(), st.integers(0, 9))
def test_a_long_look_offers_what_its_single_days_offer(case: Case, days: int) -> None:
    last_date = case.first_date + days * DAY
    day_by_day = [
        slot for day in range(days + 1) for slot in offered(case, *[case.first_date + day * DAY] * 2)
    ]
    assert offered(case, case.first_date, last_date) == sorted(day_by_day, key=lambda slot: slot.starts_at)
