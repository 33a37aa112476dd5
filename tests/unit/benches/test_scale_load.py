"""The simulated release day: the demo studio's figures, many times over, always the same."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from benches.scale import load
from benches.scale.load import RELEASE_AT, RUSH_SECONDS, SEATS_PER_CLASS, Scale, busiest, calls_of_day
from benches.scale.measured import Command
from seed.plan import plan_studio
from seed.steps import AnswerTo
from seed.studio import SIZES, build_studio

BOOKED = {Command.BOOK, Command.JOIN}


def test_the_demo_studio_is_the_seeds() -> None:
    studio = build_studio(SIZES["demo"])
    now = datetime(2026, 10, 28, 12, tzinfo=UTC)
    seats, single, classes = 0, 0, set()
    for lane in plan_studio(studio, now).trainers:
        capacity = {s.key: s.content["capacity"] for s in lane if s.command == "trainers.add_service"}
        for step in lane:
            service = step.content.get("service_id")
            taken = step.command in ("bookings.book_session", "bookings.hold_slot")
            if not (taken and isinstance(service, AnswerTo)):
                continue
            starts_at = datetime.fromisoformat(step.content["starts_at"])
            if now - timedelta(days=14) <= starts_at < now and capacity[service.key] > 1:
                seats += 1
                classes.add((service.key, starts_at))
            elif now - timedelta(days=14) <= starts_at < now:
                single += 1

    assert (len(studio.trainers), len(studio.clients)) == (load.TRAINERS, load.CLIENTS)
    assert seats / 2 == pytest.approx(load.CLASS_SEATS_PER_WEEK, rel=0.15)
    assert single / 2 == pytest.approx(load.ONE_TO_ONE_PER_WEEK, rel=0.15)
    assert len(classes) / 2 == pytest.approx(load.CLASSES_PER_WEEK, rel=0.15)


def test_the_same_day_comes_of_the_same_seed() -> None:
    assert calls_of_day(Scale(10), 1) == calls_of_day(Scale(10), 1)
    assert calls_of_day(Scale(10), 1) != calls_of_day(Scale(10), 2)


def test_a_day_goes_forward_and_ends() -> None:
    times = [call.at for call in calls_of_day(Scale(20), 1)]

    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] < 24 * load.HOUR


def test_ten_times_the_studio_has_ten_times_the_bookings() -> None:
    bookings = [sum(c.command in BOOKED for c in calls_of_day(Scale(times), 1)) for times in (10, 100)]

    assert bookings[1] / bookings[0] == pytest.approx(10, rel=0.05)


def test_most_of_the_day_comes_within_minutes_of_the_release() -> None:
    calls = calls_of_day(Scale(100), 1)

    rush = [call for call in calls if RELEASE_AT <= call.at < RELEASE_AT + 3 * RUSH_SECONDS]
    assert len(rush) > len(calls) / 2
    assert busiest([call.at for call in calls], 10) > 50


def test_a_staggered_release_has_a_lower_peak_and_the_same_bookings() -> None:
    at_once, staggered = (
        [call.at for call in calls_of_day(Scale(100, stagger), 1) if call.command in BOOKED]
        for stagger in (0.0, 600.0)
    )

    assert len(staggered) == pytest.approx(len(at_once), rel=0.02)
    assert busiest(staggered, 10) < busiest(at_once, 10) / 4


def test_no_class_has_more_bookings_than_seats_and_only_full_ones_refuse() -> None:
    scale = Scale(100)
    seats: Counter[int] = Counter()
    refused = 0
    for call in calls_of_day(scale, 1):
        if call.day < scale.classes and call.command in BOOKED:
            seats[call.day] += 1
        elif call.command is Command.REFUSED:
            assert seats[call.day] == SEATS_PER_CLASS
            refused += 1

    assert max(seats.values()) == SEATS_PER_CLASS
    assert refused


def test_the_busiest_stretch_is_found_wherever_it_lies() -> None:
    assert busiest([0, 5, 5.1, 5.2, 9, 20], 1) == 3
    assert busiest([], 10) == 0
