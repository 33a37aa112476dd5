"""Runs one command: claim its id, authorise, handle, react, write what it leaves; all in one transaction."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from courtside import crash_points
from courtside.actors import Actor
from courtside.config import Settings
from courtside.db import idempotency, outbox
from courtside.db.idempotency import Answer, CommandKey
from courtside.db.outbox import Work
from courtside.db.pool import LazyPool
from courtside.db.reader import Reader
from courtside.db.unit_of_work import Inquiry, UnitOfWork, run_inquiry, run_transaction
from courtside.edge.auth import Caller, require_fresh_sign_in, require_standing
from courtside.edge.commands import Command, DangerousSchema, Query
from courtside.edge.failures import error_body
from courtside.errors import Refusal

# Commands that touch more than this (new weekly hours rewrite every day of the horizon) leave it to the worker.
EDGE_LEASE_LIMIT = 24

React = Callable[[UnitOfWork], None]

_VISITOR = Caller("", None)


@dataclass(frozen=True)
class Outcome:
    """What a command came to: its answer, whether it was given before, and the work that its commit left."""

    answer: Answer
    replayed: bool = False
    work: Work | None = None

    @property
    def error(self) -> dict[str, Any] | None:
        """The error of a refused command, as the caller sees it."""
        return self.answer.get("error")


@dataclass
class Dispatcher:
    """Runs commands against one database; `react` fills in what follows from a unit of work's events."""

    pool: LazyPool
    settings: Settings
    react: React

    def run(
        self,
        command: Command[Any],
        caller: Caller,
        content: dict[str, Any],
        request_id: str,
        *,
        now: datetime | None = None,
    ) -> Outcome:
        """Run a command, or give again the answer that its id already has; `now` replaces the database's time.

        One that is only simulated leaves nothing, not even its id.

        Raises:
            Refusal: refused before it had an effect to remember: bad input, role, a reused id.
            Unavailable: not decided; the same command id may be sent again.
        """
        payload = command.validate(content)
        meaning = idempotency.fingerprint(command.name, payload.model_dump(mode="json"))
        key = CommandKey(caller.uid, payload.command_id, command.name, meaning)
        try:
            return run_transaction(
                self.pool,
                lambda connection: self._attempt(connection, command, caller, key, payload, request_id, now),
            )
        except _Simulated as simulated:
            return Outcome(simulated.answer)
        except _Refused as refused:
            if _is_simulated(payload):
                raise refused.refusal from None
            answer: Answer = {"error": error_body(refused.refusal)}
            kept = run_transaction(
                self.pool, lambda connection: idempotency.remember_refusal(Reader(connection), key, answer)
            )
            return Outcome(kept, replayed=kept != answer)

    def ask(
        self,
        query: Query[Any],
        caller: Caller | None,
        content: dict[str, Any],
        *,
        now: datetime | None = None,
    ) -> Outcome:
        """Answer a query; without a caller, a visitor asks.

        Raises:
            Refusal: bad input, role, or what the query itself refuses.
            Unavailable: the database could not answer.
        """
        payload = query.validate(content)

        def look(connection: Connection[Any]) -> Answer:
            asking = caller or _VISITOR
            account = idempotency.recognize(Reader(connection), asking.uid)
            require_standing(asking, account)
            query.authorize(account.role)
            actor = Actor(asking.uid, account.role, asking.email)
            view = query.handler(Inquiry(connection, now=now or account.now, actor=actor), payload)
            return {"result": view.model_dump(mode="json")}

        return Outcome(run_inquiry(self.pool, look))

    def _attempt(
        self,
        connection: Connection[Any],
        command: Command[Any],
        caller: Caller,
        key: CommandKey,
        payload: Any,
        request_id: str,
        now: datetime | None,
    ) -> Outcome:
        begun = idempotency.begin(Reader(connection), key)
        account = begun.account
        require_standing(caller, account)
        if begun.answer is not None:
            return Outcome(begun.answer, replayed=True)
        command.authorize(account.role)
        if command.recent_sign_in:
            require_fresh_sign_in(caller, account.now)
        actor = Actor(caller.uid, account.role, caller.email)
        reason = payload.reason if isinstance(payload, DangerousSchema) else None
        uow = UnitOfWork(connection, now=now or account.now, actor=actor, reason=reason)
        try:
            view = command.handler(uow, payload)
        except Refusal as refusal:
            raise _Refused(refusal) from refusal
        crash_points.reach(crash_points.HANDLED)
        self.react(uow)
        if _is_simulated(payload):
            # What is only checked at the end of a transaction is checked now.
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise _Simulated(uow)
        answer: Answer = {"result": view.model_dump(mode="json")}
        work = outbox.finish_command(
            uow,
            key,
            answer,
            request_id=request_id,
            lease_seconds=self.settings.lease_seconds,
            lease_limit=EDGE_LEASE_LIMIT if self.settings.drain_deadline_seconds > 0 else 0,
        )
        crash_points.reach(crash_points.QUEUED)
        return Outcome(answer, work=work)


def _is_simulated(payload: Any) -> bool:
    return isinstance(payload, DangerousSchema) and payload.simulate


class _Simulated(Exception):
    """Carries what a command would have done out of the transaction, which it rolls back."""

    def __init__(self, uow: UnitOfWork) -> None:
        super().__init__()
        changes = [asdict(change) for change in uow.changes]
        told: Answer = {"simulated": True, "changes": changes, "documents": sorted(uow.documents)}
        self.answer: Answer = {"result": told}


class _Refused(Exception):
    """Carries a handler's refusal out of the transaction, which it rolls back."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal
