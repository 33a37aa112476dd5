"""The load of a fault run: people who send commands over HTTP and insist, with the same command id, on an answer."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import httpx

from courtside.errors import Code, CourtsideError
from tests.faults.studio import Studio
from tests.integration.bookings.callers import unsigned_token
from tests.integration.relay.rest import wait_until
from tests.soak.acts import ACTS, Act, Command, Memory, cancel
from tests.soak.booker import Record

# What a person is told that means: ask again.
_TRY_AGAIN = (Code.UNAVAILABLE, Code.ABORTED)
_REQUEST_SECONDS = 10.0
_PAUSE_SECONDS = 0.02
_SAMPLED = 0.2
# As many as there are bookings, so that the studio never fills up.
_CANCELS = 40


@dataclass
class Told(Record):
    """What people were told, with what they should never be told, and every command in the order of the answers."""

    untyped: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    journal: list[dict[str, Any]] = field(default_factory=list)


class Load:
    """So many people who act until they are stopped. `url` is asked anew for each sending: servers move."""

    def __init__(self, url: Callable[[], str], project: str, studio: Studio, seed: int, people: int) -> None:
        self._url, self._project, self._studio = url, project, studio
        self._stopping, self._lock = threading.Event(), threading.Lock()
        self._patient_until = float("inf")
        self.told = Told()
        self._threads = [
            threading.Thread(target=self._act, args=(seed * 1_000 + index,), name=f"person {index}")
            for index in range(people)
        ]

    @property
    def answers(self) -> int:
        """How many commands were answered, refusals included."""
        return sum(self.told.outcomes.values())

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wait_for_answers(self, count: int, seconds: float = 60.0) -> None:
        """Return after so many more answers."""
        goal = self.answers + count
        wait_until(lambda: self.answers >= goal, f"{count} more answers", seconds)

    def stop(self, patience_seconds: float) -> None:
        """Let everybody get the answer to what they sent, for so long, and end."""
        self._patient_until = time.monotonic() + patience_seconds
        self._stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _act(self, seed: int) -> None:
        random = Random(seed)
        ground = self._studio.ground
        memory = Memory(ground.clients, ground.services, ground.starts())
        acts: dict[Act, int] = {**ACTS, cancel: _CANCELS, **_trainer_acts(self._studio.trainers)}
        with httpx.Client(timeout=_REQUEST_SECONDS, trust_env=False) as client:
            while not self._stopping.wait(random.uniform(0, 2 * _PAUSE_SECONDS)):
                (act,) = random.choices(list(acts), list(acts.values()))
                command = act(memory, random)
                if command is None:
                    continue
                command_id = str(UUID(int=random.getrandbits(128), version=4))
                body = self._insist(client, command, command_id, random)
                if body is not None and "result" in body:
                    memory.learn(command, body["result"])

    def _insist(
        self, client: httpx.Client, command: Command, command_id: str, random: Random
    ) -> dict[str, Any] | None:
        """Send a command until it is answered; None when it never was."""
        tries = 0
        while True:
            tries += 1
            body = self._send(client, command, command_id)
            if body is not None and not _asks_to_try_again(body):
                self._note(command, command_id, body, tries, sampled=random.random() < _SAMPLED)
                return body
            if time.monotonic() > self._patient_until:
                with self._lock:
                    self.told.unanswered.append(f"{command.name} {command_id} after {tries} tries: {body}")
                return None
            time.sleep(random.uniform(0.02, 0.2))

    def _send(self, client: httpx.Client, command: Command, command_id: str) -> dict[str, Any] | None:
        """The answer to one sending; None when the connection broke, which says nothing about the command."""
        domain, name = command.name.split(".")
        try:
            reply = client.post(
                f"{self._url()}/{domain}",
                headers={"Authorization": f"Bearer {unsigned_token(command.uid, self._project)}"},
                json={"data": {**command.content, "command": name, "command_id": command_id}},
            )
        except httpx.TransportError:
            return None
        try:
            body = reply.json()
        except ValueError:
            body = None
        return body if isinstance(body, dict) else {"error": f"{reply.status_code} {reply.text[:200]!r}"}

    def _note(
        self, command: Command, command_id: str, body: dict[str, Any], tries: int, *, sampled: bool
    ) -> None:
        content = {**command.content, "command_id": command_id}
        outcome = command.name if "result" in body else reason_of(body)
        with self._lock:
            told = self.told
            told.attempts += 1
            told.repeated += tries - 1
            told.outcomes[outcome or "UNTYPED"] += 1
            if outcome is None:
                told.untyped.append(f"{command.name} {content} was answered {body}")
            elif "result" in body:
                if command.name == "bookings.book_session":
                    told.booked.append(body["result"]["booking_id"])
                if sampled:
                    told.sample.append((command.name, command.uid, content, body))
            told.journal.append(
                {"uid": command.uid, "name": command.name, **content, "tries": tries, "outcome": outcome}
            )


def reason_of(body: dict[str, Any]) -> str | None:
    """The published reason of a refusal, None when it is none that a client could act on."""
    error = body.get("error")
    if not isinstance(error, dict) or error.get("status") not in _REFUSING_CODES:
        return None
    reason = error.get("details", {}).get("reason")
    return reason if reason in set(_reasons(CourtsideError)) - {CourtsideError.reason} else None


_REFUSING_CODES = {code.value for code in Code} - {Code.INTERNAL.value}


def _asks_to_try_again(body: dict[str, Any]) -> bool:
    error = body.get("error")
    return isinstance(error, dict) and error.get("status") in {code.value for code in _TRY_AGAIN}


def _reasons(error: type[CourtsideError]) -> Iterator[str]:
    yield error.reason
    for narrower in error.__subclasses__():
        yield from _reasons(narrower)


def _trainer_acts(trainers: tuple[str, ...]) -> dict[Act, int]:
    """What trainers do meanwhile: each touches the documents that everybody else waits for."""

    def change_profile(memory: Memory, random: Random) -> Command:
        trainer = random.choice(trainers)
        headline = f"headline {random.randrange(1_000_000)}"
        return Command(trainer, trainer, "trainers.update_profile", {"headline": headline})

    def change_hours(memory: Memory, random: Random) -> Command:
        trainer, opens = random.choice(trainers), random.choice(("07:00", "08:00"))
        week = [{"weekday": day, "start": opens, "end": "20:00"} for day in range(1, 8)]
        return Command(trainer, trainer, "availability.set_weekly_hours", {"hours": week})

    return {change_profile: 8, change_hours: 3}
