"""Notifications: what stands in a person's inbox, and why a change to a channel can be refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from courtside.errors import Code, Refusal

# In the place of a person's id: everybody who administers. No account has such an id.
ADMINS = "*admins"


class WebhookNotFound(Refusal):
    """There is no such webhook."""

    code = Code.NOT_FOUND
    reason = "WEBHOOK_NOT_FOUND"


class InstallationNotFound(Refusal):
    """You have no such installation: register it."""

    code = Code.NOT_FOUND
    reason = "INSTALLATION_NOT_FOUND"


class InstallationTaken(Refusal):
    """This installation is somebody else's: give it its own token, or another id."""

    code = Code.ALREADY_EXISTS
    reason = "INSTALLATION_TAKEN"


class NotificationNotFound(Refusal):
    """You have no such notification."""

    code = Code.NOT_FOUND
    reason = "NOTIFICATION_NOT_FOUND"


class SnoozeNotAhead(Refusal):
    """That time has come already."""

    code = Code.INVALID_ARGUMENT
    reason = "SNOOZE_NOT_AHEAD"


class MandatoryType(Refusal):
    """Notifications of this type cannot be switched off on this channel."""

    reason = "MANDATORY_TYPE"


class NoTimeToRing(Refusal):
    """These quiet hours never end: switch pushes off instead."""

    code = Code.INVALID_ARGUMENT
    reason = "NO_TIME_TO_RING"


@dataclass(frozen=True)
class Notice:
    """Something one person is to be told; `dedupe_key` is unique per person: the same fact is told once.

    The payload holds JSON: ids, codes, times as text, what was sold, and in `role` as whom the person is told; never
    anybody's name. A `receipt` confirms to a person by e-mail what they did themselves.
    """

    user_id: str
    type: str
    dedupe_key: str
    payload: dict[str, Any]
    receipt: bool = False


@dataclass(frozen=True)
class Notification:
    """A notice in an inbox, or several in one; in the language and zone that its owner had when it was written."""

    id: UUID
    user_id: str
    type: str
    priority: str
    receipt: bool
    payload: dict[str, Any]
    count: int
    language: str
    time_zone: str
    created_at: datetime
    expires_at: datetime | None
    read_at: datetime | None
    archived_at: datetime | None
    snoozed_until: datetime | None
    # What one transaction had to tell its owner together with it.
    bundle: UUID | None = None


@dataclass(frozen=True)
class PlannedDelivery:
    """One way to tell: `target` is an installation or, for e-mail, empty; `reason` tells why it is not sent at once.

    With a `group_key` it joins the group that is open for it, or else opens one that waits for others until `next_at`.
    """

    channel: str
    target: str
    state: str
    next_at: datetime
    reason: str | None = None
    group_key: str | None = None


@dataclass(frozen=True)
class LeasedDelivery:
    """A delivery in hand for one attempt, the `attempts`th, with what it tells and where it goes. `now` is Postgres'.

    Of e-mails `email` is the address; of pushes the installation with its `owner_id`, None where it is gone. `subject_`
    is what has become of the booking, session or credits that it tells of, where that matters; `enabled`, `chosen`,
    `quiet` and `quiet_zone` are what its reader has set by now. `count` is of how many notifications it tells, zero
    where nothing of what it stands for is left to tell. What `leads` stands for others too; of several, `told` are
    types and payloads of the first, and `more` how many others there are. `stopped`: of a broadcast that was.
    """

    id: UUID
    notification_id: UUID
    user_id: str
    channel: str
    target: str
    attempts: int
    created_at: datetime
    first_sent_at: datetime
    type: str
    priority: str
    receipt: bool
    payload: dict[str, Any]
    count: int
    language: str
    time_zone: str
    expires_at: datetime | None
    read_at: datetime | None
    archived_at: datetime | None
    subject_status: str | None
    subject_starts_at: datetime | None
    enabled: bool
    chosen: dict[str, dict[str, bool]]
    quiet: list[dict[str, Any]]
    quiet_zone: str
    email: str | None
    owner_id: str | None
    platform: str | None
    token: str | None
    installation_state: str | None
    now: datetime
    group_key: str | None = None
    leads: bool = False
    told: tuple[tuple[str, dict[str, Any]], ...] = ()
    more: int = 0
    stopped: bool = False
