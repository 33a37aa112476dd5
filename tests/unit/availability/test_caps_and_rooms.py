"""Caps by local day and week, time off, and time that others take in a room."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from courtside.availability.model import Cap, CapPeriod, Explanation, SlotRefusal
from courtside.availability.slots import decide_slot, explain_slot, open_slots
from tests.unit.availability.builders import (
    BERLIN,
    MONDAY,
    build_busy,
    build_hours,
    build_override,
    build_rules,
    local,
)

HOURS = build_hours("09:00-12:00")
NOW = local(MONDAY, "00:00")


def dates_open(cap: Cap, first: date, last: date, zone: ZoneInfo = BERLIN) -> list[date]:
    slots = open_slots(
        rules=build_rules(),
        hours=HOURS,
        zone=zone,
        now=local(first, "00:00", zone),
        caps=[cap],
        first_date=first,
        last_date=last,
    )
    return sorted({slot.starts_at.astimezone(zone).date() for slot in slots})


def explain(starts_at: datetime, **facts: object) -> Explanation:
    defaults = {"rules": build_rules(), "hours": HOURS, "zone": BERLIN, "now": NOW}
    return explain_slot(starts_at, **{**defaults, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(("limit", "open_"), [(0, False), (1, False), (2, True)])
def test_a_day_is_full_with_as_many_sessions_as_its_cap(limit: int, open_: bool) -> None:
    cap = Cap(CapPeriod.DAY, limit, (local(MONDAY, "10:00"),))
    assert (MONDAY in dates_open(cap, MONDAY, MONDAY)) is open_


def test_sessions_count_on_the_local_date_of_their_start() -> None:
    # 23:30 on Sunday in Berlin is 21:30 UTC of Sunday; 00:30 on Monday is still Sunday in UTC.
    tuesday = MONDAY + timedelta(days=1)
    late = Cap(CapPeriod.DAY, 1, (local(MONDAY - timedelta(days=1), "23:30"), local(tuesday, "00:30")))
    assert dates_open(late, MONDAY, tuesday) == [MONDAY]


def test_a_week_runs_from_monday_to_sunday_of_the_zone() -> None:
    sunday = MONDAY + timedelta(days=6)
    cap = Cap(CapPeriod.WEEK, 1, (local(sunday, "23:59"),))
    around = dates_open(cap, MONDAY - timedelta(days=1), sunday + timedelta(days=1))
    assert around == [MONDAY - timedelta(days=1), sunday + timedelta(days=1)]


def test_the_week_of_a_clock_change_is_closed_to_its_last_minute() -> None:
    # The clocks fall back on Sunday, 25 October: the week has 169 hours.
    cap = Cap(CapPeriod.WEEK, 1, (local(date(2026, 10, 20), "10:00"),))
    assert dates_open(cap, date(2026, 10, 19), date(2026, 10, 26)) == [date(2026, 10, 26)]


def test_buffers_may_reach_into_time_off_and_not_into_the_rooms_other_sessions() -> None:
    rules = build_rules(buffer_after_minutes=30)
    taken = [build_busy("11:00", "12:00")]
    ten = local(MONDAY, "10:00")
    facts = {"rules": rules, "hours": HOURS, "zone": BERLIN, "now": NOW}
    assert not isinstance(decide_slot(ten, time_off=taken, **facts), SlotRefusal)  # type: ignore[arg-type]
    assert decide_slot(ten, resource_busy=taken, **facts) is SlotRefusal.RESOURCE_BUSY  # type: ignore[arg-type]


def test_every_reason_is_told_in_order() -> None:
    found = explain(
        local(MONDAY, "11:30"),
        now=local(MONDAY, "11:45"),
        time_off=[build_busy("11:00", "12:00")],
        busy=[build_busy("11:40", "11:50")],
        resource_busy=[build_busy("12:00", "13:00")],
        caps=[Cap(CapPeriod.DAY, 1, (local(MONDAY, "09:00"),))],
    )
    assert found.slot is None
    assert found.refusals == (
        SlotRefusal.TOO_SOON,
        SlotRefusal.OUTSIDE_HOURS,
        SlotRefusal.TIME_OFF,
        SlotRefusal.BUSY,
        SlotRefusal.RESOURCE_BUSY,
        SlotRefusal.CAP_REACHED,
        SlotRefusal.OFF_STEP,
    )


def test_next_starts_are_looked_for_up_to_the_horizon() -> None:
    closed = [build_override(MONDAY + timedelta(days=day)) for day in range(40)]
    rules = build_rules(horizon_days=40)
    found = explain(local(MONDAY, "09:00"), rules=rules, overrides=closed)
    assert found.next_starts == tuple(
        local(MONDAY + timedelta(days=40), f"{hour:02}:00") for hour in (9, 10, 11)
    )
    assert (
        explain(local(MONDAY, "09:00"), rules=build_rules(horizon_days=39), overrides=closed).next_starts
        == ()
    )


def test_no_next_start_is_before_now() -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    assert explain(long_ago).next_starts[0] == local(MONDAY, "09:00")
