"""Carries a broadcast on by one page: its next people are told, or what a stop left is cancelled.

Whom a page tells and how far it has come are one transaction, and each person has one notification of each broadcast:
whatever dies in between, and however many go on with it at once, everybody is told once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside import crash_points
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.notifications.broadcasts.model import Broadcast
from courtside.notifications.broadcasts.policy import next_page_at, pace_of
from courtside.notifications.broadcasts.projection import path_of
from courtside.notifications.broadcasts.service import fallback_of
from courtside.notifications.broadcasts.store import is_unsettled

_QUERIES = Queries(__package__)

# Deliveries of a stopped one that are cancelled in one transaction.
_MOST_CANCELLED = 1_000
# What is being sent has an answer soon.
_LOOK_AGAIN = timedelta(seconds=1)


@dataclass(frozen=True)
class _Id:
    id: UUID


@dataclass(frozen=True)
class _Turn:
    """Somebody's turn; without a notification if they were told before."""

    user_id: str
    notification_id: UUID | None


def is_due(reader: Reader) -> bool:
    """Whether there is one to go on with."""
    return reader.find(_QUERIES["find_due"], _Id) is not None


def carry_on(uow: UnitOfWork, *, behind: timedelta) -> int:
    """Go on with one that is due and that nobody else has in hand; how many inboxes or deliveries that changed.

    After a pause, pages are made up for as far as `behind` goes back: nothing, and each follows the former at its pace.
    """
    broadcast = uow.find(_QUERIES["lock_due"], Broadcast)
    if broadcast is None:
        return 0
    return _tell(uow, broadcast, behind) if broadcast.state == "running" else _keep_back(uow, broadcast)


def _tell(uow: UnitOfWork, broadcast: Broadcast, behind: timedelta) -> int:
    pace = pace_of(broadcast.per_minute)
    turns = _tell_page(uow, broadcast, pace.people)
    told = [turn for turn in turns if turn.notification_id is not None]
    uow.touch(path_of(broadcast.id), *(f"users/{turn.user_id}/inbox/{turn.notification_id}" for turn in told))
    is_over = len(turns) < pace.people
    uow.execute(
        _QUERIES["advance_broadcast"],
        id=broadcast.id,
        reached=turns[-1].user_id if turns else broadcast.reached,
        told=len(told),
        next_at=next_page_at(broadcast.next_at, uow.now, pace, behind=behind),
        is_over=is_over,
        now=uow.now,
    )
    if is_over:
        after = {"state": "done", "sent": broadcast.sent + len(told), "total": broadcast.total}
        uow.record(f"broadcasts/{broadcast.id}", {"state": "running"}, after)
    crash_points.reach(crash_points.PAGED)
    return len(told)


def _tell_page(uow: UnitOfWork, broadcast: Broadcast, people: int) -> Sequence[_Turn]:
    return uow.list(
        _QUERIES["tell_page"],
        _Turn,
        id=broadcast.id,
        texts=Jsonb(broadcast.texts),
        fallback=fallback_of(broadcast.texts),
        audience=Jsonb(broadcast.audience),
        started_at=broadcast.started_at,
        reached=broadcast.reached,
        priority=broadcast.priority,
        now=uow.now,
        limit=people,
    )


def _keep_back(uow: UnitOfWork, broadcast: Broadcast) -> int:
    """Cancel what nobody is sending; it is over once the rest is decided about, and sent or cancelled as well."""
    cancelled = uow.execute(_QUERIES["cancel_unsent"], id=broadcast.id, limit=_MOST_CANCELLED)
    is_full = cancelled == _MOST_CANCELLED
    is_over = not is_full and not is_unsettled(uow, broadcast.id)
    uow.execute(
        _QUERIES["settle_stop"],
        id=broadcast.id,
        cancelled=cancelled,
        next_at=uow.now if is_full else uow.now + _LOOK_AGAIN,
        is_over=is_over,
        now=uow.now,
    )
    if cancelled or is_over:
        uow.touch(path_of(broadcast.id))
    if is_over:
        after = {"ended": True, "sent": broadcast.sent, "kept_back": broadcast.kept_back + cancelled}
        uow.record(f"broadcasts/{broadcast.id}", {"state": "stopped"}, after)
    return cancelled
