"""Exports and deletions of accounts: their states, and why one can be refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from courtside.errors import Code, Refusal

DELETED_NAME = "Deleted account"


class TrainerHasBookings(Refusal):
    """Clients have booked sessions with you: cancel them, or have all of them cancelled."""

    reason = "TRAINER_HAS_BOOKINGS"


class ExportNotPermitted(Refusal):
    """Say first why you look at what is held about somebody: `admin.permit_export`."""

    code = Code.PERMISSION_DENIED
    reason = "EXPORT_NOT_PERMITTED"


class ReceiptUnknown(Refusal):
    """No deletion has this receipt, or it was finished long ago."""

    code = Code.NOT_FOUND
    reason = "RECEIPT_UNKNOWN"


class StillDelivered(RuntimeError):
    """A message to somebody who left is on its way; once it has arrived, or failed to, it can be forgotten."""


class Step(StrEnum):
    """What a deletion consists of, in order: what stands in somebody's way first, what nobody sees last."""

    BOOKINGS = "bookings"
    SESSIONS = "sessions"
    DISPUTES = "disputes"
    CREDITS = "credits"
    TEXTS = "texts"
    DOCUMENTS = "documents"
    AUDIT = "audit"
    MESSAGES = "messages"
    TRACES = "traces"

    def next(self, *, again: bool) -> "Step | None":
        """The one that comes after it; None after the last. What is done `again` leaves out what is done once."""
        following = list(Step)[list(Step).index(self) + 1 :]
        return next((step for step in following if not (again and step in _ONCE)), None)


# Nobody writes another text, and every document was written without them.
_ONCE = frozenset({Step.DISPUTES, Step.TEXTS, Step.DOCUMENTS})


class Section(StrEnum):
    """The parts of an export, in order."""

    ACCOUNT = "account"
    LINKS = "links"
    TRAINER = "trainer"
    SERVICES = "services"
    WORKING_HOURS = "working_hours"
    TIME_OFF = "time_off"
    BOOKINGS = "bookings"
    SERIES = "series"
    SESSIONS = "sessions"
    PENALTIES = "penalties"
    CREDITS = "credits"
    MOVEMENTS = "movements"
    ACHIEVEMENTS = "achievements"
    REVIEWS = "reviews"
    REPLIES = "replies"
    DISPUTES = "disputes"
    CONFLICTS = "conflicts"
    INBOX = "inbox"
    NOTIFICATION_SETTINGS = "notification_settings"
    INSTALLATIONS = "installations"
    DELIVERIES = "deliveries"
    BROADCASTS = "broadcasts"
    FEED = "feed"
    COMMANDS = "commands"
    AUDIT = "audit"

    @property
    def next(self) -> "Section | None":
        """The one that comes after it; None after the last."""
        return dict(zip(Section, list(Section)[1:], strict=False)).get(self)


@dataclass(frozen=True)
class Item:
    """One item of an export, and the key after which the next page begins."""

    key: str
    item: dict[str, Any]


@dataclass(frozen=True)
class Erasure:
    """How far a deletion is: what comes next, after which item of it, how often that failed, and if it was finished."""

    user_id: str
    step: str
    after: str
    attempts: int
    again: bool


@dataclass(frozen=True)
class Progress:
    """How far a deletion is, for whoever has its receipt; `step` is None once nothing is left to do."""

    requested_at: datetime
    step: str | None
    attempts: int
    finished_at: datetime | None


@dataclass(frozen=True)
class Backlog:
    """Deletions that are not finished: how many, how many of them failed last time, and since when the oldest waits."""

    open: int
    failing: int
    oldest_at: datetime | None
