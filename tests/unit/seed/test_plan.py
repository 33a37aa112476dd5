"""The plan of a studio: always the same one, possible to carry out, and growing with the days."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from seed.disciplines import DISCIPLINES
from seed.mornings import HOURS
from seed.people import CITIES
from seed.plan import plan_studio
from seed.steps import AnswerTo, Step
from seed.studio import SIZES, Studio, build_studio
from tests.world import CALLABLES

DEMO = build_studio(SIZES["demo"])
# A Wednesday between the two dates at which clocks change in Europe and in America.
NOW = datetime(2026, 10, 28, 12, tzinfo=UTC)
COMMANDS = {command.name: command for commands in CALLABLES.values() for command in commands}


def bookings_of(studio: Studio, now: datetime = NOW) -> list[Step]:
    """What takes a seat at once or holds it first."""
    wanted = {"bookings.book_session", "bookings.hold_slot"}
    return [step for step in plan_studio(studio, now).steps if step.command in wanted]


def test_the_same_studio_is_planned_twice_to_the_letter() -> None:
    assert plan_studio(build_studio(SIZES["demo"]), NOW) == plan_studio(DEMO, NOW)


@pytest.mark.parametrize("size", SIZES)
def test_no_two_steps_are_the_same_command(size: str) -> None:
    ids = Counter(step.command_id for step in plan_studio(build_studio(SIZES[size]), NOW).steps)

    assert ids.most_common(1)[0][1] == 1


@pytest.mark.parametrize("size", ["small", "demo"])
def test_every_step_is_a_valid_command(size: str) -> None:
    for step in plan_studio(build_studio(SIZES[size]), NOW).steps:
        content = {name: _stand_in(value) for name, value in step.content.items()}
        COMMANDS[step.command].validate({**content, "command_id": str(step.command_id)})


def test_nothing_happens_in_the_future() -> None:
    assert max(step.at for step in plan_studio(DEMO, NOW).steps if step.at) <= NOW


def test_every_lane_goes_forward_in_time() -> None:
    for lane in plan_studio(DEMO, NOW).trainers:
        times = [step.at for step in lane if step.at]
        assert times == sorted(times)


def test_answers_are_used_after_they_were_given() -> None:
    plan = plan_studio(DEMO, NOW)
    for lane in plan.trainers:
        given = {step.key for step in plan.rooms}
        for step in lane:
            assert {value.key for value in step.content.values() if isinstance(value, AnswerTo)} <= given
            given.add(step.key)


def test_a_later_plan_only_adds_what_happened_since() -> None:
    later = NOW + timedelta(days=3)
    before = {step.command_id for step in plan_studio(DEMO, NOW).steps}

    added = [step for step in plan_studio(DEMO, later).steps if step.command_id not in before]

    assert added
    assert {step.command.partition(".")[0] for step in added} <= {"bookings", "availability", "reviews"}
    # What was asked for long before a date is planned once the date comes within reach.
    assert min(step.at for step in added if step.at) > NOW - timedelta(days=30)
    ahead = NOW + timedelta(days=DEMO.size.days_ahead - 1)
    for step in added:
        starts_at = step.content.get("starts_at")
        if step.at and step.at <= NOW and isinstance(starts_at, str):
            assert datetime.fromisoformat(starts_at) > ahead


def test_days_pass_without_changing_the_order_of_what_happened() -> None:
    later = [step.command_id for step in plan_studio(DEMO, NOW + timedelta(days=1)).steps]
    place = {command_id: n for n, command_id in enumerate(later)}

    for lane in plan_studio(DEMO, NOW).trainers:
        places = [place[step.command_id] for step in lane if step.command_id in place]
        assert places == sorted(places)


def test_the_demo_studio_is_as_large_as_it_says() -> None:
    services = [step for step in plan_studio(DEMO, NOW).steps if step.command == "trainers.add_service"]
    shapes = {(step.content["duration_minutes"], step.content["capacity"] > 1) for step in services}

    assert len(DEMO.trainers) == 12
    assert len(DEMO.clients) == 60
    assert len({trainer.city.time_zone for trainer in DEMO.trainers}) == 4
    assert {30, 45, 60, 90} == {minutes for minutes, _ in shapes}
    assert {6, 20} <= {step.content["capacity"] for step in services}
    assert any(step.content["buffer_before_minutes"] for step in services)
    assert any(step.content["buffer_after_minutes"] for step in services)


def test_the_demo_studio_has_four_weeks_of_bookings_some_moved_some_cancelled() -> None:
    commands = Counter(step.command for step in plan_studio(DEMO, NOW).steps)
    starts = [datetime.fromisoformat(step.content["starts_at"]) for step in bookings_of(DEMO)]

    assert commands["bookings.book_session"] > 500
    assert commands["bookings.cancel_booking"] > 20
    assert commands["bookings.reschedule_booking"] > 10
    assert timedelta(days=13) < NOW - min(starts) < timedelta(days=15)
    assert timedelta(days=10) < max(starts) - NOW < timedelta(days=15)


def test_the_demo_studio_holds_seats_and_lets_some_holds_end() -> None:
    for lane in plan_studio(DEMO, NOW - timedelta(days=1)).trainers:
        at = {step.key: step.at for step in lane if step.at}
        kept = {step.content["booking_id"].key for step in lane if step.command == "bookings.confirm_hold"}
        for step in lane:
            if step.command == "bookings.hold_slot" and step.at and step.key not in kept:
                assert at[step.key.removeprefix("hold ")] > step.at + timedelta(minutes=5)
    commands = Counter(step.command for step in plan_studio(DEMO, NOW).steps)
    assert commands["bookings.hold_slot"] > commands["bookings.confirm_hold"] > 10


def test_a_room_is_shared_by_the_services_of_several_trainers() -> None:
    plan = plan_studio(DEMO, NOW)
    opened = {step.key for step in plan.rooms}
    users = [
        (step.content["resource_id"].key, step.sender.uid)
        for step in plan.steps
        if step.command == "trainers.add_service" and "resource_id" in step.content
    ]

    assert {room for room, _ in users} == opened
    assert max(Counter(room for room, _ in users).values()) > 1
    assert len(DEMO.rooms) == 4
    assert len(build_studio(SIZES["large"]).rooms) == 20


def test_every_trainer_takes_two_days_off_for_a_course_in_four_weeks() -> None:
    away = Counter(
        step.sender.uid
        for step in plan_studio(DEMO, NOW).steps
        if step.command == "availability.add_time_off"
    )

    assert away == {trainer.person.uid: 1 for trainer in DEMO.trainers}


def test_early_lessons_are_over_before_anybodys_hours_begin() -> None:
    closes = max(time.fromisoformat(str(hours["end"])) for hours in HOURS)

    for discipline in DISCIPLINES:
        opens = min(start for spans in discipline.hours.values() for start, _ in spans)
        assert closes <= opens, discipline.name


def test_the_large_studio_has_ten_thousand_bookings() -> None:
    large = build_studio(SIZES["large"])

    assert len(large.trainers) == 60
    assert len({person.uid for person in [*large.clients, *(t.person for t in large.trainers)]}) == 1_060
    assert 8_500 < len(bookings_of(large)) < 11_500


@pytest.mark.parametrize(("smaller", "larger"), [("small", "demo"), ("demo", "large")])
def test_people_of_a_smaller_studio_are_in_the_larger_one(smaller: str, larger: str) -> None:
    few, many = build_studio(SIZES[smaller]), build_studio(SIZES[larger])

    assert many.trainers[: len(few.trainers)] == few.trainers
    assert many.clients[: len(few.clients)] == few.clients


def test_a_client_trains_in_the_own_city() -> None:
    cities = {trainer.person.uid: trainer.city for trainer in DEMO.trainers}

    for lane, trainer in zip(plan_studio(DEMO, NOW).trainers, DEMO.trainers, strict=True):
        clients = {step.sender for step in lane if step.command == "bookings.book_session"}
        assert {client.city for client in clients} == {cities[trainer.person.uid]}
    assert set(cities.values()) == set(CITIES)


def _stand_in(value: Any) -> Any:
    """As it travels: JSON, with an id where an answer will stand."""
    if isinstance(value, AnswerTo):
        return "00000000-0000-7000-8000-000000000000"
    return TypeAdapter(Mapping[str, Any]).dump_python({"": value}, mode="json")[""]
