"""Inboxes in Postgres."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id
from courtside.notifications.model import Notice, Notification
from courtside.notifications.policy import bundle_of
from courtside.notifications.types import expiry_of, group_of, type_of

_QUERIES = Queries(__package__)


def insert_notifications(uow: UnitOfWork, notices: Sequence[Notice]) -> Sequence[Notification]:
    """Put notices into inboxes, those for all admins into each but the actor's. Returns what was not there already.

    Several for the same person that are alike are a bundle: each has its place in the inbox, and one e-mail or push
    tells of all.
    """
    alike = Counter(key for notice in notices if (key := bundle_of(notice)) is not None)
    bundles = {key: str(new_id()) for key, several in alike.items() if several > 1}
    rows = Jsonb([{**_row(notice), "bundle": bundles.get(bundle_of(notice) or ())} for notice in notices])
    return uow.list(
        _QUERIES["insert_notifications"], Notification, notices=rows, uid=uow.actor.uid, now=uow.now
    )


def list_notifications(reader: Reader, ids: Sequence[UUID]) -> Sequence[Notification]:
    """What inboxes show of these ids; unknown ids, and receipts, are left out."""
    return reader.list(_QUERIES["list_notifications"], Notification, ids=list(ids))


def _row(notice: Notice) -> dict[str, Any]:
    type_, expires_at = notice.type, expiry_of(notice.type, notice.payload)
    return {
        **asdict(notice),
        "priority": type_of(type_).priority.value,
        "group_key": group_of(type_, notice.payload),
        "expires_at": expires_at.isoformat() if expires_at else None,
    }
