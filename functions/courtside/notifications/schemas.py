"""What admins send and get for webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from courtside.edge.commands import CommandSchema, DangerousSchema, QuerySchema, View
from courtside.fields import Instant, ShortText
from courtside.outgoing import require_callable


def _require_callable(url: str) -> str:
    require_callable(url)
    return url


Url = Annotated[str, StringConstraints(min_length=8, max_length=500), AfterValidator(_require_callable)]
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,20}:[a-z_]{2,30}$")]
EventTypes = Annotated[tuple[EventType, ...], Field(max_length=40)]


class AddWebhook(DangerousSchema):
    """`admin.add_webhook`: from now on every feed event for admins, or those of some types, is posted there."""

    url: Url
    types: EventTypes = ()
    description: ShortText = ""


class UpdateWebhook(DangerousSchema):
    """`admin.update_webhook`: what is given changes; `active: false` lets messages wait, true lets them go."""

    endpoint_id: UUID
    url: Url | None = None
    types: EventTypes | None = None
    description: ShortText | None = None
    active: bool | None = None


class RotateWebhookSecret(DangerousSchema):
    """`admin.rotate_webhook_secret`: a new secret; for a day both sign."""

    endpoint_id: UUID


class RemoveWebhook(CommandSchema):
    """`admin.remove_webhook`: nothing is sent any more, and what waits is given up."""

    endpoint_id: UUID


class ReplayWebhook(CommandSchema):
    """`admin.replay_webhook`: one message, or those of a time, once more; delivered ones are kept for a week."""

    endpoint_id: UUID
    message_id: UUID | None = None
    since: Instant | None = None
    until: Instant | None = None


class ListWebhooks(QuerySchema):
    """`admin.list_webhooks`: every receiver with its record."""


class WebhookDeliveries(QuerySchema):
    """`admin.webhook_deliveries`: messages for a receiver, newest first; `failed` leaves out what went well."""

    endpoint_id: UUID
    failed: bool = False
    before_at: datetime | None = None
    before_id: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class WebhookView(View):
    """A receiver; `secret` only in the answer that made it."""

    endpoint_id: UUID
    url: str
    secret: str | None = None


class WebhookRecord(View):
    """A receiver and how it does; `stopped` says why it is not active, by `admin` or because it is `gone`."""

    endpoint_id: UUID
    url: str
    description: str
    types: Sequence[str]
    active: bool
    stopped: str | None
    created_at: datetime
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str | None
    failures_in_a_row: int
    waiting: int
    given_up: int


class WebhookList(View):
    """Receivers, oldest first."""

    webhooks: Sequence[WebhookRecord]


class Delivery(View):
    """A message: `done_at` when it was taken, `dead_at` when it was given up, otherwise tried at `next_at`."""

    message_id: UUID
    type: str
    created_at: datetime
    attempts: int
    next_at: datetime
    done_at: datetime | None
    dead_at: datetime | None
    last_error: str | None


class DeliveryPage(View):
    """Messages, newest first; the last one's `created_at` and `message_id` begin the next page."""

    deliveries: Sequence[Delivery]


class ReplayView(View):
    """How many messages go out once more."""

    messages: int
