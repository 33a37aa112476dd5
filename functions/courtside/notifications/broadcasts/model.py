"""Broadcasts: what one is, and why it can be refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from courtside.errors import Code, Refusal


class BroadcastNotFound(Refusal):
    """There is no such broadcast."""

    code = Code.NOT_FOUND
    reason = "BROADCAST_NOT_FOUND"


class AudienceEmpty(Refusal):
    """Nobody is in this audience."""

    reason = "AUDIENCE_EMPTY"


class AudienceChanged(Refusal):
    """The audience is not the one of the preview any more: look at it again."""

    reason = "AUDIENCE_CHANGED"


class BroadcastRunning(Refusal):
    """Another broadcast is being sent: wait for its end, or stop it."""

    reason = "BROADCAST_RUNNING"


class BroadcastOver(Refusal):
    """This broadcast was stopped already, or is with everybody."""

    reason = "BROADCAST_OVER"


@dataclass(frozen=True)
class Broadcast:
    """One of them; `texts` by language, each with `title` and `body`; `reached` is the last person that had a turn."""

    id: UUID
    texts: Mapping[str, Mapping[str, str]]
    audience: Mapping[str, Any]
    priority: str
    per_minute: int
    total: int
    sent: int
    kept_back: int
    state: str
    reached: str
    started_at: datetime
    next_at: datetime
    counted_at: datetime
    ended_at: datetime | None
