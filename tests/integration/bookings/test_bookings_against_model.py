"""Hours, overrides, bookings, moves and cancellations in any order, while time passes: always what the model says.

STATEFUL_EXAMPLES=1000 runs so many histories, new ones each time; by default a few dozen, always the same.
"""

import os
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from courtside.bookings import expiry
from courtside.db.system import run_as_system
from courtside.relay import jobs
from courtside.relay.subscriptions import react
from tests.integration.bookings.acts import (
    ALL_DAY,
    CLIENTS,
    SERVICES,
    TRAINERS,
    Act,
    Book,
    CallOff,
    Cancel,
    Change,
    EndOverdue,
    LetTimePass,
    Move,
    MoveToWhereAnotherIs,
    Offer,
    OpenClass,
    Relay,
    Resize,
    Say,
    SendAgain,
    SetDate,
    SetRules,
    SetWeek,
    Start,
    acts,
    changes,
)
from tests.integration.bookings.studio_model import (
    BookingModel,
    Ranges,
    Reason,
    ServiceModel,
    SessionModel,
    StudioModel,
    TrainerModel,
)
from tests.integration.relay.database_clock import DatabaseClock, movable_clock
from tests.integration.relay.rest import relay_to_rest
from tests.world import World

_EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=_EXAMPLES or 25,
    stateful_step_count=10,
    derandomize=not _EXAMPLES,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

# Two days before the clocks change in Berlin; Kathmandu is at +05:45. Long past, so that what real time stamped is
# never too old for the nightly job.
BEGINNING = datetime(2024, 3, 29, 7, 10, tzinfo=UTC)
# Further than one night's job reaches from either end, so that it does not make up for what commands forget.
HORIZON_DAYS = 7


class BookingMachine(RuleBasedStateMachine):
    """One history; `servers` is set by the test."""

    servers: ClassVar[tuple[str, str, DatabaseClock]]

    def __init__(self) -> None:
        super().__init__()
        database_url, emulator_host, self.clock = self.servers
        empty(database_url)
        self.clock.set(BEGINNING)
        self.world = World.of(database_url, emulator_host, lease_seconds=0.0)
        self.facts = psycopg.connect(database_url, autocommit=True)
        self.model = StudioModel(BEGINNING)
        self.offers: dict[Offer, ServiceModel] = {}
        self.classes: dict[str, SessionModel] = {}
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
        self.rolled = self._local_dates()

    # One rule for all: as rules of their own, whole histories would go without one or the other.
    @rule(change=changes, acts=st.lists(acts, min_size=3, max_size=12))
    def live(self, change: Change, acts: list[Act]) -> None:
        self._change(change)
        for act in acts:
            # The first thing that anybody can do is to book.
            if isinstance(act, Book | OpenClass | EndOverdue) or self.model.bookings:
                self._act(act)

    @invariant()
    def facts_are_the_models(self) -> None:
        stored = self.facts.execute(_ACTIVE_SEATS).fetchall()
        assert {(*session, tuple(claims)) for *session, claims in stored} == {
            (s.service.id, s.starts_at, s.status, s.capacity, tuple(sorted(map(_claim, s.bookings.values()))))
            for s in self.model.sessions()
        }

    @invariant()
    def no_time_is_taken_twice_and_seats_add_up(self) -> None:
        assert self.facts.execute(_OVERLAPS).fetchall() == []
        assert self.facts.execute(_WRONG_SEATS).fetchall() == []

    def teardown(self) -> None:
        try:
            if self.offers:
                # A date may have begun for a trainer, and the night's job not have run yet.
                if self._local_dates() != self.rolled:
                    self._pass_night()
                self._end_overdue()
                relay_to_rest(self.world)
                self._compare_days()
        finally:
            self.facts.close()
            self.world.close()

    def _local_dates(self) -> list[date]:
        return [self.model.now.astimezone(trainer.zone).date() for trainer in self.model.trainers.values()]

    def _pass_night(self) -> None:
        jobs.nightly(self.world.backends)
        self.rolled = self._local_dates()

    def _starts_at(self, trainer_id: str, start: Start) -> datetime:
        """So many days ahead, at this time on the trainer's wall."""
        days, wall = start
        zone = self.model.trainers[trainer_id].zone
        on_date = self.model.now.astimezone(zone).date() + timedelta(days=days)
        return datetime.combine(on_date, wall, zone).astimezone(UTC)

    def _change(self, change: Change) -> None:
        match change:
            case SetWeek():
                self._set_week(change)
            case SetDate():
                self._set_date(change)
            case SetRules(trainer_id, notice, step):
                content = {"min_notice_minutes": notice, "slot_step_minutes": step}
                self._run(trainer_id, "trainers.update_profile", None, **content)
                trainer = self.model.trainers[trainer_id]
                trainer.notice, trainer.step = notice, step
            case LetTimePass(minutes):
                self._let_time_pass(timedelta(minutes=minutes))
            case Relay(drains):
                self.world.relay()
                self.world.drains = drains

    def _set_week(self, week: SetWeek) -> None:
        weekdays = range(1, 8 if week.weekend else 6)
        hours = [{"weekday": day, **each} for day in weekdays for each in _wire(week.hours)]
        self._run(week.trainer, "availability.set_weekly_hours", None, hours=hours)
        self.model.trainers[week.trainer].weekly = dict.fromkeys(weekdays, week.hours)

    def _set_date(self, date_: SetDate) -> None:
        trainer = self.model.trainers[date_.trainer]
        on_date = self.model.now.astimezone(trainer.zone).date() + timedelta(days=date_.ahead)
        hours = None if date_.hours is None else _wire(date_.hours)
        self._run(trainer.id, "availability.set_override", None, on_date=on_date.isoformat(), hours=hours)
        trainer.overrides.pop(on_date, None)
        if date_.hours is not None:
            trainer.overrides[on_date] = date_.hours

    def _let_time_pass(self, by: timedelta) -> None:
        before = self.model.now
        self.model.now += by
        self.clock.set(self.model.now)
        if self.model.now.date() != before.date():
            self._pass_night()

    def _act(self, act: Act) -> None:
        match act:
            case Book():
                self._book(act)
            case Say():
                self._say(act)
            case OpenClass(trainer_id, start, capacity):
                self._open_class(trainer_id, self._starts_at(trainer_id, start), capacity)
            case Resize() | CallOff():
                self._change_session(act)
            case EndOverdue():
                self._end_overdue()
            case Move(number, start, by_trainer):
                booking_id, booking = self._booking(number)
                trainer_id = booking.session.service.trainer_id
                actor = trainer_id if by_trainer else booking.client
                self._reschedule(actor, booking_id, self._starts_at(trainer_id, start))
            case MoveToWhereAnotherIs(number, other):
                booking_id, booking = self._booking(number)
                self._reschedule(booking.client, booking_id, self._booking(other)[1].session.starts_at)
            case Cancel(number, by):
                booking_id, booking = self._booking(number)
                self._cancel(by or booking.client, booking_id)
            case SendAgain() if self.last is not None:
                who, name, content, answer = self.last
                assert self.world.run(who, name, **content).answer == answer

    def _booking(self, number: int, *, provisional: bool = False) -> tuple[str, BookingModel]:
        """One of the bookings; one in eight times it may be any, cancelled or sure as it is."""
        bookings = list(self.model.bookings.items())
        active = [
            (id_, booking)
            for id_, booking in bookings
            if not booking.cancelled and (not provisional or booking.expires_at)
        ]
        pool = active if active and number % 8 else bookings
        return pool[number % len(pool)]

    def _book(self, act: Book) -> None:
        service, starts_at = self.offers[act.offer], self._starts_at(act.offer[0], act.start)
        actor = service.trainer_id if act.by_trainer else act.who
        own_hold = act.hold and not act.by_trainer
        expected = self.model.why_not_claim(act.who, service, starts_at, act.seats, own_hold=own_hold)
        content = {"service_id": service.id, "starts_at": starts_at.isoformat(), "seats": act.seats}
        if act.by_trainer:
            content["client_id"] = act.who
        command = "bookings.hold_slot" if act.hold else "bookings.book_session"
        booked = self._run(actor, command, expected, **content)
        if expected is None:
            sure = self.model.status_of(service, by_staff=act.by_trainer)
            status = "held" if act.hold else sure
            assert booked["status"] == status
            self.model.claim(booked["booking_id"], act.who, service, starts_at, act.seats, status, actor)

    def _say(self, act: Say) -> None:
        booking_id, booking = self._booking(act.booking, provisional=True)
        command = act.will.command(held=booking.status == "held")
        decides = booking.session.service.trainer_id if command.endswith("booking") else booking.client
        actor = act.by or decides
        expected = self.model.why_no_say(actor, booking_id, command)
        said = self._run(actor, f"bookings.{command}", expected, booking_id=booking_id)
        if expected is None:
            self.model.say(actor, booking_id, command)
            assert said["status"] == booking.status

    def _open_class(self, trainer_id: str, starts_at: datetime, capacity: int) -> None:
        service = self.offers[trainer_id, "group"]
        expected = self.model.why_no_class(service, starts_at)
        content = {"service_id": service.id, "starts_at": starts_at.isoformat(), "capacity": capacity}
        opened = self._run(trainer_id, "bookings.create_session", expected, **content)
        if expected is None:
            self.classes[opened["session_id"]] = self.model.open_class(service, starts_at, capacity)

    def _change_session(self, act: Resize | CallOff) -> None:
        if not self.classes:
            return
        session_id = list(self.classes)[act.session % len(self.classes)]
        session = self.classes[session_id]
        expected = self._why_not_manage(session)
        trainer_id, content = session.service.trainer_id, {"session_id": session_id}
        if isinstance(act, CallOff):
            self._run(trainer_id, "bookings.cancel_session", expected, **content)
            if expected is None:
                self.model.call_off(session)
            return
        if expected is None and act.capacity < session.capacity - session.seats_left:
            expected = "SEATS_TAKEN"
        self._run(trainer_id, "bookings.resize_session", expected, **content, capacity=act.capacity)
        if expected is None:
            session.capacity = act.capacity

    def _why_not_manage(self, session: SessionModel) -> Reason | None:
        if not session.stands:
            return "SESSION_OVER"
        return "SESSION_STARTED" if session.starts_at <= self.model.now else None

    def _end_overdue(self) -> None:
        pool = self.world.backends.pool
        trainers = run_as_system(pool, "test", lambda uow: expiry.overdue_trainers(uow, uow.now))
        for trainer_id in trainers:
            run_as_system(pool, "test", partial(expiry.expire_claims, trainer_id=trainer_id), react)
        self.model.end_overdue()

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
    SELECT s.id, s.status, s.seats_taken, s.capacity, sum(b.seats)
    FROM sessions AS s LEFT JOIN bookings AS b ON b.session_id = s.id AND b.status <> 'cancelled'
    GROUP BY s.id
    HAVING s.seats_taken <> coalesce(sum(b.seats), 0) OR s.seats_taken > s.capacity
        OR s.status IN ('open', 'cancelled') <> (s.seats_taken = 0)
"""
_ACTIVE_SEATS = """
    SELECT s.service_id::text, s.starts_at, s.status, s.capacity,
           coalesce(array_agg(concat_ws(' ', b.client_id, b.seats, b.status, b.expires_at AT TIME ZONE 'UTC')
                              ORDER BY b.client_id) FILTER (WHERE b.id IS NOT NULL), '{}')
    FROM sessions AS s LEFT JOIN bookings AS b ON b.session_id = s.id AND b.status <> 'cancelled'
    WHERE s.status <> 'cancelled' GROUP BY s.id
"""


def _claim(booking: BookingModel) -> str:
    """A claim on seats as `_ACTIVE_SEATS` writes it."""
    claim = f"{booking.client} {booking.seats} {booking.status}"
    return claim if booking.expires_at is None else f"{claim} {booking.expires_at:%Y-%m-%d %H:%M:%S}"


def _service_model(service_id: str, trainer_id: str, offer: dict[str, int]) -> ServiceModel:
    return ServiceModel(
        service_id,
        trainer_id,
        offer["duration_minutes"],
        offer.get("buffer_before_minutes", 0),
        offer.get("buffer_after_minutes", 0),
        offer.get("capacity", 1),
        offer.get("max_seats_per_booking", 1),
        offer.get("hold_minutes", 5),
        offer.get("confirm_within_minutes"),
    )


def _wire(ranges: Ranges) -> list[dict[str, str]]:
    return [{"start": _hh_mm(each.start_minute), "end": _hh_mm(each.end_minute)} for each in ranges]


def _hh_mm(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def empty(database_url: str) -> None:
    """Delete every row, in tables that only ever grow as well."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'migrations'"
        ).fetchone()
        assert tables is not None
        # As a replica, without the triggers of tables that only ever grow.
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {tables[0]}".encode())


@pytest.fixture
def machine(empty_database: str, emulator_host: str) -> Any:
    """The state machine, on this run's servers, with a clock of its own."""
    with movable_clock(empty_database) as clock:
        yield type("Machine", (BookingMachine,), {"servers": (empty_database, emulator_host, clock)})


def test_any_history_goes_as_the_model_says(machine: type[BookingMachine]) -> None:
    run_state_machine_as_test(machine, settings=PROFILE)
