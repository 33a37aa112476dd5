"""Open slots rule by rule: steps, buffers, busy time, notice, horizon, dates."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from courtside.availability.model import Busy, Override, Slot, StepAnchor
from tests.unit.availability.builders import (
    MONDAY,
    build_busy,
    build_hours,
    build_override,
    build_rules,
    decide,
    find_slots,
    find_times,
    local,
)

TUESDAY = MONDAY + timedelta(days=1)
MORNING = build_hours("09:00-12:00")


def test_slots_are_utc_and_last_their_duration() -> None:
    [first, *_] = find_slots(MORNING, rules=build_rules(duration_minutes=45))
    assert first == Slot(datetime(2026, 6, 1, 7, tzinfo=UTC), datetime(2026, 6, 1, 7, 45, tzinfo=UTC))
    assert first.starts_at.tzinfo is UTC


def test_a_slot_must_end_within_the_hours() -> None:
    assert find_times(MORNING) == ["09:00", "10:00", "11:00"]
    assert find_times(MORNING, rules=build_rules(duration_minutes=61)) == ["09:00", "10:00"]
    assert find_times(MORNING, rules=build_rules(duration_minutes=181)) == []


def test_steps_shorter_than_the_session_offer_overlapping_slots() -> None:
    assert find_times(build_hours("09:00-10:30"), rules=build_rules(step_minutes=15)) == [
        "09:00",
        "09:15",
        "09:30",
    ]


def test_a_session_never_runs_through_a_break() -> None:
    hours = build_hours("09:00-12:00", "13:00-15:00")
    assert find_times(hours, rules=build_rules(duration_minutes=120)) == ["09:00", "10:00", "13:00"]


def test_a_session_may_run_from_one_range_into_one_that_touches_it() -> None:
    hours = build_hours("09:00-10:00", "10:00-11:00")
    assert find_times(hours, rules=build_rules(duration_minutes=120)) == ["09:00"]


@pytest.mark.parametrize(
    ("anchor", "step", "expected"),
    [
        (StepAnchor.WORKING_RANGE, 60, ["09:20", "10:20"]),
        (StepAnchor.WORKING_RANGE, 50, ["09:20", "10:10", "11:00"]),
        (StepAnchor.CLOCK, 60, ["10:00", "11:00"]),
        (StepAnchor.CLOCK, 30, ["09:30", "10:00", "10:30", "11:00"]),
        (StepAnchor.CLOCK, 45, ["09:30", "10:15", "11:00"]),
        (StepAnchor.CLOCK, 50, ["09:20", "10:10", "11:00"]),
        (StepAnchor.CLOCK, 7, [f"{at // 60:02}:{at % 60:02}" for at in range(560, 661, 7)]),
    ],
)
def test_steps_are_counted_from_their_anchor(anchor: StepAnchor, step: int, expected: list[str]) -> None:
    rules = build_rules(step_minutes=step, step_anchor=anchor)
    assert find_times(build_hours("09:20-12:00"), rules=rules) == expected


def test_each_range_of_a_split_day_counts_its_own_steps() -> None:
    hours = build_hours("09:00-11:00", "13:30-15:30")
    assert find_times(hours, rules=build_rules(step_minutes=50)) == ["09:00", "09:50", "13:30", "14:20"]


def test_ranges_that_overlap_count_their_steps_together() -> None:
    assert find_times(build_hours("10:30-12:00", "09:00-11:00")) == ["09:00", "10:00", "11:00"]


@pytest.mark.parametrize("anchor", list(StepAnchor))
def test_an_offset_moves_every_start(anchor: StepAnchor) -> None:
    rules = build_rules(step_minutes=30, step_offset_minutes=5, step_anchor=anchor)
    assert find_times(build_hours("09:00-11:00"), rules=rules) == ["09:05", "09:35"]


def test_an_offset_on_the_clock_loses_no_start_before_the_next_round_time() -> None:
    rules = build_rules(step_minutes=30, step_offset_minutes=20, step_anchor=StepAnchor.CLOCK)
    assert find_times(build_hours("09:10-11:00"), rules=rules) == ["09:20", "09:50"]


def test_busy_time_takes_the_slots_it_overlaps_and_leaves_those_it_touches() -> None:
    assert find_times(MORNING, busy=[build_busy("10:00", "11:00")]) == ["09:00", "11:00"]
    assert find_times(MORNING, busy=[build_busy("09:59", "10:01")]) == ["11:00"]


def test_busy_time_does_not_move_the_steps_that_follow_it() -> None:
    rules = build_rules(duration_minutes=30, step_minutes=45)
    assert find_times(MORNING, rules=rules, busy=[build_busy("09:00", "09:20")]) == [
        "09:45",
        "10:30",
        "11:15",
    ]


def test_busy_times_may_overlap_nest_and_come_unsorted() -> None:
    busy = [build_busy("11:00", "11:10"), build_busy("09:00", "10:30"), build_busy("09:30", "09:40")]
    assert find_times(build_hours("08:00-13:00"), busy=busy) == ["08:00", "12:00"]


def test_busy_time_without_length_blocks_nothing() -> None:
    assert find_times(MORNING, busy=[build_busy("10:30", "10:30")]) == ["09:00", "10:00", "11:00"]


def test_busy_time_counts_to_the_microsecond() -> None:
    late = local(MONDAY, "10:00") + timedelta(microseconds=1)
    early = local(MONDAY, "11:00") - timedelta(microseconds=1)
    assert find_times(MORNING, busy=[Busy(local(MONDAY, "09:30"), late)]) == ["11:00"]
    assert find_times(MORNING, busy=[Busy(early, local(MONDAY, "11:30"))]) == ["09:00"]


def test_buffers_keep_a_session_away_from_busy_time_on_both_sides() -> None:
    busy = [build_busy("11:00", "12:00")]
    hours = build_hours("09:00-14:00")
    assert find_times(hours, busy=busy, rules=build_rules(buffer_after_minutes=1)) == [
        "09:00",
        "12:00",
        "13:00",
    ]
    assert find_times(hours, busy=busy, rules=build_rules(buffer_before_minutes=1)) == [
        "09:00",
        "10:00",
        "13:00",
    ]


def test_buffers_may_reach_out_of_the_hours() -> None:
    rules = build_rules(buffer_before_minutes=30, buffer_after_minutes=30)
    assert find_times(MORNING, rules=rules) == ["09:00", "10:00", "11:00"]


def test_a_buffer_meets_busy_time_outside_the_hours() -> None:
    rules = build_rules(buffer_before_minutes=30)
    assert find_times(MORNING, rules=rules, busy=[build_busy("08:00", "08:31")]) == ["10:00", "11:00"]


@pytest.mark.parametrize(
    ("now", "expected"),
    [("08:00:00", ["10:00", "11:00"]), ("08:00:01", ["11:00"]), ("09:00:00.000001", []), ("23:00:00", [])],
)
def test_a_start_needs_its_notice_to_the_instant(now: str, expected: list[str]) -> None:
    rules = build_rules(min_notice_minutes=120)
    assert find_times(MORNING, rules=rules, now=local(MONDAY, now)) == expected


def test_the_present_minute_can_be_booked_when_no_notice_is_asked() -> None:
    assert find_times(MORNING, now=local(MONDAY, "11:00")) == ["11:00"]


def test_the_past_has_no_slots() -> None:
    assert find_slots(MORNING, date(2020, 1, 1), MONDAY, now=local(MONDAY, "12:00")) == []


def test_the_horizon_counts_local_dates_and_reaches_the_end_of_its_last() -> None:
    hours = build_hours("00:00-24:00")
    for days, dates in [(0, 1), (1, 2), (6, 7)]:
        rules = build_rules(horizon_days=days)
        found = find_slots(
            hours, MONDAY, MONDAY + timedelta(days=30), rules=rules, now=local(MONDAY, "00:00")
        )
        assert len(found) == dates * 24


def test_the_horizon_counts_from_the_trainers_date_and_not_from_utc() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    now = datetime(2026, 5, 31, 13, tzinfo=UTC)  # already Monday in Auckland
    found = find_times(MORNING, MONDAY, TUESDAY, zone=auckland, rules=build_rules(horizon_days=0), now=now)
    assert found == ["09:00", "10:00", "11:00"]


def test_a_slot_belongs_to_the_local_date_of_its_start() -> None:
    hours = build_hours("22:00-26:00", weekdays=[1])
    rules = build_rules(duration_minutes=90)
    assert find_times(hours, MONDAY, rules=rules) == ["22:00", "23:00"]
    assert find_times(hours, TUESDAY, rules=rules) == ["00:00"]


def test_evening_hours_do_not_vanish_for_clients_further_east() -> None:
    slots = find_slots(build_hours("21:00-24:00", weekdays=[1]), MONDAY)
    assert [slot.starts_at.astimezone(ZoneInfo("Asia/Tokyo")).day for slot in slots] == [2, 2, 2]


def test_overnight_steps_go_on_from_the_evening_anchor() -> None:
    hours = build_hours("22:20-26:00", weekdays=[1])
    assert find_times(hours, TUESDAY) == ["00:20"]


def test_a_start_offered_by_two_shifts_is_offered_once() -> None:
    assert find_times(build_hours("00:00-30:00")) == [f"{hour:02}:00" for hour in range(24)]


def test_a_closed_date_has_no_slots_and_ends_the_session_of_the_evening_before() -> None:
    hours = build_hours("22:00-26:00")
    rules = build_rules(duration_minutes=90)
    assert find_times(hours, TUESDAY, rules=rules, overrides=[Override(TUESDAY)]) == []
    assert find_times(hours, MONDAY, rules=rules, overrides=[Override(TUESDAY)]) == [
        "00:00",
        "22:00",
    ]


def test_special_hours_have_their_own_anchor() -> None:
    assert find_times(MORNING, overrides=[build_override(MONDAY, "14:10-16:10")]) == ["14:10", "15:10"]


def test_sessions_of_several_days_need_hours_all_the_way() -> None:
    rules = build_rules(duration_minutes=2_880, step_minutes=1_440)
    assert find_times(build_hours("00:00-24:00"), rules=rules) == ["00:00"]
    assert find_times(build_hours("00:00-24:00", weekdays=[1, 2]), rules=rules) == ["00:00"]
    assert find_times(build_hours("00:00-24:00", weekdays=[1]), rules=rules) == []


def test_dates_in_the_wrong_order_have_no_slots() -> None:
    assert find_slots(MORNING, TUESDAY, MONDAY) == []


def test_any_dates_can_be_asked_for() -> None:
    rules = build_rules(horizon_days=2)
    assert len(find_slots(MORNING, date.min, date.max, rules=rules, now=local(MONDAY, "00:00"))) == 9


def test_a_moment_without_a_zone_is_an_error() -> None:
    naive = datetime(2026, 6, 1, 9)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="without a zone"):
        find_slots(MORNING, now=naive)
    with pytest.raises(ValueError, match="without a zone"):
        decide(naive, MORNING)
