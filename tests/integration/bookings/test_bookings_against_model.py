"""Hours, overrides, bookings, moves and cancellations in any order, while time passes: always what the model says.

STATEFUL_EXAMPLES=1000 runs so many histories, new ones each time; by default a few dozen, always the same.
"""

import os
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from courtside.availability.model import LocalRange
from courtside.relay import jobs
from tests.integration.bookings.studio_model import Ranges, Reason, ServiceModel, StudioModel, TrainerModel
from tests.integration.relay.database_clock import DatabaseClock, movable_clock
from tests.integration.relay.rest import relay_to_rest
from tests.world import World

_EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=_EXAMPLES or 20,
    stateful_step_count=30,
    derandomize=not _EXAMPLES,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

# Two days before the clocks change in Berlin; Kathmandu is at +05:45. Long past, so that what real time stamped is
# never too old for the nightly job.
BEGINNING = datetime(2024, 3, 29, 7, 10, tzinfo=UTC)
TRAINERS = {"berta": "Europe/Berlin", "kiran": "Asia/Kathmandu"}
CLIENTS = ("ada", "bob", "cleo", "dan")
HORIZON_DAYS = 3
SERVICES: dict[str, dict[str, int]] = {
    "solo": {"duration_minutes": 60},
    "buffered": {"duration_minutes": 45, "buffer_before_minutes": 10, "buffer_after_minutes": 20},
    "group": {"duration_minutes": 90, "capacity": 3, "buffer_after_minutes": 15},
}
ALL_DAY: Ranges = (LocalRange(0, 1440),)
WEEKS: tuple[Ranges, ...] = (
    ALL_DAY,
    (LocalRange(9 * 60, 17 * 60),),
    (LocalRange(8 * 60, 12 * 60), LocalRange(13 * 60, 20 * 60)),
    (LocalRange(20 * 60, 26 * 60),),
)
DAYS: tuple[Ranges, ...] = ((), (LocalRange(10 * 60, 13 * 60),), (LocalRange(21 * 60, 28 * 60),))

trainer_ids = st.sampled_from(sorted(TRAINERS))
people = st.sampled_from([*CLIENTS * 4, *TRAINERS])
offers = st.tuples(trainer_ids, st.sampled_from([*SERVICES, "group"]))
# Times of the trainer's day, few enough that they meet; one is off every step, one is skipped when summer begins.
walls = st.sampled_from(
    [*[time(hour) for hour in (9, 10, 11, 14, 22)] * 3, time(10, 30), time(9, 7), time(2, 30)]
)
starts = st.tuples(st.sampled_from([0, 1, 1, 2, 2, 3, 4]), walls)
wishes = st.lists(st.tuples(people, offers, starts), min_size=1, max_size=6)

Start = tuple[int, time]
Wish = tuple[str, tuple[str, str], Start]


class BookingMachine(RuleBasedStateMachine):
    """One history; `servers` is set by the test."""

    servers: ClassVar[tuple[str, str, DatabaseClock]]
    bookings = Bundle("bookings")

    def __init__(self) -> None:
        super().__init__()
        database_url, emulator_host, self.clock = self.servers
        _empty(database_url)
        self.clock.set(BEGINNING)
        self.world = World.of(database_url, emulator_host, lease_seconds=0.0)
        self.facts = psycopg.connect(database_url, autocommit=True)
        self.model = StudioModel(BEGINNING)
        self.offers: dict[tuple[str, str], ServiceModel] = {}
        self.last: tuple[str, str, dict[str, Any], dict[str, Any]] | None = None

    @initialize()
    def open_studio(self) -> None:
        for trainer_id, zone in TRAINERS.items():
            self.world.approve_trainer(trainer_id, time_zone=zone, horizon_days=HORIZON_DAYS)
            week = dict.fromkeys(range(1, 8), ALL_DAY)
            self.model.trainers[trainer_id] = TrainerModel(
                trainer_id, ZoneInfo(zone), HORIZON_DAYS, weekly=week
            )
            for name, offer in SERVICES.items():
                service_id = self.world.add_service(trainer_id, name=name, **offer)
                self.offers[trainer_id, name] = _service_model(service_id, trainer_id, offer)
        for client in CLIENTS:
            self.world.register_client(client)

    @rule(target=bookings, wishes=wishes)
    def book(self, wishes: list[Wish]) -> Any:
        return multiple(*(booking for wish in wishes for booking in self._book(*wish)))

    @rule(
        target=bookings, people=st.lists(people, min_size=2, max_size=5), trainer_id=trainer_ids, start=starts
    )
    def book_a_group(self, people: list[str], trainer_id: str, start: Start) -> Any:
        offer = (trainer_id, "group")
        return multiple(*(booking for who in people for booking in self._book(who, offer, start)))

    @rule(who=people, booking=bookings)
    def cancel(self, who: str, booking: str) -> None:
        self._cancel(who, booking)

    @rule(booking=consumes(bookings))
    def cancel_own(self, booking: str) -> None:
        self._cancel(self.model.bookings[booking].client, booking)

    @rule(booking=bookings, start=starts, by_trainer=st.booleans())
    def reschedule(self, booking: str, start: Start, by_trainer: bool) -> None:
        booked = self.model.bookings[booking]
        trainer_id = booked.session.service.trainer_id
        actor = trainer_id if by_trainer else booked.client
        self._reschedule(actor, booking, self._starts_at(trainer_id, start))

    @rule(booking=bookings, other=bookings)
    def reschedule_to_where_another_is(self, booking: str, other: str) -> None:
        there = self.model.bookings[other].session.starts_at
        self._reschedule(self.model.bookings[booking].client, booking, there)

    @rule(trainer_id=trainer_ids, week=st.sampled_from(WEEKS), weekend=st.booleans())
    def set_weekly_hours(self, trainer_id: str, week: Ranges, weekend: bool) -> None:
        weekdays = range(1, 8 if weekend else 6)
        hours = [{"weekday": day, **each} for day in weekdays for each in _wire(week)]
        self._run(trainer_id, "availability.set_weekly_hours", None, hours=hours)
        self.model.trainers[trainer_id].weekly = dict.fromkeys(weekdays, week)

    @rule(trainer_id=trainer_ids, ahead=st.integers(-1, 4), hours=st.sampled_from((*DAYS, None)))
    def set_override(self, trainer_id: str, ahead: int, hours: Ranges | None) -> None:
        trainer = self.model.trainers[trainer_id]
        on_date = self.model.now.astimezone(trainer.zone).date() + timedelta(days=ahead)
        content = {"on_date": on_date.isoformat(), "hours": None if hours is None else _wire(hours)}
        self._run(trainer_id, "availability.set_override", None, **content)
        trainer.overrides.pop(on_date, None)
        if hours is not None:
            trainer.overrides[on_date] = hours

    @rule(
        trainer_id=trainer_ids, notice=st.sampled_from([0, 0, 90, 1500]), step=st.sampled_from([30, 15, 60])
    )
    def set_rules(self, trainer_id: str, notice: int, step: int) -> None:
        content = {"min_notice_minutes": notice, "slot_step_minutes": step}
        self._run(trainer_id, "trainers.update_profile", None, **content)
        trainer = self.model.trainers[trainer_id]
        trainer.notice, trainer.step = notice, step

    @rule(minutes=st.sampled_from([1, 20, 55, 180, 700, 1200]))
    def let_time_pass(self, minutes: int) -> None:
        before = self.model.now
        self.model.now += timedelta(minutes=minutes)
        self.clock.set(self.model.now)
        if self.model.now.date() != before.date():
            jobs.nightly(self.world.backends)

    @precondition(lambda self: self.last is not None)
    @rule()
    def send_the_last_command_again(self) -> None:
        assert self.last is not None
        who, name, content, answer = self.last
        assert self.world.run(who, name, **content).answer == answer

    @rule(drains=st.booleans())
    def relay(self, drains: bool) -> None:
        self.world.relay()
        self.world.drains = drains

    @invariant()
    def facts_are_the_models(self) -> None:
        seats = self.facts.execute(_ACTIVE_SEATS)
        assert {(service, start, tuple(clients)) for service, start, clients in seats} == {
            (s.service.id, s.starts_at, tuple(sorted(s.seats.values()))) for s in self.model.sessions()
        }

    @invariant()
    def no_time_is_taken_twice_and_seats_add_up(self) -> None:
        assert self.facts.execute(_OVERLAPS).fetchall() == []
        assert self.facts.execute(_WRONG_SEATS).fetchall() == []

    def teardown(self) -> None:
        try:
            if self.offers:
                jobs.nightly(self.world.backends)
                relay_to_rest(self.world)
                self._compare_days()
        finally:
            self.facts.close()
            self.world.close()

    def _starts_at(self, trainer_id: str, start: Start) -> datetime:
        """So many days ahead, at this time on the trainer's wall."""
        days, wall = start
        zone = self.model.trainers[trainer_id].zone
        on_date = self.model.now.astimezone(zone).date() + timedelta(days=days)
        return datetime.combine(on_date, wall, zone).astimezone(UTC)

    def _book(self, who: str, offer: tuple[str, str], start: Start) -> list[str]:
        """The new booking, or nothing when the model expects a refusal."""
        service, starts_at = self.offers[offer], self._starts_at(offer[0], start)
        expected = self.model.why_not_book(who, service, starts_at)
        content = {"service_id": service.id, "starts_at": starts_at.isoformat()}
        booked = self._run(who, "bookings.book_session", expected, **content)
        if expected is not None:
            return []
        self.model.book(booked["booking_id"], who, service, starts_at)
        return [booked["booking_id"]]

    def _reschedule(self, actor: str, booking: str, starts_at: datetime) -> None:
        expected = self.model.why_not_move(actor, booking, starts_at)
        content = {"booking_id": booking, "starts_at": starts_at.isoformat()}
        self._run(actor, "bookings.reschedule_booking", expected, **content)
        if expected is None:
            self.model.move(booking, starts_at)

    def _cancel(self, who: str, booking: str) -> None:
        expected = self.model.why_not_change(who, booking)
        self._run(who, "bookings.cancel_booking", expected, booking_id=booking)
        if expected is None:
            self.model.cancel(booking)

    def _run(self, who: str, name: str, expected: Reason | None, /, **content: Any) -> dict[str, Any]:
        """Run a command; its reason, or that there is none, must be the one that the model expects."""
        content["command_id"] = str(uuid4())
        outcome = self.world.run(who, name, **content)
        reason = None if outcome.error is None else outcome.error["details"]["reason"]
        assert reason == expected, f"{name} by {who}: {reason}, the model says {expected}"
        self.last = (who, name, content, outcome.answer)
        result: dict[str, Any] = outcome.answer.get("result", {})
        return result

    def _compare_days(self) -> None:
        """What screens offer is what the model would let be booked: no slot more, none fewer."""
        for trainer in self.model.trainers.values():
            today = self.model.now.astimezone(trainer.zone).date()
            earliest = self.model.now + timedelta(minutes=trainer.notice)
            joinable: dict[tuple[str, datetime], int] = {}
            for ahead in range(trainer.horizon_days + 1):
                slots = self._slots(trainer, today + timedelta(days=ahead), earliest)
                shared = {
                    (s["service_id"], s["starts_at"]): s["seats_left"] for s in slots if s["session_id"]
                }
                joinable.update(shared)
                self._compare_open(trainer, today + timedelta(days=ahead), slots)
            assert joinable == self.model.seats_to_join(trainer.id)

    def _slots(self, trainer: TrainerModel, on_date: date, earliest: datetime) -> list[dict[str, Any]]:
        document = self.world.document(f"trainers/{trainer.id}/days/{on_date}")
        assert document is not None
        return [slot for slot in document["slots"] if slot["starts_at"] >= earliest]

    def _compare_open(self, trainer: TrainerModel, on_date: date, slots: list[dict[str, Any]]) -> None:
        for (trainer_id, _), service in self.offers.items():
            if trainer_id == trainer.id:
                offered = [s for s in slots if s["service_id"] == service.id and s["session_id"] is None]
                assert [s["starts_at"] for s in offered] == list(self.model.open_starts(service, on_date))
                assert all(s["seats_left"] == service.capacity for s in offered)


# From the services' own buffers, not from the range that the exclusion constraint guards.
_OVERLAPS = """
    WITH active AS (
        SELECT s.id, s.trainer_id, s.starts_at - make_interval(mins => o.buffer_before_minutes) AS first,
               s.ends_at + make_interval(mins => o.buffer_after_minutes) AS last
        FROM sessions AS s JOIN services AS o ON o.id = s.service_id WHERE s.status <> 'cancelled')
    SELECT a.id, b.id FROM active AS a JOIN active AS b ON a.trainer_id = b.trainer_id AND a.id < b.id
    WHERE a.first < b.last AND b.first < a.last
"""
_WRONG_SEATS = """
    SELECT s.id, s.status, s.seats_taken, s.capacity, count(b.id)
    FROM sessions AS s LEFT JOIN bookings AS b ON b.session_id = s.id AND b.status <> 'cancelled'
    GROUP BY s.id
    HAVING s.seats_taken <> count(b.id) OR s.seats_taken > s.capacity OR (s.status = 'cancelled') <> (s.seats_taken = 0)
"""
_ACTIVE_SEATS = """
    SELECT s.service_id::text, s.starts_at, array_agg(b.client_id ORDER BY b.client_id)
    FROM sessions AS s JOIN bookings AS b ON b.session_id = s.id WHERE b.status <> 'cancelled' GROUP BY s.id
"""


def _service_model(service_id: str, trainer_id: str, offer: dict[str, int]) -> ServiceModel:
    return ServiceModel(
        service_id,
        trainer_id,
        offer["duration_minutes"],
        offer.get("buffer_before_minutes", 0),
        offer.get("buffer_after_minutes", 0),
        offer.get("capacity", 1),
    )


def _wire(ranges: Ranges) -> list[dict[str, str]]:
    return [{"start": _hh_mm(each.start_minute), "end": _hh_mm(each.end_minute)} for each in ranges]


def _hh_mm(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _empty(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'migrations'"
        ).fetchone()
        assert tables is not None
        connection.execute(f"TRUNCATE {tables[0]}".encode())


@pytest.fixture
def machine(empty_database: str, emulator_host: str) -> Any:
    """The state machine, on this run's servers, with a clock of its own."""
    with movable_clock(empty_database) as clock:
        yield type("Machine", (BookingMachine,), {"servers": (empty_database, emulator_host, clock)})


def test_any_history_goes_as_the_model_says(machine: type[BookingMachine]) -> None:
    run_state_machine_as_test(machine, settings=PROFILE)
