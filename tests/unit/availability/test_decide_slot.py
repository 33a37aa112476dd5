"""Whether one start is offered, and the reason it is not."""

from datetime import UTC, date, datetime, timedelta

import pytest

from courtside.availability.model import Override, Slot, SlotRefusal
from tests.unit.availability.builders import MONDAY, build_busy, build_hours, build_rules, decide, local

HOURS = build_hours("09:00-12:00")


def test_an_open_start_is_its_slot() -> None:
    assert decide(local(MONDAY, "10:00"), HOURS) == Slot(local(MONDAY, "10:00"), local(MONDAY, "11:00"))


def test_the_slot_is_utc_whatever_zone_the_start_is_given_in() -> None:
    slot = decide(datetime.fromisoformat("2026-06-01T13:45:00+05:45"), HOURS)
    assert isinstance(slot, Slot)
    assert slot.starts_at.tzinfo is UTC
    assert slot.starts_at == local(MONDAY, "10:00")


@pytest.mark.parametrize("time", ["08:59", "11:01", "12:00", "23:00"])
def test_a_session_that_leaves_the_hours_is_refused(time: str) -> None:
    assert decide(local(MONDAY, time), HOURS) is SlotRefusal.OUTSIDE_HOURS


def test_a_start_on_a_closed_date_is_refused() -> None:
    closed = [Override(MONDAY)]
    assert decide(local(MONDAY, "10:00"), HOURS, overrides=closed) is SlotRefusal.OUTSIDE_HOURS


def test_a_start_between_steps_is_refused() -> None:
    for between in ("10:01", "10:30", "10:00:01", "10:00:00.000001"):
        assert decide(local(MONDAY, between), HOURS) is SlotRefusal.OFF_STEP


def test_a_taken_start_is_refused() -> None:
    busy = [build_busy("10:30", "11:00")]
    assert decide(local(MONDAY, "10:00"), HOURS, busy=busy) is SlotRefusal.BUSY
    assert decide(local(MONDAY, "11:00"), HOURS, busy=busy) != SlotRefusal.BUSY


def test_a_start_whose_buffer_meets_busy_time_is_refused() -> None:
    busy = [build_busy("11:10", "11:30")]
    rules = build_rules(buffer_after_minutes=15)
    assert decide(local(MONDAY, "10:00"), HOURS, busy=busy, rules=rules) is SlotRefusal.BUSY


def test_a_start_without_its_notice_is_refused() -> None:
    rules = build_rules(min_notice_minutes=60)
    start = local(MONDAY, "10:00")
    assert decide(start, HOURS, rules=rules, now=local(MONDAY, "09:00:01")) is SlotRefusal.TOO_SOON
    assert isinstance(decide(start, HOURS, rules=rules, now=local(MONDAY, "09:00")), Slot)


def test_a_start_beyond_the_horizon_is_refused() -> None:
    rules = build_rules(horizon_days=1)
    start = local(MONDAY, "10:00")
    for days, expected in [(1, Slot), (2, SlotRefusal)]:
        now = local(MONDAY - timedelta(days=days), "23:59")
        assert isinstance(decide(start, HOURS, rules=rules, now=now), expected)
    assert decide(start, HOURS, rules=rules, now=now) is SlotRefusal.BEYOND_HORIZON


def test_the_first_reason_is_given_when_several_hold() -> None:
    busy = [build_busy("10:00", "11:00"), build_busy("20:00", "21:00")]
    assert decide(local(MONDAY, "10:30"), HOURS, busy=busy) is SlotRefusal.BUSY
    assert decide(local(MONDAY, "20:30"), HOURS, busy=busy) is SlotRefusal.OUTSIDE_HOURS
    past = decide(local(MONDAY, "20:30"), HOURS, busy=busy, now=local(MONDAY, "21:00"))
    assert past is SlotRefusal.TOO_SOON


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (datetime.min.replace(tzinfo=UTC), SlotRefusal.TOO_SOON),
        (datetime.max.replace(tzinfo=UTC), SlotRefusal.BEYOND_HORIZON),
    ],
)
def test_the_ends_of_time_are_refused_and_do_not_crash(start: datetime, expected: SlotRefusal) -> None:
    assert decide(start, HOURS, now=local(date(2026, 6, 1), "00:00")) is expected
