"""What staff ask of how people are told, and what they get; `Format` csv has the same for a spreadsheet."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from courtside.edge.commands import QuerySchema, View
from courtside.fields import Instant, UserId
from courtside.notifications.types import Category, Priority

Format = Literal["rows", "csv"]
State = Literal["waiting", "held", "sending", "accepted", "failed", "cancelled", "merged", "dead"]
TypeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_.]{0,59}$")]
LONGEST = timedelta(days=400)
# Of hours there are more than anybody looks at.
_LONGEST_BY_HOUR = timedelta(days=31)


class _Time(QuerySchema):
    """From `since` until before `until`, both or either left out."""

    since: Instant | None = None
    until: Instant | None = None
    type: TypeName | None = None
    format: Format = "rows"

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if (
            self.since is not None
            and self.until is not None
            and not self.since < self.until <= self.since + LONGEST
        ):
            raise ValueError(f"until is not after since, or more than {LONGEST.days} days after it")
        return self


class ListNotifications(_Time):
    """`admin.list_notifications`: notifications, newest first, the last 31 days unless `since` says otherwise.

    `channel` and `state` are of one delivery. `text` is looked for in types and reasons, and may be the whole id of a
    notification, of a person, or of what it is about; it is never looked for in what people are told. The next page
    begins with `before_at` and `before_id`, as the page before says.
    """

    user_id: UserId | None = None
    category: Category | None = None
    priority: Priority | None = None
    channel: Literal["push", "email"] | None = None
    state: State | None = None
    text: Annotated[str, StringConstraints(min_length=2, max_length=100)] | None = None
    before_at: AwareDatetime | None = None
    before_id: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    @model_validator(mode="after")
    def _require_both(self) -> Self:
        if (self.before_at is None) != (self.before_id is None):
            raise ValueError("before_at and before_id go together")
        return self


class NotificationStats(_Time):
    """`admin.notification_stats`: what became of them, by the hour in which they were written, of the last week unless
    `since` says otherwise.
    """

    by: Literal["channel", "type", "hour", "reason"] = "channel"
    channel: Literal["inbox", "push", "email"] | None = None

    @model_validator(mode="after")
    def _require_few_hours(self) -> Self:
        if self.by != "hour" or self.since is None:
            return self
        if self.until is None or self.until > self.since + _LONGEST_BY_HOUR:
            raise ValueError(f"by hour until is needed, at most {_LONGEST_BY_HOUR.days} days after since")
        return self


class ListedDelivery(View):
    """One way to tell: its state and why."""

    channel: str
    state: str
    reason: str | None
    last_error: str | None
    attempts: int
    accepted_at: datetime | None


class ListedNotification(View):
    """What somebody was told, by its type and ids alone."""

    notification_id: UUID
    user_id: str
    type: str
    category: str
    priority: str
    receipt: bool
    created_at: datetime
    planned_at: datetime | None
    read_at: datetime | None
    archived_at: datetime | None
    shown_at: datetime | None
    clicked_at: datetime | None
    acted_at: datetime | None
    deliveries: Sequence[ListedDelivery]


class NextPage(View):
    """Where the next page begins."""

    before_at: datetime
    before_id: UUID


class NotificationPage(View):
    """Rows, or the same as `csv`, of which the first page carries the header; `next_page` is null on the last one."""

    notifications: Sequence[ListedNotification]
    csv: str | None
    next_page: NextPage | None


class Took(View):
    """How many were timed, and how long they took."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class StatsRow(View):
    """What became of `planned` notifications on a channel; `key` is their type or hour, or empty."""

    key: str
    channel: str
    planned: int
    waiting: int
    held: int
    accepted: int
    failed: int
    dead: int
    merged: int
    cancelled: int
    received: int
    shown: int
    clicked: int
    acted: int
    arrival: Took | None
    act: Took | None


class ReasonRow(View):
    """Why so many are in a state."""

    channel: str
    state: str
    reason: str
    count: int


class StatsView(View):
    """Counts or reasons of whole hours, from `since` until `until`, or the same as `csv`; `counted_at`: when last."""

    since: datetime
    until: datetime
    counted_at: datetime | None
    rows: Sequence[StatsRow]
    reasons: Sequence[ReasonRow]
    csv: str | None
