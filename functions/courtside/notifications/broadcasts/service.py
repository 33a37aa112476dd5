"""What admins do with broadcasts: look at what one would be, send it, stop it, and see all."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.ids import new_id
from courtside.notifications.broadcasts import store
from courtside.notifications.broadcasts.model import (
    AudienceChanged,
    AudienceEmpty,
    BroadcastOver,
    BroadcastRunning,
)
from courtside.notifications.broadcasts.policy import is_as_confirmed
from courtside.notifications.broadcasts.projection import path_of
from courtside.notifications.broadcasts.schemas import (
    Audience,
    BroadcastPage,
    BroadcastPreview,
    BroadcastRecord,
    BroadcastSample,
    BroadcastTexts,
    BroadcastView,
    ListBroadcasts,
    PreviewBroadcast,
    SendBroadcast,
    StopBroadcast,
)
from courtside.notifications.messages.catalogue import LANGUAGES, language_of
from courtside.notifications.messages.rendering import message_of

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class _Sample:
    type: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class _Row:
    id: UUID
    texts: dict[str, Any]
    audience: dict[str, Any]
    priority: str
    per_minute: int
    created_by: str
    reason: str
    confirmed: int
    total: int
    sent: int
    kept_back: int
    state: str
    started_at: datetime
    counted_at: datetime
    stopped_at: datetime | None
    stopped_by: str | None
    ended_at: datetime | None


def preview(inquiry: Inquiry, query: PreviewBroadcast) -> BroadcastPreview:
    """What sending it now would come to; nothing is written."""
    surveyed = store.survey_audience(inquiry, _stored(query.audience))
    languages = dict.fromkeys(LANGUAGES, 0)
    for row in surveyed:
        languages[language_of(row.language)] += row.people
    texts = _stored(query.texts)
    return BroadcastPreview(
        people=sum(row.people for row in surveyed),
        languages=languages,
        push=sum(row.push for row in surveyed),
        email=sum(row.email for row in surveyed),
        samples=[_sample(texts, language) for language in LANGUAGES],
    )


def send(uow: UnitOfWork, command: SendBroadcast) -> BroadcastView:
    """Begin one: the relay tells its audience, page by page.

    Raises:
        AudienceEmpty: it is for nobody.
        AudienceChanged: it is not for about as many as were confirmed; with `people`.
        BroadcastRunning: another one is under way; with its `broadcast_id`.
    """
    audience = _stored(command.audience)
    people = store.count_audience(uow, audience)
    if not people:
        raise AudienceEmpty
    if not is_as_confirmed(command.confirmed, people):
        raise AudienceChanged(confirmed=command.confirmed, people=people)
    id_ = new_id()
    content = {
        "texts": _stored(command.texts),
        "audience": audience,
        "priority": command.priority,
        "per_minute": command.per_minute,
        "confirmed": command.confirmed,
        "total": people,
    }
    if not store.insert_broadcast(uow, id_, command, content):
        raise BroadcastRunning(broadcast_id=str(store.find_running(uow)))
    uow.record(f"broadcasts/{id_}", None, {"state": "running", **content})
    uow.touch(path_of(id_))
    return BroadcastView(broadcast_id=id_, state="running", total=people, sent=0)


def stop(uow: UnitOfWork, command: StopBroadcast) -> BroadcastView:
    """End one early: after the page under way nobody else is told, and the relay cancels what waits to be sent.

    One that all have by now can be stopped as long as some of it waits.

    Raises:
        BroadcastNotFound: there is none.
        BroadcastOver: it was stopped before, or nothing is left of it.
    """
    broadcast = store.lock_broadcast(uow, command.broadcast_id)
    if broadcast.state != "running" and (
        broadcast.state == "stopped" or not store.is_unsettled(uow, broadcast.id)
    ):
        raise BroadcastOver(state=broadcast.state)
    store.stop_broadcast(uow, broadcast.id)
    uow.record(
        f"broadcasts/{broadcast.id}",
        {"state": broadcast.state},
        {"state": "stopped", "sent": broadcast.sent, "total": broadcast.total},
    )
    uow.touch(path_of(broadcast.id))
    return BroadcastView(
        broadcast_id=broadcast.id, state="stopped", total=broadcast.total, sent=broadcast.sent
    )


def list_page(inquiry: Inquiry, query: ListBroadcasts) -> BroadcastPage:
    """A page of all there were, the newest first."""
    rows = inquiry.list(_QUERIES["list_page"], _Row, before_id=query.before_id, limit=query.limit + 1)
    page = [_record(row) for row in rows[: query.limit]]
    return BroadcastPage(
        broadcasts=page, next_before_id=page[-1].broadcast_id if len(rows) > query.limit else None
    )


def fallback_of(texts: Mapping[str, Any]) -> str:
    """The language in which those read it whose own it lacks."""
    return next(language for language in LANGUAGES if language in texts)


def _stored(part: Audience | BroadcastTexts) -> dict[str, Any]:
    return part.model_dump(mode="json", exclude_none=True)


def _sample(texts: Mapping[str, Any], language: str) -> BroadcastSample:
    written = language if language in texts else fallback_of(texts)
    message = message_of(_Sample("broadcast.sent", dict(texts[written])), language, "UTC")
    return BroadcastSample(
        language=language,
        written=written,
        title=message.title,
        body=message.body,
        push_title=message.push_title,
        push_body=message.push_body,
        email_subject=message.subject,
    )


def _record(row: _Row) -> BroadcastRecord:
    fields = asdict(row)
    return BroadcastRecord(
        broadcast_id=fields.pop("id"),
        texts=BroadcastTexts.model_validate(fields.pop("texts")),
        audience=Audience.model_validate(fields.pop("audience")),
        **fields,
    )
