"""Notifications: what stands in a person's inbox, and why a change to a channel can be refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from courtside.errors import Code, Refusal


class WebhookNotFound(Refusal):
    """There is no such webhook."""

    code = Code.NOT_FOUND
    reason = "WEBHOOK_NOT_FOUND"


@dataclass(frozen=True)
class Notice:
    """Something one person is to be told; `dedupe_key` is unique per person: the same fact is told once."""

    user_id: str
    type: str
    dedupe_key: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Notification:
    """A notice in an inbox."""

    id: UUID
    user_id: str
    type: str
    payload: dict[str, Any]
    created_at: datetime
    read_at: datetime | None
