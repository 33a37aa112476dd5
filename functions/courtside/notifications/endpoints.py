"""Receivers of webhooks: what admins do with them, and what becomes of the messages for them.

Nothing stops a receiver silently: one that fails stays in the list with its record and is told of in the admins'
feed; one that answers 410 Gone is stopped, as the specification asks, and told of as well.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id
from courtside.notifications.events import WebhookFailing, WebhookStopped
from courtside.notifications.model import WebhookNotFound
from courtside.notifications.schemas import (
    AddWebhook,
    Delivery,
    DeliveryPage,
    ReplayWebhook,
    UpdateWebhook,
    WebhookDeliveries,
    WebhookList,
    WebhookRecord,
    WebhookView,
)
from courtside.notifications.webhooks import GONE, Attempt, Message, new_secret, next_pause_seconds

_QUERIES = Queries(__package__, "endpoints.sql")

# Then the admins are told; and again each time as many more have followed.
FAILURES_TO_TELL = 5
_PER_ENDPOINT = 4
# What a command says of itself, not of the receiver.
_OF_EVERY_COMMAND = {"command_id", "reason", "simulate"}
_LEASE_SECONDS = 60.0


@dataclass(frozen=True)
class _Endpoint:
    id: UUID
    url: str
    description: str
    types: list[str]
    active: bool
    stopped: str | None
    created_at: datetime
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str | None
    failures_in_a_row: int


@dataclass(frozen=True)
class _Listed(_Endpoint):
    waiting: int
    given_up: int


@dataclass(frozen=True)
class _Delivery:
    id: UUID
    type: str
    created_at: datetime
    attempts: int
    next_at: datetime
    done_at: datetime | None
    dead_at: datetime | None
    last_error: str | None


@dataclass(frozen=True)
class _LeasedRow:
    id: UUID
    endpoint_id: UUID
    payload: dict[str, Any]
    created_at: datetime
    attempts: int
    url: str
    secret: str
    old_secret: str | None


@dataclass(frozen=True)
class _Record:
    failures_in_a_row: int
    last_success_at: datetime | None


@dataclass(frozen=True)
class Leased:
    """A message in hand, for one attempt."""

    message: Message
    endpoint_id: UUID
    created_at: datetime
    attempts: int


def add(uow: UnitOfWork, command: AddWebhook) -> WebhookView:
    """A new receiver; its secret is in this answer and in no other."""
    endpoint_id, secret = new_id(), new_secret()
    uow.execute(
        _QUERIES["insert_endpoint"],
        id=endpoint_id,
        url=command.url,
        description=command.description,
        types=list(command.types),
        secret=secret,
        now=uow.now,
    )
    uow.record(f"webhooks/{endpoint_id}", None, command.model_dump(mode="json", exclude=_OF_EVERY_COMMAND))
    return WebhookView(endpoint_id=endpoint_id, url=command.url, secret=secret)


def update(uow: UnitOfWork, command: UpdateWebhook) -> WebhookView:
    """Change a receiver, let it rest, or start it again.

    Raises:
        WebhookNotFound: there is no such receiver.
    """
    before = _lock(uow, command.endpoint_id)
    given = command.model_dump(mode="json", exclude=_OF_EVERY_COMMAND | {"endpoint_id"}, exclude_none=True)
    after = {
        name: given.get(name, getattr(before, name)) for name in ("url", "description", "types", "active")
    }
    stopped = None if after["active"] else before.stopped or "admin"
    uow.execute(_QUERIES["update_endpoint"], id=before.id, stopped=stopped, **after)
    uow.record(f"webhooks/{before.id}", {name: getattr(before, name) for name in given}, given)
    return WebhookView(endpoint_id=before.id, url=after["url"])


def rotate_secret(uow: UnitOfWork, endpoint_id: UUID) -> WebhookView:
    """A new secret for a receiver; raises WebhookNotFound."""
    endpoint, secret = _lock(uow, endpoint_id), new_secret()
    uow.execute(_QUERIES["rotate_secret"], id=endpoint_id, secret=secret, now=uow.now)
    uow.record(f"webhooks/{endpoint_id}", None, {"secret": "rotated"})
    return WebhookView(endpoint_id=endpoint_id, url=endpoint.url, secret=secret)


def remove(uow: UnitOfWork, endpoint_id: UUID) -> WebhookView:
    """End a receiver and what waits for it; raises WebhookNotFound."""
    endpoint = _lock(uow, endpoint_id)
    uow.execute(_QUERIES["remove_endpoint"], id=endpoint_id, now=uow.now)
    uow.record(f"webhooks/{endpoint_id}", {"url": endpoint.url}, None)
    return WebhookView(endpoint_id=endpoint_id, url=endpoint.url)


def replay(uow: UnitOfWork, command: ReplayWebhook) -> int:
    """Send messages once more, however they ended; how many. Raises WebhookNotFound."""
    endpoint = _lock(uow, command.endpoint_id)
    asked = command.model_dump(include={"message_id", "since", "until"})
    messages = uow.execute(_QUERIES["replay"], id=endpoint.id, now=uow.now, **asked)
    uow.record(f"webhooks/{endpoint.id}/replays", None, {"messages": messages})
    return messages


def list_all(reader: Reader) -> WebhookList:
    """Every receiver with its record."""
    rows = reader.list(_QUERIES["list_endpoints"], _Listed)
    return WebhookList(webhooks=[WebhookRecord(endpoint_id=row.id, **_without_id(row)) for row in rows])


def list_deliveries(reader: Reader, asked: WebhookDeliveries) -> DeliveryPage:
    """Messages for a receiver, newest first."""
    rows = reader.list(
        _QUERIES["list_deliveries"],
        _Delivery,
        id=asked.endpoint_id,
        failed=asked.failed,
        before_at=asked.before_at,
        before_id=asked.before_id,
        limit=asked.limit,
    )
    return DeliveryPage(deliveries=[Delivery(message_id=row.id, **_without_id(row)) for row in rows])


def lease_due(reader: Reader, *, limit: int) -> tuple[UUID, list[Leased]]:
    """Messages that are due, under one token; at most a few for each receiver."""
    token = uuid4()
    rows = reader.list(
        _QUERIES["lease_messages"],
        _LeasedRow,
        token=token,
        limit=limit,
        per_endpoint=_PER_ENDPOINT,
        lease_seconds=_LEASE_SECONDS,
    )
    return token, [
        Leased(
            Message(row.id, row.payload, row.url, list(filter(None, (row.secret, row.old_secret)))),
            row.endpoint_id,
            row.created_at,
            row.attempts,
        )
        for row in rows
    ]


def settle(uow: UnitOfWork, token: UUID, outcomes: Sequence[tuple[Leased, Attempt]]) -> None:
    """Record what became of attempts: delivered, to be tried again, or given up."""
    # In one order, so that two who settle for the same receivers cannot wait for each other.
    for leased, attempt in sorted(outcomes, key=lambda outcome: str(outcome[0].endpoint_id)):
        gone = attempt.status == GONE
        error = None if attempt.is_delivered else attempt.failure
        pause = None if gone else next_pause_seconds(leased.attempts, random.random())
        settled = uow.execute(
            _QUERIES["settle_message"], id=leased.message.id, token=token, error=error, pause=pause
        )
        if settled:
            _note(uow, leased.endpoint_id, error, gone=gone)


def _note(uow: UnitOfWork, endpoint_id: UUID, error: str | None, *, gone: bool) -> None:
    record = uow.find(_QUERIES["note_outcome"], _Record, id=endpoint_id, error=error, gone=gone)
    if gone:
        uow.emit(WebhookStopped(endpoint_id=endpoint_id))
        uow.record(f"webhooks/{endpoint_id}", {"active": True}, {"active": False, "stopped": "gone"})
    elif error and record and record.failures_in_a_row % FAILURES_TO_TELL == 0:
        uow.emit(
            WebhookFailing(
                endpoint_id=endpoint_id,
                failures_in_a_row=record.failures_in_a_row,
                last_failure=error,
                last_success_at=record.last_success_at,
            )
        )


def _lock(uow: UnitOfWork, endpoint_id: UUID) -> _Endpoint:
    endpoint = uow.find(_QUERIES["find_endpoint"], _Endpoint, id=endpoint_id)
    if endpoint is None:
        raise WebhookNotFound(endpoint_id=str(endpoint_id))
    return endpoint


def _without_id(row: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "id"}
