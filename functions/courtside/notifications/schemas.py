"""What people send and get for what they are told, and admins for webhooks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from courtside.edge.commands import CommandSchema, DangerousSchema, QuerySchema, View
from courtside.fields import Instant, Locale, ShortText, TimeZoneName
from courtside.notifications.messages.catalogue import LANGUAGES
from courtside.notifications.types import TYPES
from courtside.outgoing import require_callable


def _require_callable(url: str) -> str:
    require_callable(url)
    return url


Url = Annotated[str, StringConstraints(min_length=8, max_length=500), AfterValidator(_require_callable)]
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,20}:[a-z_]{2,30}$")]
EventTypes = Annotated[tuple[EventType, ...], Field(max_length=40)]


def _require_type(name: str) -> str:
    if name not in TYPES:
        raise ValueError("not a type of notification")
    return name


def _require_language(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"not one of {', '.join(LANGUAGES)}")
    return language


InstallationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
PushToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:.-]{16,1000}$")]
AppVersion = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_. ()-]{0,40}$")]
NotificationType = Annotated[str, StringConstraints(max_length=60), AfterValidator(_require_type)]
Language = Annotated[str, StringConstraints(max_length=5), AfterValidator(_require_language)]
MinuteOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class RegisterInstallation(CommandSchema):
    """`notifications.register_installation`: pushes to you go there; whoever had it gets none there any more."""

    installation_id: InstallationId
    platform: Literal["android", "ios", "web"]
    token: PushToken
    app_version: AppVersion = ""
    locale: Locale = "en"
    time_zone: TimeZoneName = "UTC"


class RefreshInstallation(CommandSchema):
    """`notifications.refresh_installation`: it is in use; what is given is new."""

    installation_id: InstallationId
    token: PushToken | None = None
    app_version: AppVersion | None = None
    locale: Locale | None = None
    time_zone: TimeZoneName | None = None


class RemoveInstallation(CommandSchema):
    """`notifications.remove_installation`: before signing out, no more pushes there."""

    installation_id: InstallationId


class InstallationView(View):
    """An installation's state: `active`, `removed`, or `quarantined` until it has another token."""

    installation_id: str
    state: str


class QuietHours(BaseModel):
    """Quiet from a time of a weekday (1 is Monday, 7 Sunday) until one of the same day, or of the next one."""

    model_config = {**CommandSchema.model_config, "serialize_by_alias": True}

    weekday: Annotated[int, Field(ge=1, le=7)]
    from_: Annotated[MinuteOfDay, Field(alias="from")]
    until: MinuteOfDay


class ChannelChoice(BaseModel):
    """Whether a type is wanted on a channel; what is left out stays."""

    model_config = CommandSchema.model_config

    push: bool | None = None
    email: bool | None = None


class UpdateNotificationSettings(CommandSchema):
    """`notifications.update_notification_settings`: what is given changes, `quiet` as a whole.

    `enabled: false` switches off all that is neither mandatory nor wanted by its type. A `time_zone` or a `language` of
    null is the account's.
    """

    enabled: bool | None = None
    types: Annotated[Mapping[NotificationType, ChannelChoice], Field(max_length=100)] | None = None
    quiet: Annotated[tuple[QuietHours, ...], Field(max_length=28)] | None = None
    time_zone: TimeZoneName | None = None
    digest: Literal["none", "daily", "weekly"] | None = None
    language: Language | None = None


class GetNotificationSettings(QuerySchema):
    """`notifications.get_notification_settings`: how you are told of each type."""


class TypeSettings(View):
    """Whether a type is told by push and by e-mail as things are; `mandatory` ones cannot be switched off."""

    type: str
    category: str
    mandatory: bool
    push: bool
    email: bool


class NotificationSettings(View):
    """How somebody is told; `time_zone` and `language` are null where the account's are meant."""

    enabled: bool
    types: Sequence[TypeSettings]
    quiet: Sequence[QuietHours]
    time_zone: str | None
    digest: str
    language: str | None


class ChangeInbox(CommandSchema):
    """Which of the caller's notifications: by id, or all that were written up to a time, the newest 500 at once."""

    notification_ids: Annotated[tuple[UUID, ...], Field(max_length=100)] = ()
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if bool(self.notification_ids) == (self.until is not None):
            raise ValueError("either notification_ids or until")
        return self


class MarkRead(ChangeInbox):
    """`notifications.mark_read`: they were read."""


class MarkUnread(ChangeInbox):
    """`notifications.mark_unread`: they were not."""


class Archive(ChangeInbox):
    """`notifications.archive`: they are out of the way."""


class Unarchive(ChangeInbox):
    """`notifications.unarchive`: they are back."""


class Snooze(CommandSchema):
    """`notifications.snooze`: it is away until then, and returns unread."""

    notification_id: UUID
    until: Instant


class Acknowledge(CommandSchema):
    """`notifications.acknowledge`: what was seen of it, by a push to an installation or else in the inbox."""

    notification_id: UUID
    installation_id: InstallationId | None = None
    what: Literal["received", "shown", "clicked", "acted"]
    at: AwareDatetime


class InboxView(View):
    """How many notifications changed, and how many are unread now."""

    changed: int
    unread: int


class ExplainDelivery(QuerySchema):
    """`notifications.explain_delivery`: why somebody was told of it, or was not, on every channel."""

    notification_id: UUID


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
