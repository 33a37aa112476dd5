"""A command id has one effect and one answer, however often, however concurrently and in whatever order it is sent."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest

from courtside.errors import CommandIdReused
from tests.world import World, facts, tomorrow_at

SENDERS = 8


@dataclass(frozen=True)
class Sending:
    """One command as a client sends it, and as often as it likes."""

    uid: str
    name: str
    content: dict[str, Any]

    @classmethod
    def new(cls, uid: str, name: str, /, **content: Any) -> "Sending":
        return cls(uid, name, {"command_id": str(uuid4()), **content})

    def to(self, world: World) -> dict[str, Any]:
        """The answer, result or refusal."""
        return world.run(self.uid, self.name, **self.content).answer


@pytest.fixture
def studio(world: World) -> World:
    """Tom, who works around the clock, and two clients."""
    world.drains = False
    world.approve_trainer("tom")
    world.register_client("ada")
    world.register_client("bob")
    return world


def booking(world: World, uid: str = "ada", *, hour: int = 10, **offer: Any) -> Sending:
    service = world.add_service("tom", **offer)
    return Sending.new(
        uid, "bookings.book_session", service_id=service, starts_at=tomorrow_at(hour).isoformat()
    )


def send_at_once(world: World, sending: Sending) -> list[dict[str, Any]]:
    start = Barrier(SENDERS)

    def send(_: int) -> dict[str, Any]:
        start.wait(timeout=10)
        return sending.to(world)

    with ThreadPoolExecutor(SENDERS) as threads:
        return list(threads.map(send, range(SENDERS)))


def test_repeated_command_has_no_second_effect(studio: World) -> None:
    sending = booking(studio)
    first = sending.to(studio)
    after_first = dict(facts(studio))

    assert [sending.to(studio) for _ in range(3)] == [first] * 3
    assert dict(facts(studio)) == after_first


def test_repeated_command_leaves_nothing_to_carry_out(studio: World) -> None:
    sending = booking(studio)
    sending.to(studio)

    again = studio.run(sending.uid, sending.name, **sending.content)

    assert (again.replayed, again.work) == (True, None)


def test_same_content_written_differently_is_the_same_command(studio: World) -> None:
    sending = booking(studio)
    first = sending.to(studio)
    starts_at = tomorrow_at(10).strftime("%Y-%m-%dT%H:%MZ")
    rewritten = dict(
        reversed(
            list(
                {
                    **sending.content,
                    "starts_at": starts_at,
                    "command_id": sending.content["command_id"].upper(),
                }.items()
            )
        )
    )

    assert Sending(sending.uid, sending.name, rewritten).to(studio) == first


def test_refusal_stays_the_answer_although_the_reason_is_gone(studio: World) -> None:
    first = booking(studio)
    taken = first.to(studio)["result"]
    late = Sending.new(
        "bob", first.name, service_id=first.content["service_id"], starts_at=first.content["starts_at"]
    )
    refused = late.to(studio)
    studio.call("ada", "bookings.cancel_booking", booking_id=taken["booking_id"])

    assert refused["error"]["details"]["reason"] == "SLOT_TAKEN"
    assert late.to(studio) == refused
    assert Sending.new(late.uid, late.name, **{**late.content, "command_id": str(uuid4())}).to(studio)[
        "result"
    ]


def test_result_stays_the_answer_although_the_booking_is_gone(studio: World) -> None:
    sending = booking(studio)
    first = sending.to(studio)
    studio.call("ada", "bookings.cancel_booking", booking_id=first["result"]["booking_id"])

    assert sending.to(studio) == first
    assert studio.rows("SELECT status FROM bookings") == [("cancelled",)]


def test_command_sent_by_many_at_once_runs_once(studio: World) -> None:
    for hour in range(5):
        sending = booking(studio, hour=hour)

        answers = send_at_once(studio, sending)

        assert answers == [answers[0]] * SENDERS
        assert "result" in answers[0]
    assert studio.rows("SELECT count(*), sum(seats_taken) FROM sessions") == [(5, 5)]
    assert studio.rows("SELECT count(*) FROM audit WHERE command = 'bookings.book_session'") == [(5,)]
    # One event for each audience but the client's own.
    assert studio.rows("SELECT count(*) FROM outbox WHERE payload ->> 'type' = 'session:booked'") == [(10,)]


def test_refusal_sent_by_many_at_once_is_one_answer(studio: World) -> None:
    taken = booking(studio)
    taken.to(studio)
    before = dict(facts(studio))
    late = Sending.new("bob", taken.name, **{**taken.content, "command_id": str(uuid4())})

    answers = send_at_once(studio, late)

    assert answers == [answers[0]] * SENDERS
    assert answers[0]["error"]["details"]["reason"] == "SLOT_TAKEN"
    assert dict(facts(studio)) == before
    assert studio.rows(
        "SELECT count(*) FROM commands WHERE uid = 'bob' AND starts_with(name, 'bookings.')"
    ) == [(1,)]


def test_one_id_with_two_contents_at_once_stands_for_one_of_them(studio: World) -> None:
    one = booking(studio)
    other = Sending("ada", one.name, {**one.content, "starts_at": tomorrow_at(15).isoformat()})
    start = Barrier(SENDERS)

    def send(sending: Sending) -> str:
        start.wait(timeout=10)
        try:
            return str(sending.to(studio)["result"]["starts_at"])
        except CommandIdReused as refused:
            return refused.reason

    with ThreadPoolExecutor(SENDERS) as threads:
        answers = list(threads.map(send, [one, other] * (SENDERS // 2)))

    assert sorted(answers.count(answer) for answer in set(answers)) == [4, 4]
    assert "COMMAND_ID_REUSED" in answers
    assert studio.rows("SELECT count(*) FROM bookings") == [(1,)]


def test_same_id_of_another_caller_is_another_command(studio: World) -> None:
    ada = booking(studio, capacity=2)
    bob = Sending("bob", ada.name, ada.content)

    assert bob.to(studio)["result"]["booking_id"] != ada.to(studio)["result"]["booking_id"]
    assert studio.rows("SELECT client_id FROM bookings ORDER BY 1") == [("ada",), ("bob",)]


def test_same_id_may_be_refused_to_one_and_granted_to_another(studio: World) -> None:
    bob = booking(studio, "bob")
    ada = Sending("ada", bob.name, bob.content)

    assert "result" in bob.to(studio)
    assert ada.to(studio)["error"]["details"]["reason"] == "SLOT_TAKEN"
    assert "result" in bob.to(studio)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_recorded_run_replayed_in_any_order_and_number_changes_nothing(studio: World, seed: int) -> None:
    run = [(sending, sending.to(studio)) for sending in _record(studio)]
    recorded, answers = [sending for sending, _ in run], [answer for _, answer in run]
    before = dict(facts(studio))
    reasons = {answer["error"]["details"]["reason"] for answer in answers if "error" in answer}
    assert len(recorded) >= 40
    assert len(reasons) >= 6, "the run should hold refusals of several kinds"

    chance = random.Random(seed)
    replay = [index for index in range(len(recorded)) for _ in range(chance.randrange(4))]
    chance.shuffle(replay)
    with ThreadPoolExecutor(SENDERS) as threads:
        replayed = list(threads.map(lambda index: recorded[index].to(studio), replay))

    assert replayed == [answers[index] for index in replay]
    assert dict(facts(studio)) == before


def _record(world: World) -> Iterator[Sending]:
    """Some forty commands of a busy day, some of which are refused; each runs once before the next is made."""
    people = ["eve", "kim", "lea"]
    for uid in people:
        yield Sending.new(uid, "account.register_client", display_name=uid.title(), time_zone="UTC")
        yield Sending.new(uid, "account.register_client", display_name="Again", time_zone="UTC")
    yield Sending.new("amy", "trainers.apply", display_name="Amy", time_zone="Europe/Madrid")
    yield Sending.new("amy", "trainers.apply", display_name="Amy", time_zone="Europe/Madrid")
    yield Sending.new("admin-uid", "trainers.approve", trainer_id="amy")
    yield Sending.new("admin-uid", "trainers.approve", trainer_id="amy")
    for name in ("Box", "Judo", "Box"):
        yield Sending.new(
            "tom", "trainers.add_service", name=name, duration_minutes=60, price_minor=1, currency="EUR"
        )
    yield Sending.new("tom", "trainers.update_profile", headline="Hello")
    yield Sending.new("tom", "availability.set_override", on_date=tomorrow_at(0).date().isoformat(), hours=[])
    yield Sending.new(
        "tom", "availability.set_override", on_date=tomorrow_at(0).date().isoformat(), hours=None
    )
    service = str(world.rows("SELECT id FROM services WHERE name = 'Box'")[0][0])
    for hour in range(6, 12):
        for uid in people[: 1 + hour % 2]:
            yield Sending.new(
                uid, "bookings.book_session", service_id=service, starts_at=tomorrow_at(hour).isoformat()
            )
    taken = world.rows("SELECT b.id::text, b.client_id FROM bookings AS b ORDER BY b.id")
    for position, (booking_id, uid) in enumerate(taken):
        yield Sending.new(
            uid,
            "bookings.reschedule_booking",
            booking_id=booking_id,
            starts_at=tomorrow_at(12 + position // 2).isoformat(),
        )
        if position % 2:
            yield Sending.new(uid, "bookings.cancel_booking", booking_id=booking_id, reason="ill")
            yield Sending.new(uid, "bookings.cancel_booking", booking_id=booking_id)
        yield Sending.new("bob", "bookings.cancel_booking", booking_id=booking_id)
