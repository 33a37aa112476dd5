"""A studio to measure: durable Postgres, the emulator, trainers who work around the clock, clients."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from courtside.actors import Role
from courtside.availability.api import commands as availability_commands
from courtside.backends import Backends
from courtside.bookings.api import commands as bookings_commands
from courtside.config import Settings
from courtside.db.migrate import migrate
from courtside.db.system import run_as_system
from courtside.edge.auth import Caller
from courtside.edge.commands import Command
from courtside.edge.dispatch import Dispatcher, Outcome
from courtside.identity.api import commands as account_commands
from courtside.identity.service import grant_role
from courtside.relay.subscriptions import react
from courtside.relay.worker import sweep
from courtside.trainers.api import commands as trainers_commands
from local.emulator import running_emulator
from local.postgres import running_postgres

PROJECT = "demo-bench"
_ADMIN = "admin"
_CALLABLES = {
    c.domain: c for c in (account_commands, trainers_commands, availability_commands, bookings_commands)
}


@dataclass
class Studio:
    """A backend with commands run as callables run them, without HTTP."""

    backends: Backends

    def attempt(self, uid: str, name: str, /, **content: Any) -> Outcome:
        """Run a command and commit, or be refused; what it leaves is the caller's to carry out."""
        domain, wanted = name.split(".")
        content.setdefault("command_id", str(uuid4()))
        dispatcher = Dispatcher(self.backends.pool, self.backends.settings, react)
        command = _CALLABLES[domain].get(wanted)
        assert isinstance(command, Command)  # queries leave nothing to measure here
        return dispatcher.run(command, Caller(uid, None), content, "bench")

    def run(self, uid: str, name: str, /, **content: Any) -> Outcome:
        """Run a command that is expected to succeed."""
        outcome = self.attempt(uid, name, **content)
        if outcome.error is not None:
            raise RuntimeError(f"{name}: {outcome.error}")
        return outcome

    def add_service(self, trainer: str, **offer: Any) -> str:
        """A service of a trainer, an hour for one unless told otherwise; its id."""
        defaults = {"name": "Bench", "duration_minutes": 60, "price_minor": 1, "currency": "EUR"}
        answer = self.run(trainer, "trainers.add_service", **{**defaults, **offer}).answer
        service_id: str = answer["result"]["service_id"]
        return service_id

    def open(self, trainers: int, clients: int, *, horizon_days: int = 60) -> dict[str, str]:
        """Trainers `trainer0`… who can be booked at any hour of the next days; each one's service id."""
        self.run(_ADMIN, "account.register_client", display_name="Admin", time_zone="UTC")
        run_as_system(self.backends.pool, "bench", lambda uow: grant_role(uow, _ADMIN, Role.ADMIN))
        for index in range(clients):
            self.run(
                f"client{index}", "account.register_client", display_name=f"Client {index}", time_zone="UTC"
            )
        services = {
            uid: self._add_trainer(uid, horizon_days)
            for uid in (f"trainer{index}" for index in range(trainers))
        }
        sweep(self.backends, limit_seconds=60)
        return services

    def _add_trainer(self, uid: str, horizon_days: int) -> str:
        self.run(uid, "trainers.apply", display_name=uid, time_zone="UTC")
        self.run(_ADMIN, "trainers.approve", trainer_id=uid)
        profile = {"min_notice_minutes": 0, "horizon_days": horizon_days}
        week = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(1, 8)]
        # A day has few slots, as a real one: a bench of 288 slots a document would measure encoding.
        self.run(uid, "trainers.update_profile", slot_step_minutes=60, **profile)
        self.run(uid, "availability.set_weekly_hours", hours=week)
        return self.add_service(uid)


@contextmanager
def running_studio(
    postgres_settings: Mapping[str, str] = MappingProxyType({}), **settings: Any
) -> Iterator[Studio]:
    """A studio on servers of its own; Postgres fsyncs, as it would in production."""
    with (
        running_postgres(durable=True, settings=postgres_settings) as postgres,
        running_emulator(project=PROJECT) as emulator,
    ):
        migrate(postgres.url)
        backends = Backends.of(
            Settings(project=PROJECT, database_url=postgres.url, firestore_emulator=emulator.host, **settings)
        )
        try:
            yield Studio(backends)
        finally:
            backends.close()


def slot(index: int) -> datetime:
    """The start of the index-th slot, from tomorrow's midnight, hour by hour."""
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return tomorrow + timedelta(hours=index)
