"""What happens to the channels themselves."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from courtside.events import Event


@dataclass(frozen=True, kw_only=True)
class WebhookFailing(Event):
    """A receiver has failed so often in a row that somebody should look; it is tried all the same."""

    name = "webhook.failing.v1"
    endpoint_id: UUID
    failures_in_a_row: int
    last_failure: str
    last_success_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookStopped(Event):
    """A receiver answered that it is gone for good; nothing is sent to it until an admin starts it again."""

    name = "webhook.stopped.v1"
    endpoint_id: UUID
