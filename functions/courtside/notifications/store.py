"""Inboxes in Postgres."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id
from courtside.notifications.model import Notice, Notification

_QUERIES = Queries(__package__)


def insert_notifications(uow: UnitOfWork, notices: Sequence[Notice]) -> Sequence[Notification]:
    """Put notices into inboxes. Returns those that were not there already."""
    rows = [{"id": str(new_id()), **asdict(notice)} for notice in notices]
    return uow.list(_QUERIES["insert_notifications"], Notification, notices=Jsonb(rows), now=uow.now)


def list_notifications(reader: Reader, ids: Sequence[UUID]) -> Sequence[Notification]:
    """Notifications by id; unknown ids are left out."""
    return reader.list(_QUERIES["list_notifications"], Notification, ids=list(ids))
