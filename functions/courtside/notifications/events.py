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


@dataclass(frozen=True, kw_only=True)
class BookingNear(Event):
    """A client's session begins in `lead_minutes`, or in less where nobody looked for a while."""

    name = "booking.near.v1"
    booking_id: UUID
    session_id: UUID
    client_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    lead_minutes: int


@dataclass(frozen=True, kw_only=True)
class SessionNear(Event):
    """A trainer's session begins in `lead_minutes`, or in less where nobody looked for a while."""

    name = "session.near.v1"
    session_id: UUID
    trainer_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    lead_minutes: int


@dataclass(frozen=True, kw_only=True)
class CreditsNearExpiry(Event):
    """So many credits of an allocation will be worth nothing from `expires_at` on."""

    name = "allocation.near_expiry.v1"
    allocation_id: UUID
    client_id: str
    remaining: int
    expires_at: datetime
