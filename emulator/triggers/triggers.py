"""Triggers at work: commits become events, events are delivered at least once and in order per document."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import uuid4

from emulator.core.databases import Databases
from emulator.core.errors import FailedPrecondition
from emulator.core.history import Commit
from emulator.core.paths import DatabaseName
from emulator.triggers.events import Event, Principal, event_data
from emulator.triggers.hosts import Host, Outcome
from emulator.triggers.lanes import Lanes
from emulator.triggers.registrations import Registration

_LOG = logging.getLogger(__name__)
CAPACITY = 10_000
FIRST_DELAY_SECONDS = 0.1
MAX_DELAY_SECONDS = 10.0
ATTEMPTS = 60
"""With the delays between them some ten minutes, then an event is given up."""
DRAIN_SECONDS = 2.0
"""Less than what the official suite grants an emulator to stop."""


@dataclass(frozen=True, slots=True)
class _Delivery:
    function: str
    event: Event


class Triggers:
    """The registered functions of all databases and the events on their way to them.

    `principal` tells who makes the commit that is being made.
    """

    def __init__(
        self, databases: Databases, principal: Callable[[], Principal], host: Host | None = None
    ) -> None:
        self._databases = databases
        self._principal = principal
        self._host = host
        self._lanes: Lanes[_Delivery] = Lanes(self._deliver, CAPACITY)
        self._registered: dict[DatabaseName, dict[str, Registration]] = {}
        self._dice = Random()
        self._dropped = 0

    def register(self, registration: Registration) -> None:
        """Tell a function from the next commit on; the same generation or a later one replaces what it had.

        FailedPrecondition when the emulator knows no functions host.
        """
        if self._host is None:
            raise FailedPrecondition("no functions host: start the emulator with --functions HOST:PORT")
        database = registration.database
        if database not in self._registered:
            self._registered[database] = {}
            observers = self._databases.get(database).database.observers
            observers.append(lambda commit, touched: self._on_commit(database, commit))
        known = self._registered[database].get(registration.function)
        if known is None or known.generation <= registration.generation:
            self._registered[database][registration.function] = registration

    def report(self, project: str) -> dict[str, Any]:
        """The triggers of a project, and how many events wait for all of them, as JSON."""
        found = [
            {
                "id": registration.id,
                "eventType": registration.event_type,
                "database": database.database,
                "document": registration.document,
            }
            for database, registered in self._registered.items()
            if database.project == project
            for registration in registered.values()
        ]
        return {"triggers": found, "pending": self._lanes.pending}

    def _on_commit(self, database: DatabaseName, commit: Commit) -> None:
        for registration in self._registered[database].values():
            for change in commit.changes:
                if registration.concerns(change):
                    principal = self._principal() if registration.with_auth_context else None
                    path, body = change.record.path, event_data(change)
                    event = Event(
                        str(uuid4()), registration.event_type, database, path, commit.time, body, principal
                    )
                    self._enqueue(registration.function, event)

    def _enqueue(self, function: str, event: Event) -> None:
        lane = function, str(event.database), event.path
        if self._lanes.put(lane, _Delivery(function, event)):
            return
        self._dropped += 1
        _LOG.error(
            "%d events wait for the functions host already: the event of %s for %s is LOST (%d so far)",
            CAPACITY, event.path, function, self._dropped,
        )  # fmt: skip

    def _current(self, delivery: _Delivery) -> Registration | None:
        return self._registered[delivery.event.database].get(delivery.function)

    async def _deliver(self, delivery: _Delivery) -> None:
        """Post an event until it is accepted, its function is gone, or there is no more hope."""
        event = delivery.event
        for attempt in range(ATTEMPTS):
            registration = self._current(delivery)
            if registration is None:
                return
            assert self._host is not None
            outcome, reason = await self._host.post(registration.id, event)
            if outcome is Outcome.ACCEPTED:
                return
            if outcome is Outcome.STALE:
                self._forget(registration, reason)
                continue
            _LOG.warning("%s did not take the event of %s: %s", registration.id, event.path, reason)
            await asyncio.sleep(self._delay(attempt))
        _LOG.error("event of %s for %s is given up after %d attempts", event.path, event.type, ATTEMPTS)

    def _forget(self, registration: Registration, reason: str) -> None:
        """Drop a trigger, unless a later generation has taken its place."""
        registered = self._registered[registration.database]
        if registered.get(registration.function) == registration:
            _LOG.warning("trigger %s is dropped: the functions host answered %s", registration.id, reason)
            del registered[registration.function]

    def _delay(self, attempt: int) -> float:
        """Doubling, with jitter, so that many lanes do not come back at once."""
        return min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0**attempt) * self._dice.uniform(0.7, 1.0)

    async def close(self) -> None:
        """Deliver what can be delivered within DRAIN_SECONDS, and say what could not."""
        lost = await self._lanes.close(DRAIN_SECONDS)
        if lost:
            _LOG.error("%d events were not delivered to the functions host before the end", lost)
        if self._host is not None:
            await self._host.close()
