"""Why somebody was told of something, or not: what became of each way to tell, for its owner and for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry
from courtside.edge.commands import View
from courtside.notifications.model import NotificationNotFound
from courtside.notifications.types import Channel, type_of

_QUERIES = Queries(__package__, "explanation.sql")


class ExplainedDelivery(View):
    """One way to tell: its state, why, and until when it waits; `target` is an installation, or empty for e-mail.

    `count`: of how many notifications it tells in one; one that was merged is told with `merged_into`, another of them.
    """

    channel: str
    target: str
    platform: str | None
    state: str
    reason: str | None
    last_error: str | None
    count: int
    merged_into: UUID | None
    attempts: int
    next_at: datetime
    accepted_at: datetime | None
    received_at: datetime | None
    shown_at: datetime | None
    clicked_at: datetime | None
    acted_at: datetime | None


class Untold(View):
    """A channel on which there is nothing to tell it by, or nobody asked for it."""

    channel: str
    reason: str


class Explanation(View):
    """What a notification is, and what became of it; `planned_at` is null while nobody has decided."""

    notification_id: UUID
    user_id: str
    type: str
    priority: str
    mandatory: bool
    receipt: bool
    created_at: datetime
    planned_at: datetime | None
    expires_at: datetime | None
    read_at: datetime | None
    archived_at: datetime | None
    snoozed_until: datetime | None
    deliveries: Sequence[ExplainedDelivery]
    untold: Sequence[Untold]


@dataclass(frozen=True)
class _Explained:
    id: UUID
    user_id: str
    type: str
    priority: str
    receipt: bool
    created_at: datetime
    planned_at: datetime | None
    expires_at: datetime | None
    read_at: datetime | None
    archived_at: datetime | None
    snoozed_until: datetime | None
    has_address: bool


@dataclass(frozen=True)
class _Delivery:
    channel: str
    target: str
    platform: str | None
    state: str
    reason: str | None
    last_error: str | None
    count: int
    merged_into: UUID | None
    attempts: int
    next_at: datetime
    accepted_at: datetime | None
    received_at: datetime | None
    shown_at: datetime | None
    clicked_at: datetime | None
    acted_at: datetime | None


def explain(inquiry: Inquiry, notification_id: UUID) -> Explanation:
    """What became of a notification on every channel.

    Raises:
        NotificationNotFound: there is none, or it is somebody else's and the caller is not of the staff.
    """
    found = inquiry.find(_QUERIES["find_explained"], _Explained, id=notification_id)
    if found is None or (found.user_id != inquiry.actor.uid and not inquiry.actor.reads_all):
        raise NotificationNotFound
    deliveries = inquiry.list(_QUERIES["list_explained"], _Delivery, id=notification_id)
    told = {each.channel for each in deliveries}
    fields = {name: value for name, value in vars(found).items() if name not in ("id", "has_address")}
    return Explanation(
        notification_id=found.id,
        mandatory=type_of(found.type).mandatory,
        deliveries=[ExplainedDelivery(**vars(each)) for each in deliveries],
        untold=[
            Untold(channel=channel.value, reason=_why(found, channel))
            for channel in Channel
            if channel not in told
        ],
        **fields,
    )


def _why(found: _Explained, channel: Channel) -> str:
    """Why there is no delivery on a channel."""
    if found.planned_at is None:
        return "not_decided_yet"
    if found.receipt and channel is not Channel.EMAIL:
        return "receipt"
    if channel not in type_of(found.type).channels:
        return "not_of_this_type"
    if channel is Channel.PUSH:
        return "no_installation"
    return "not_wanted" if found.has_address else "no_address"
