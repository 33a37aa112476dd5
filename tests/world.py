"""A world to act in: every command as its callable runs it, without HTTP, on real Postgres and a real emulator."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
from google.cloud import firestore

from courtside.actors import Role
from courtside.availability.api import commands as availability_commands
from courtside.backends import Backends
from courtside.bookings.api import commands as bookings_commands
from courtside.config import Settings
from courtside.db.outbox import Work
from courtside.db.system import run_as_system
from courtside.edge.auth import Caller
from courtside.edge.commands import Query
from courtside.edge.dispatch import Dispatcher, Outcome
from courtside.identity.service import grant_role
from courtside.notifications.api import commands as admin_commands
from courtside.notifications.api import notifications_commands
from courtside.privacy.api import commands as account_commands
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from courtside.relay.worker import sweep
from courtside.reviews.api import commands as reviews_commands
from courtside.trainers.api import commands as trainers_commands
from local.documents import open_client

CALLABLES = {
    c.domain: c
    for c in (
        account_commands,
        trainers_commands,
        availability_commands,
        bookings_commands,
        reviews_commands,
        notifications_commands,
        admin_commands,
    )
}
ADMIN = "admin-uid"


class Refused(AssertionError):
    """A command that a test expected to succeed was refused; also what `refusal` returns for the expected ones."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['details']['reason']}: {error}")
        self.error = error
        self.reason: str = error["details"]["reason"]


@dataclass
class World:
    """One backend; `drains` off leaves everything that commands commit to the relay."""

    backends: Backends
    drains: bool = True
    last_work: Work | None = None
    _firestore: firestore.Client | None = field(default=None, init=False)

    @classmethod
    def of(
        cls, database_url: str, emulator_host: str, *, project: str | None = None, **settings: Any
    ) -> "World":
        """A world of its own Firestore project, or of a named one; no document is ever too hot, no caller too eager."""
        project = project or f"demo-{uuid4().hex[:12]}"
        settings = {"document_pause_seconds": 0.0, "rate_limits": False, **settings}
        return cls(
            Backends.of(
                Settings(
                    project=project,
                    database_url=database_url,
                    firestore_emulator=emulator_host,
                    unsubscribe_secrets=("signs the links of tests, and no others",),
                    **settings,
                )
            )
        )

    def run(
        self,
        uid: str,
        name: str,
        /,
        *,
        now: datetime | None = None,
        signed_in_at: datetime | None = None,
        **content: Any,
    ) -> Outcome:
        """Run `domain.command`, at `now` if given, signed in just now unless told otherwise.

        Raises what the edge would map to an error.
        """
        domain, wanted = name.split(".")
        command = CALLABLES[domain].get(wanted)
        dispatcher = Dispatcher(self.backends.pool, self.backends.settings, react)
        caller = Caller(uid, None, signed_in_at or datetime.now(UTC))
        if isinstance(command, Query):
            return dispatcher.ask(command, caller if uid else None, content, now=now)
        content.setdefault("command_id", str(uuid4()))
        outcome = dispatcher.run(command, caller, content, "test-request", now=now)
        self.last_work = outcome.work
        if self.drains and outcome.work is not None:
            drain_commit(self.backends, outcome.work)
        return outcome

    def call(self, uid: str, name: str, /, **content: Any) -> dict[str, Any]:
        """The result of a command that is expected to succeed."""
        outcome = self.run(uid, name, **content)
        if outcome.error is not None:
            raise Refused(outcome.error)
        result: dict[str, Any] = outcome.answer["result"]
        return result

    def refusal(self, uid: str, name: str, /, **content: Any) -> Refused:
        """The refusal of a command that a handler is expected to refuse."""
        outcome = self.run(uid, name, **content)
        assert outcome.error is not None, f"{name} was not refused: {outcome.answer}"
        return Refused(outcome.error)

    def relay(self) -> int:
        """Carry out all that is due, as the sweep does."""
        return sweep(self.backends, limit_seconds=30)

    def register_client(self, uid: str, *, display_name: str = "Ada", time_zone: str = "UTC") -> str:
        """A registered client."""
        self.call(uid, "account.register_client", display_name=display_name, time_zone=time_zone)
        return uid

    def make_admin(self, uid: str = ADMIN) -> str:
        """A registered administrator."""
        self.register_client(uid, display_name="Root")
        run_as_system(self.backends.pool, "test", lambda uow: grant_role(uow, uid, Role.ADMIN))
        return uid

    def approve_trainer(
        self,
        uid: str = "tom",
        *,
        display_name: str = "Tom",
        time_zone: str = "UTC",
        hours: tuple[str, str] = ("00:00", "24:00"),
        **rules: Any,
    ) -> str:
        """An approved trainer who works these hours every day; `rules` as in `trainers.update_profile`."""
        self.call(uid, "trainers.apply", display_name=display_name, time_zone=time_zone)
        if not self.rows("SELECT 1 FROM users WHERE id = %s", ADMIN):
            self.make_admin()
        self.call(ADMIN, "trainers.approve", trainer_id=uid)
        week = [{"weekday": day, "start": hours[0], "end": hours[1]} for day in range(1, 8)]
        self.call(uid, "availability.set_weekly_hours", hours=week)
        self.call(uid, "trainers.update_profile", **{"min_notice_minutes": 0, **rules})
        return uid

    def add_service(self, trainer: str = "tom", **offer: Any) -> str:
        """A service of a trainer: an hour for one, unless told otherwise; its id."""
        defaults = {
            "name": f"Training {uuid4().hex[:6]}",
            "duration_minutes": 60,
            "price_minor": 5000,
            "currency": "EUR",
        }
        service_id: str = self.call(trainer, "trainers.add_service", **{**defaults, **offer})["service_id"]
        return service_id

    def book(self, uid: str, service_id: str, starts_at: datetime) -> dict[str, Any]:
        """A booking that is expected to succeed."""
        return self.call(uid, "bookings.book_session", service_id=service_id, starts_at=starts_at.isoformat())

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of Postgres, on a connection of its own."""
        with psycopg.connect(self.backends.settings.database_url, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    @property
    def firestore(self) -> firestore.Client:
        """The official client, reading what clients read."""
        if self._firestore is None:
            settings = self.backends.settings
            self._firestore = open_client(settings.project, str(settings.firestore_emulator))
        return self._firestore

    def document(self, path: str) -> dict[str, Any] | None:
        """A document as it is in Firestore, None if it is not there."""
        fields: dict[str, Any] | None = self.firestore.document(path).get().to_dict()
        return fields

    def close(self) -> None:
        """Close every connection."""
        self.backends.close()
        if self._firestore is not None:
            self._firestore.close()


def tomorrow_at(hour: int, minute: int = 0, *, days: int = 1) -> datetime:
    """A whole minute tomorrow, or so many days ahead, in UTC."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=days, hours=hour, minutes=minute)


def facts(world: World) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Every row of every table but answers of commands: what must not change when a command is refused."""
    for (table,) in world.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('commands', 'migrations') "
        "ORDER BY 1"
    ):
        yield table, sorted(world.rows(f"SELECT to_jsonb(t)::text FROM {table} AS t"))
