"""Carrying out a plan: what is there stays, what stands in the way is left out, what is wrong stops everything."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from seed.callables import Reply
from seed.errors import StepRefused
from seed.people import ADMIN, MADRID, name_person
from seed.run import Fate, Runner, Tally
from seed.steps import AnswerTo, Step

INES = name_person("Inés Duarte", MADRID)
SERVICE = Step("service Yoga", INES, "trainers.add_service", {"name": "Yoga"})
BOOK = Step("book", ADMIN, "bookings.book_session", {"service_id": AnswerTo("service Yoga", "service_id")})
CANCEL = Step("cancel", ADMIN, "bookings.cancel_booking", {"booking_id": AnswerTo("book", "booking_id")})
CANCEL_ALONE = Step("cancel", ADMIN, "bookings.cancel_booking", {"booking_id": "b-1"})
DONE = {"service_id": "s-1", "booking_id": "b-1"}


class Backend:
    """Answers each key with a result, unless told a reason to refuse; keeps what it was sent."""

    def __init__(self, *, refusals: Mapping[str, str] | None = None, replayed: bool = False) -> None:
        self._refusals = refusals or {}
        self._replayed = replayed
        self.sent: dict[str, Mapping[str, Any]] = {}

    def send(self, step: Step, content: Mapping[str, Any]) -> Reply:
        self.sent[step.key] = content
        if reason := self._refusals.get(step.key):
            return Reply(None, reason, "No.", self._replayed)
        return Reply(DONE, None, "", self._replayed)


def run(backend: Backend, *lanes: Sequence[Step], known_service: str | None = None) -> Tally:
    tally = Tally()
    Runner(backend.send, lambda trainer, name: known_service, tally.add).run(lanes)
    return tally


def test_steps_are_sent_with_the_answers_before_them() -> None:
    backend = Backend()

    tally = run(backend, [SERVICE, BOOK, CANCEL])

    assert backend.sent == {
        "service Yoga": {"name": "Yoga"},
        "book": {"service_id": "s-1"},
        "cancel": {"booking_id": "b-1"},
    }
    assert tally.of(Fate.DONE) == 3


def test_what_was_answered_before_counts_as_found() -> None:
    tally = run(Backend(replayed=True), [SERVICE, BOOK])

    assert (tally.of(Fate.FOUND), tally.of(Fate.DONE)) == (2, 0)


def test_a_service_that_is_there_already_is_looked_up() -> None:
    backend = Backend(refusals={"service Yoga": "SERVICE_NAME_TAKEN"})

    tally = run(backend, [SERVICE, BOOK], known_service="s-9")

    assert backend.sent["book"] == {"service_id": "s-9"}
    assert tally.of(Fate.FOUND, "trainers.add_service") == 1


def test_what_builds_on_something_there_already_is_there_already() -> None:
    complain = Step("complain", INES, "reviews.open_dispute", {"booking_id": "b-1"})
    answer = Step(
        "answer", INES, "reviews.answer_dispute", {"dispute_id": AnswerTo("complain", "dispute_id")}
    )
    backend = Backend(refusals={"complain": "ALREADY_DISPUTED"})

    tally = run(backend, [complain, answer])

    assert list(backend.sent) == ["complain"]
    assert tally.of(Fate.FOUND) == 2


def test_a_service_whose_room_is_there_already_is_looked_up() -> None:
    room = Step("room 1", ADMIN, "admin.add_resource", {"name": "Room 1"})
    in_room = Step(
        "service Yoga",
        INES,
        "trainers.add_service",
        {"name": "Yoga", "resource_id": AnswerTo("room 1", "resource_id")},
    )
    backend = Backend(refusals={"room 1": "RESOURCE_NAME_TAKEN"})

    tally = run(backend, [room, in_room, BOOK], known_service="s-9")

    assert list(backend.sent) == ["room 1", "book"]
    assert backend.sent["book"] == {"service_id": "s-9"}
    assert tally.of(Fate.FOUND) == 2


def test_lanes_build_on_answers_known_before_and_not_on_each_other() -> None:
    backend = Backend()
    runner = Runner(backend.send, lambda trainer, name: None, Tally().add)

    [services] = runner.run([[SERVICE]])
    booked, _ = runner.run([[BOOK], [CANCEL]], known=services)

    assert booked == {SERVICE.key: DONE, BOOK.key: DONE}
    assert list(backend.sent) == ["service Yoga", "book"]


def test_a_taken_slot_leaves_out_what_builds_on_it() -> None:
    backend = Backend(refusals={"book": "SLOT_TAKEN"})

    tally = run(backend, [SERVICE, BOOK, CANCEL])

    assert "cancel" not in backend.sent
    assert tally.of(Fate.LEFT_OUT) == 2


def test_a_refusal_that_nothing_explains_is_told_with_its_reason() -> None:
    backend = Backend(refusals={"service Yoga": "TRAINER_NOT_FOUND"})

    with pytest.raises(StepRefused, match=r"trainers\.add_service was refused: No\. \(TRAINER_NOT_FOUND\)"):
        run(backend, [SERVICE, BOOK])

    assert "book" not in backend.sent


def test_a_lane_that_fails_ends_the_others() -> None:
    failed = threading.Event()

    def send(step: Step, content: Mapping[str, Any]) -> Reply:
        if step.sender is ADMIN:
            failed.set()
            return Reply(None, "ROLE_NOT_ALLOWED", "No.", False)
        assert failed.wait(10)
        return Reply(DONE, None, "", False)

    endless = (Step(f"step {n}", INES, "trainers.add_service", {}) for n in iter(int, 1))
    with pytest.raises(StepRefused, match="ROLE_NOT_ALLOWED"):
        Runner(send, lambda trainer, name: None, lambda step, fate: None).run([[CANCEL_ALONE], endless])
