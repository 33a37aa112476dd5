"""What people do with their inboxes: read, put aside, put off, and tell what they saw.

The count of what is unread is kept when one of these runs, and shown in `clients/{uid}`. What comes later is not in it:
whoever is told of a booking sees the inbox's new document anyway, and one more write for each would say nothing new.

None of these leaves a line in the audit: they concern nobody else, are many, and their rows tell what they did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.firestore.values import Fields
from courtside.notifications.model import NotificationNotFound, SnoozeNotAhead
from courtside.notifications.rollups import note_changed
from courtside.notifications.schemas import Acknowledge, ChangeInbox, InboxView, Snooze

_QUERIES = Queries(__package__, "inbox.sql")

# Of one command or one run; the others are for the next.
_MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Unread:
    """How much was unread for somebody when the inbox was last changed."""

    user_id: str
    unread: int
    unread_at: datetime


@dataclass(frozen=True)
class _Changed:
    id: UUID


@dataclass(frozen=True)
class _Count:
    unread: int


@dataclass(frozen=True)
class _Told:
    created_at: datetime


@dataclass(frozen=True)
class _Pushed:
    id: UUID
    user_id: str
    target: str
    created_at: datetime


@dataclass(frozen=True)
class _Snoozer:
    user_id: str


def mark_read(uow: UnitOfWork, command: ChangeInbox) -> InboxView:
    """Note that the caller has read these."""
    return _change(uow, _QUERIES["mark_read"], uow.actor.uid, command.notification_ids, command.until)


def mark_unread(uow: UnitOfWork, command: ChangeInbox) -> InboxView:
    """Take that back."""
    return _change(uow, _QUERIES["mark_unread"], uow.actor.uid, command.notification_ids, command.until)


def archive(uow: UnitOfWork, command: ChangeInbox) -> InboxView:
    """Put these aside."""
    return _change(uow, _QUERIES["archive"], uow.actor.uid, command.notification_ids, command.until)


def unarchive(uow: UnitOfWork, command: ChangeInbox) -> InboxView:
    """Take that back."""
    return _change(uow, _QUERIES["unarchive"], uow.actor.uid, command.notification_ids, command.until)


def snooze(uow: UnitOfWork, command: Snooze) -> InboxView:
    """Put one away until a time.

    Raises:
        SnoozeNotAhead: that time has come.
        NotificationNotFound: the caller has no such notification, or put it aside.
    """
    if command.until <= uow.now:
        raise SnoozeNotAhead
    values = {"id": command.notification_id, "uid": uow.actor.uid, "until": command.until}
    changed = uow.list(_QUERIES["snooze"], _Changed, **values)
    if not changed:
        raise NotificationNotFound
    return _concluded(uow, uow.actor.uid, changed)


def acknowledge(uow: UnitOfWork, command: Acknowledge) -> InboxView:
    """Note what a client tells of a push, or of the inbox; what was clicked or acted upon was read.

    Raises:
        NotificationNotFound: the caller has no such notification.
    """
    uid, id_ = uow.actor.uid, command.notification_id
    told = uow.find(_QUERIES["find_told"], _Told, id=id_, uid=uid)
    if told is None:
        raise NotificationNotFound
    # Clients' clocks are wrong now and then.
    at = max(told.created_at, min(command.at, uow.now))
    values = {"id": id_, "uid": uid, "what": command.what, "at": at}
    if command.installation_id is not None:
        uow.execute(_QUERIES["acknowledge_push"], installation_id=command.installation_id, **values)
    elif command.what != "received":
        uow.execute(_QUERIES["acknowledge_inbox"], **values)
    note_changed(uow, [told.created_at], uow.now)
    if command.what not in ("clicked", "acted"):
        return InboxView(changed=0, unread=_count(uow, uid))
    return _change(uow, _QUERIES["mark_read"], uid, [id_])


def acknowledge_push(uow: UnitOfWork, delivery_id: UUID, what: str) -> None:
    """Note what an app tells of a push by its receipt, now; what was clicked was read."""
    told = uow.find(_QUERIES["find_pushed"], _Pushed, delivery_id=delivery_id)
    if told is None:
        return
    values = {"id": told.id, "uid": told.user_id, "what": what, "at": uow.now}
    uow.execute(_QUERIES["acknowledge_push"], installation_id=told.target, **values)
    note_changed(uow, [told.created_at], uow.now)
    if what == "clicked":
        _change(uow, _QUERIES["mark_read"], told.user_id, [told.id])


def list_snoozers(uow: UnitOfWork) -> list[str]:
    """Whose notifications return now."""
    rows = uow.list(_QUERIES["list_snoozers"], _Snoozer, now=uow.now, most=_MOST_AT_ONCE)
    return [row.user_id for row in rows]


def return_snoozed(uow: UnitOfWork, user_id: str) -> int:
    """Have somebody's notifications return whose time has come; how many."""
    changed = uow.list(_QUERIES["return_snoozed"], _Changed, uid=user_id, now=uow.now)
    return _concluded(uow, user_id, changed).changed


def list_unread(reader: Reader, user_ids: Sequence[str]) -> Sequence[Unread]:
    """What was kept of these people's inboxes; of those who never changed theirs, nothing."""
    return reader.list(_QUERIES["list_unread"], Unread, user_ids=list(user_ids))


def project_unread(kept: Unread | None) -> Fields:
    """Fields of a client's document: what was unread at a time, null where nobody has counted yet."""
    return {"unread": kept.unread if kept else None, "unread_at": kept.unread_at if kept else None}


def _change(
    uow: UnitOfWork,
    query: LiteralString,
    uid: str,
    ids: Sequence[UUID],
    until: datetime | None = None,
) -> InboxView:
    changed = uow.list(query, _Changed, uid=uid, ids=list(ids), until=until, now=uow.now, most=_MOST_AT_ONCE)
    return _concluded(uow, uid, changed)


def _concluded(uow: UnitOfWork, uid: str, changed: Sequence[_Changed]) -> InboxView:
    """Count what is unread, and have all documents written that show what changed."""
    unread = _count(uow, uid)
    if changed:
        uow.execute(_QUERIES["keep_unread"], uid=uid, unread=unread, now=uow.now)
        uow.touch(f"clients/{uid}", *(f"users/{uid}/inbox/{row.id}" for row in changed))
    return InboxView(changed=len(changed), unread=unread)


def _count(uow: UnitOfWork, uid: str) -> int:
    counted = uow.find(_QUERIES["count_unread"], _Count, uid=uid)
    assert counted is not None  # a count is always one row
    return counted.unread
