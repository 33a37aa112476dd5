"""A class with a waitlist, credits and a clock, in any order: always what the model says, and nothing lost at the end.

STATEFUL_EXAMPLES=1000 runs so many histories, new ones each time.
"""

import os
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from courtside.relay import jobs
from tests.integration.bookings.line_model import CLOSES, OFFER, LineModel, Place
from tests.integration.bookings.test_bookings_against_model import BEGINNING, empty
from tests.integration.relay.database_clock import DatabaseClock, movable_clock
from tests.integration.relay.drift import drift
from tests.integration.relay.rest import relay_to_rest
from tests.world import ADMIN, World

_EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=_EXAMPLES or 25,
    stateful_step_count=25,
    derandomize=not _EXAMPLES,
    deadline=None,
    phases=[Phase.generate, Phase.shrink] if _EXAMPLES else [Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
CLIENTS = ("ada", "bob", "cyd", "dan", "eli")
STARTS_AT = BEGINNING + timedelta(hours=5)
CREDITS = 2

clients = st.sampled_from(CLIENTS)
seats = st.integers(1, 2)


class LineMachine(RuleBasedStateMachine):
    """One history of one class; `servers` is set by the test."""

    servers: ClassVar[tuple[str, str, DatabaseClock]]

    @initialize()
    def open_class_and_fill_it(self) -> None:
        database_url, emulator_host, self.clock = self.servers
        empty(database_url)
        self.clock.set(BEGINNING)
        self.world = World.of(database_url, emulator_host, lease_seconds=0.0)
        self.world.approve_trainer("tom", horizon_days=2)
        self.service = self.world.add_service(
            "tom",
            capacity=3,
            max_seats_per_booking=2,
            credit_price=1,
            waitlist_offer_minutes=OFFER // timedelta(minutes=1),
            waitlist_close_minutes=CLOSES // timedelta(minutes=1),
        )
        self.model = LineModel(BEGINNING, STARTS_AT, 3)
        for client in CLIENTS:
            self.world.register_client(client)
            self.world.call(
                ADMIN, "bookings.grant_credits", client_id=client, amount=CREDITS, reason="package"
            )
            self.model.purses[client] = CREDITS
        asked = {"service_id": self.service, "starts_at": STARTS_AT.isoformat()}
        self.session = self.world.call("tom", "bookings.create_session", **asked)["session_id"]
        for client, seats in (("ada", 2), ("bob", 1)):
            self.book(client, seats, credits=True)

    @rule(client=clients, seats=seats, credits=st.booleans())
    def book(self, client: str, seats: int, credits: bool) -> None:
        expected = self.model.book(client, seats, credits=credits)
        assert self._sent(client, "book_session", **self._wanted(seats, credits)) == expected

    @rule(client=clients, seats=seats, credits=st.booleans())
    def wait(self, client: str, seats: int, credits: bool) -> None:
        expected = self.model.wait(client, seats, credits=credits)
        assert self._sent(client, "join_waitlist", **self._wanted(seats, credits)) == expected

    @rule(index=st.integers(0, 9))
    @precondition(lambda self: self.model.places)
    def leave(self, index: int) -> None:
        place = self._place(index)
        booking = self._booking(place)
        expected = self.model.leave(place)
        assert self._sent(place.client, "cancel_booking", booking_id=booking) == expected

    @rule(index=st.integers(0, 9), accepts=st.booleans())
    @precondition(lambda self: self.model.places)
    def answer(self, index: int, accepts: bool) -> None:
        offered = [place for place in self.model.places if place.status == "offered"]
        place = offered[index % len(offered)] if offered else self._place(index)
        booking = self._booking(place)
        expected = self.model.answer(place, accepts=accepts)
        name = "accept_offer" if accepts else "decline_offer"
        assert self._sent(place.client, name, booking_id=booking) == expected

    @rule(capacity=st.integers(2, 5))
    def resize(self, capacity: int) -> None:
        expected = self.model.resize(capacity)
        assert self._sent("tom", "resize_session", session_id=self.session, capacity=capacity) == expected

    @rule(minutes=st.sampled_from([1, 10, 29, 30, 31, 60]))
    def let_time_pass(self, minutes: int) -> None:
        self.model.now = min(self.model.now + timedelta(minutes=minutes), STARTS_AT - timedelta(minutes=1))
        self.clock.set(self.model.now)

    @rule()
    def follow_the_clock(self) -> None:
        self.model.expire()
        jobs.every_minute(self.world.backends)

    @invariant()
    def facts_are_the_models(self) -> None:
        stored = self.world.rows(
            "SELECT client_id, seats, status, expires_at FROM bookings WHERE status <> 'cancelled'"
        )
        expected = [(p.client, p.seats, p.status, p.expires_at) for p in self.model.places]
        assert sorted(stored, key=str) == sorted(expected, key=str)
        taken = self.model.capacity - self.model.left
        assert self.world.rows("SELECT seats_taken, capacity FROM sessions") == [(taken, self.model.capacity)]
        purses = dict(self.world.rows("SELECT client_id, remaining FROM allocations"))
        assert purses == self.model.purses

    def teardown(self) -> None:
        """The session takes place; afterwards all is told, and every document says what is so."""
        if not hasattr(self, "session"):
            return
        self.model.now = STARTS_AT + timedelta(hours=2)
        self.clock.set(self.model.now)
        jobs.every_minute(self.world.backends)
        there = sorted(p.client for p in self.model.places if p.status == "confirmed")
        stored = self.world.rows(
            "SELECT client_id FROM bookings WHERE status = 'completed' ORDER BY client_id"
        )
        assert [client for (client,) in stored] == there
        assert self.world.rows(
            "SELECT count(*) FROM bookings WHERE status NOT IN ('completed', 'cancelled')"
        ) == [(0,)]
        achieved = self.world.rows("SELECT client_id FROM achievements ORDER BY client_id")
        assert [client for (client,) in achieved] == there
        relay_to_rest(self.world)
        assert drift(self.world) == []
        self.world.close()

    def _wanted(self, seats: int, credits: bool) -> dict[str, Any]:
        pay_with = "credits" if credits else "money"
        starts_at = STARTS_AT.isoformat()
        return {"service_id": self.service, "starts_at": starts_at, "seats": seats, "pay_with": pay_with}

    def _place(self, index: int) -> Place:
        return self.model.places[index % len(self.model.places)]

    def _booking(self, place: Place) -> str:
        ((booking,),) = self.world.rows(
            "SELECT id::text FROM bookings WHERE client_id = %s AND status <> 'cancelled'", place.client
        )
        return str(booking)

    def _sent(self, uid: str, command: str, **content: Any) -> str | None:
        """The reason of a refusal; None for success."""
        error = self.world.run(uid, f"bookings.{command}", **content).error
        return None if error is None else str(error["details"]["reason"])


@pytest.fixture
def machine(empty_database: str, emulator_host: str) -> Any:
    """The state machine, on this run's servers, with a clock of its own."""
    with movable_clock(empty_database) as clock:
        yield type("Machine", (LineMachine,), {"servers": (empty_database, emulator_host, clock)})


def test_any_history_of_a_line_goes_as_the_model_says(machine: type[LineMachine]) -> None:
    run_state_machine_as_test(machine, settings=PROFILE)
