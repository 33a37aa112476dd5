"""Units of work that no caller sent: schedules and operators' commands, audited like the others."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from psycopg import Connection

from courtside.actors import SYSTEM, Actor
from courtside.db import outbox
from courtside.db.idempotency import CommandKey
from courtside.db.pool import LazyPool
from courtside.db.unit_of_work import UnitOfWork, run_transaction

T = TypeVar("T")
React = Callable[[UnitOfWork], None]


def run_as_system(
    pool: LazyPool,
    name: str,
    work: Callable[[UnitOfWork], T],
    react: React | None = None,
    *,
    actor: Actor = SYSTEM,
) -> T:
    """Run `work` in one transaction as the system, or in somebody's name.

    What it leaves is due at once, for the worker to carry out.
    """

    def attempt(connection: Connection[Any]) -> T:
        row = connection.execute("SELECT now()").fetchone()
        assert row is not None
        now: datetime = row[0]
        uow = UnitOfWork(connection, now=now, actor=actor)
        result = work(uow)
        if react is not None:
            react(uow)
        key = CommandKey(actor.uid, uuid4(), name, b"")
        outbox.finish_command(uow, key, {}, request_id="system", lease_seconds=0, lease_limit=0)
        return result

    return run_transaction(pool, attempt)
