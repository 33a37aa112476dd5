"""Broadcasts in Postgres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.notifications.broadcasts.model import Broadcast, BroadcastNotFound
from courtside.notifications.broadcasts.schemas import SendBroadcast
from courtside.notifications.limits import STALE_AFTER

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class Surveyed:
    """People of an audience who read one language, and how many of them a channel reaches."""

    language: str
    people: int
    push: int
    email: int


@dataclass(frozen=True)
class _Count:
    people: int


@dataclass(frozen=True)
class _Id:
    id: UUID


def survey_audience(inquiry: Inquiry, audience: Mapping[str, Any]) -> Sequence[Surveyed]:
    """How many an audience has, a line for each language of theirs."""
    values = {"audience": Jsonb(audience), "now": inquiry.now, "stale_after": STALE_AFTER}
    return inquiry.list(_QUERIES["survey_audience"], Surveyed, **values)


def count_audience(uow: UnitOfWork, audience: Mapping[str, Any]) -> int:
    """How many an audience has."""
    counted = uow.find(_QUERIES["count_audience"], _Count, audience=Jsonb(audience), now=uow.now)
    assert counted is not None  # a count is always one row
    return counted.people


def insert_broadcast(uow: UnitOfWork, id_: UUID, command: SendBroadcast, content: dict[str, Any]) -> bool:
    """Write one that begins now; `content` has its texts, audience, total. Whether no other is running."""
    values = {**content, "texts": Jsonb(content["texts"]), "audience": Jsonb(content["audience"])}
    written = uow.execute(
        _QUERIES["insert_broadcast"],
        id=id_,
        created_by=uow.actor.uid,
        reason=command.reason,
        now=uow.now,
        **values,
    )
    return written == 1


def find_running(uow: UnitOfWork) -> UUID | None:
    """The one that is running."""
    found = uow.find(_QUERIES["find_running"], _Id)
    return found.id if found else None


def lock_broadcast(uow: UnitOfWork, id_: UUID) -> Broadcast:
    """One, after the page that is under way.

    Raises:
        BroadcastNotFound: there is none.
    """
    found = uow.find(_QUERIES["lock_broadcast"], Broadcast, id=id_)
    if found is None:
        raise BroadcastNotFound
    return found


def stop_broadcast(uow: UnitOfWork, id_: UUID) -> None:
    """Begin no further page of it."""
    uow.execute(_QUERIES["stop_broadcast"], id=id_, uid=uow.actor.uid, now=uow.now)


def is_unsettled(uow: UnitOfWork, id_: UUID) -> bool:
    """Whether some of it may still be sent."""
    return uow.find(_QUERIES["find_unsettled"], _Id, id=id_) is not None


def list_broadcasts(reader: Reader, ids: Sequence[UUID]) -> Sequence[Broadcast]:
    """Those of these ids that there are."""
    return reader.list(_QUERIES["list_broadcasts"], Broadcast, ids=list(ids))
