"""Carries a plan out: lanes side by side, each step once, whatever is there already left as it is."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from seed.callables import Reply
from seed.errors import StepRefused
from seed.steps import AnswerForgotten, AnswerMissing, Step

# What a studio that was made before, or lived in since, answers instead: the fact is there already …
_THERE_ALREADY = frozenset(
    {
        "ALREADY_REGISTERED",
        "ALREADY_APPLIED",
        "ALREADY_APPROVED",
        "ALREADY_REVIEWED",
        "ALREADY_DISPUTED",
        "DISPUTE_CLOSED",
        "SERVICE_NAME_TAKEN",
        "RESOURCE_NAME_TAKEN",
    }
)
# … or somebody else was quicker.
_IN_THE_WAY = frozenset(
    {
        "SLOT_TAKEN",
        "SLOT_OUTSIDE_HOURS",
        "SLOT_OFF_STEP",
        "SLOT_TOO_SOON",
        "SLOT_BEYOND_HORIZON",
        "SESSION_FULL",
        "ALREADY_BOOKED",
        "BOOKING_CANCELLED",
        "SAME_TIME",
        "SLOT_CAP_REACHED",
        "TOO_MANY_HOLDS",
        "NOT_HELD",
        "HOLD_EXPIRED",
        "SESSION_NOT_FOUND",
        "SESSION_OVER",
        "SESSION_STARTED",
        "SEATS_FREE",
        "WAITLIST_CLOSED",
        "NOT_OFFERED",
        "OFFER_EXPIRED",
        "NOT_PENDING",
        "REQUEST_EXPIRED",
        "INSUFFICIENT_CREDITS",
        "NOT_REVIEWABLE",
    }
)


class Fate(StrEnum):
    """What came of a step: done now, found done, or left out because something stands in its way."""

    DONE = "done"
    FOUND = "found"
    LEFT_OUT = "left out"


# None for an answer that was given before and is forgotten.
Answer = Mapping[str, Any] | None
Answers = Mapping[str, Answer]
NO_ANSWERS: Answers = MappingProxyType({})


class Send(Protocol):
    """Sends a step with its content filled in."""

    def __call__(self, step: Step, content: Mapping[str, Any], /) -> Reply: ...


# The id of a service that a trainer offers already, by the trainer's uid and the service's name.
FindService = Callable[[str, str], str | None]


@dataclass
class Tally:
    """How often each command met which fate. Threads may share it."""

    counts: Counter[tuple[str, Fate]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, step: Step, fate: Fate) -> None:
        with self._lock:
            self.counts[step.command, fate] += 1

    def of(self, fate: Fate, command: str | None = None) -> int:
        """How many steps met this fate, of one command or of all."""
        return sum(n for (name, met), n in self.counts.items() if met is fate and command in (None, name))


@dataclass
class Runner:
    """Runs lanes in `workers` threads; `report` is told of every step, from any thread."""

    send: Send
    find_service: FindService
    report: Callable[[Step, Fate], None]
    workers: int = 8

    def run(self, lanes: Sequence[Iterable[Step]], known: Answers = NO_ANSWERS) -> Sequence[Answers]:
        """Carry out all lanes, with answers known from before; each lane's answers, with those.

        The first lane that fails ends the others after their current step.

        Raises:
            SeedError: a step failed.
        """
        stop = threading.Event()
        with ThreadPoolExecutor(self.workers, thread_name_prefix="seed") as threads:
            running = [threads.submit(self._run_lane, lane, dict(known), stop) for lane in lanes]
            try:
                wait(running, return_when=FIRST_EXCEPTION)
            finally:
                stop.set()
                threads.shutdown(cancel_futures=True)
        return [lane.result() for lane in running if not lane.cancelled()]

    def _run_lane(
        self, lane: Iterable[Step], answers: dict[str, Answer], stop: threading.Event
    ) -> dict[str, Answer]:
        for step in lane:
            if stop.is_set():
                break
            fate, answer = self._carry_out(step, answers)
            if fate is not Fate.LEFT_OUT:
                answers[step.key] = answer
            self.report(step, fate)
        return answers

    def _carry_out(self, step: Step, answers: Answers) -> tuple[Fate, Answer]:
        try:
            content = step.filled(answers)
        except AnswerMissing:
            return Fate.LEFT_OUT, None
        except AnswerForgotten:
            return Fate.FOUND, self._found(step)
        reply = self.send(step, content)
        if reply.result is not None:
            return (Fate.FOUND if reply.replayed else Fate.DONE), reply.result
        if reply.reason in _THERE_ALREADY:
            return Fate.FOUND, self._found(step)
        if reply.reason in _IN_THE_WAY:
            return Fate.LEFT_OUT, None
        raise StepRefused(f"{step.command} was refused: {reply.message} ({reply.reason})")

    def _found(self, step: Step) -> Answer:
        if step.command != "trainers.add_service":
            return None
        service_id = self.find_service(step.sender.uid, step.content["name"])
        return None if service_id is None else {"service_id": service_id}
