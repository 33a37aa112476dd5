"""Slots on the nights and dates on which the wall clock jumps, by name of the pitfall."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from courtside.availability.model import Slot, SlotRefusal, WeeklyHours
from tests.unit.availability.builders import (
    BERLIN,
    build_busy,
    build_hours,
    build_ranges,
    build_rules,
    decide,
    find_slots,
    find_times,
    local,
)

LEAP, FALL_BACK = date(2026, 3, 29), date(2026, 10, 25)
NEW_YORK = ZoneInfo("America/New_York")
NIGHT = build_hours("00:00-06:00")


@pytest.mark.parametrize("change", [LEAP, FALL_BACK])
def test_hours_do_not_shift_in_the_week_of_a_change(change: date) -> None:
    for day in range(-4, 5):
        on = change + timedelta(days=day)
        assert find_times(build_hours("09:00-12:00"), on) == ["09:00", "10:00", "11:00"]


def test_hours_stay_when_now_is_on_the_other_side_of_a_change() -> None:
    now = datetime(2026, 3, 7, 12, tzinfo=UTC)
    found = find_slots(build_hours("09:00-10:00"), date(2026, 3, 8), now=now, zone=NEW_YORK)
    assert [slot.starts_at for slot in found] == [datetime(2026, 3, 8, 13, tzinfo=UTC)]


def test_a_time_that_does_not_exist_is_not_offered() -> None:
    assert find_times(NIGHT, LEAP) == ["00:00", "01:00", "03:00", "04:00", "05:00"]


def test_a_session_over_the_leap_lasts_its_real_minutes() -> None:
    slots = find_slots(NIGHT, LEAP, rules=build_rules(step_minutes=30))
    over_the_leap = slots[3]
    assert over_the_leap == Slot(local(LEAP, "01:30"), local(LEAP, "03:30"))
    assert over_the_leap.ends_at - over_the_leap.starts_at == timedelta(hours=1)


def test_a_time_that_comes_twice_is_offered_twice() -> None:
    assert find_times(NIGHT, FALL_BACK) == ["00:00", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00"]
    starts = [slot.starts_at for slot in find_slots(NIGHT, FALL_BACK)]
    assert starts[2:4] == [local(FALL_BACK, "02:00"), local(FALL_BACK, "02:00", fold=1)]


def test_a_booking_of_the_first_pass_leaves_the_second_open() -> None:
    first_pass = build_busy("02:00", "02:59", on=FALL_BACK)
    starts = [slot.starts_at for slot in find_slots(NIGHT, FALL_BACK, busy=[first_pass])]
    assert local(FALL_BACK, "02:00") not in starts
    assert local(FALL_BACK, "02:00", fold=1) in starts


def test_steps_stay_on_the_wall_clock_after_a_leap_of_half_an_hour() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # 02:00 -> 02:30
    found = find_times(build_hours("00:00-05:00"), date(2026, 10, 4), zone=lord_howe)
    assert found == ["00:00", "01:00", "03:00", "04:00"]


def test_hours_that_begin_at_a_time_the_clock_skips_keep_their_steps() -> None:
    assert find_times(build_hours("02:30-06:00"), LEAP) == ["03:30", "04:30"]


def test_hours_that_lie_within_the_leap_are_no_hours_that_night() -> None:
    assert find_times(build_hours("02:00-03:00"), LEAP) == []
    assert find_times(build_hours("02:00-03:00"), LEAP + timedelta(days=1)) == ["02:00"]


def test_an_overnight_shift_over_a_change_follows_the_wall_clock() -> None:
    hours = build_hours("22:00-28:00", weekdays=[6])
    assert find_times(hours, LEAP - timedelta(days=1), LEAP) == ["22:00", "23:00", "00:00", "01:00", "03:00"]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Eucla", "Pacific/Chatham"])
def test_steps_are_on_the_local_clock_in_zones_of_half_and_quarter_hours(zone: str) -> None:
    found = find_times(build_hours("09:00-12:00"), zone=ZoneInfo(zone))
    assert found == ["09:00", "10:00", "11:00"]


def test_a_date_that_was_skipped_has_no_slots_and_its_neighbours_have_all() -> None:
    apia = ZoneInfo("Pacific/Apia")
    for day, count in [(29, 24), (30, 0), (31, 24)]:
        assert len(find_slots(build_hours("00:00-24:00"), date(2011, 12, day), zone=apia)) == count


def test_a_day_whose_midnight_is_skipped_begins_at_one() -> None:
    found = find_times(build_hours("00:00-03:00"), date(2018, 11, 4), zone=ZoneInfo("America/Sao_Paulo"))
    assert found == ["01:00", "02:00"]


def test_the_horizon_ends_with_a_date_that_comes_twice() -> None:
    st_johns = ZoneInfo("America/St_Johns")  # 2010-11-07 00:01 fell back to 23:01 of the day before
    hours, half_past = (
        build_hours("00:00-24:00"),
        build_rules(horizon_days=0, duration_minutes=15, step_minutes=30),
    )
    now = local(date(2010, 11, 6), "22:30", st_johns)
    asked = date(2010, 11, 6), date(2010, 11, 7)
    assert find_times(hours, *asked, rules=half_past, zone=st_johns, now=now) == [
        "22:30",
        "23:00",
        "23:30",
        "23:30",
    ]
    second_half_past = local(date(2010, 11, 6), "23:30", st_johns, fold=1)
    assert decide(second_half_past, hours, rules=half_past, zone=st_johns, now=now) == Slot(
        second_half_past, second_half_past + timedelta(minutes=15)
    )


def test_the_horizon_of_the_day_after_a_date_that_comes_twice_leaves_no_hole_in_it() -> None:
    st_johns = ZoneInfo("America/St_Johns")
    now = local(date(2010, 11, 6), "22:30", st_johns)
    second_half_past = local(date(2010, 11, 6), "23:30", st_johns, fold=1)
    for days in (1, 2):
        rules = build_rules(horizon_days=days, step_minutes=30)
        decided = decide(second_half_past, build_hours("00:00-24:00"), rules=rules, zone=st_johns, now=now)
        assert isinstance(decided, Slot)


def test_a_session_that_falls_back_into_the_day_before_needs_its_hours() -> None:
    st_johns = ZoneInfo("America/St_Johns")
    rules = build_rules(duration_minutes=30)
    first_pass = local(date(2010, 11, 7), "00:00", st_johns)
    for friday, expected in [("00:00-48:00", [first_pass]), ("00:00-47:00", [])]:
        hours = WeeklyHours({5: build_ranges(friday), 7: build_ranges("00:00-00:30")})
        found = find_slots(hours, date(2010, 11, 7), rules=rules, zone=st_johns)
        assert [slot.starts_at for slot in found if slot.starts_at == first_pass] == expected


def test_notice_is_counted_in_real_minutes_over_a_change() -> None:
    now = local(LEAP, "00:00")
    rules = build_rules(min_notice_minutes=180)
    assert find_times(NIGHT, LEAP, rules=rules, now=now) == ["04:00", "05:00"]
    assert decide(local(LEAP, "03:00"), NIGHT, rules=rules, now=now) is SlotRefusal.TOO_SOON


def test_the_two_passes_are_told_apart_by_the_instant_they_are_asked_for() -> None:
    rules = build_rules(duration_minutes=15)
    quarter = build_hours("02:15-02:45")
    for fold in (0, 1):
        asked = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN, fold=fold)
        assert decide(asked, quarter, rules=rules) == Slot(
            local(FALL_BACK, "02:15", fold=fold), local(FALL_BACK, "02:30", fold=fold)
        )
