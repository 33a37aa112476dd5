"""Reviews and disputes, and why writing, changing or deciding one can be refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from courtside.errors import Code, Refusal


class NotReviewable(Refusal):
    """A review is of a session that took place, by its client, until 90 days after."""

    reason = "NOT_REVIEWABLE"


class AlreadyReviewed(Refusal):
    """You have reviewed this session already."""

    code = Code.ALREADY_EXISTS
    reason = "ALREADY_REVIEWED"


class ReviewNotFound(Refusal):
    """There is no such review."""

    code = Code.NOT_FOUND
    reason = "REVIEW_NOT_FOUND"


class ReviewClosed(Refusal):
    """Reviews can be changed for 30 days."""

    reason = "REVIEW_CLOSED"


class NotDisputable(Refusal):
    """A dispute is about a session that took place or a fee, until 14 days after."""

    reason = "NOT_DISPUTABLE"


class AlreadyDisputed(Refusal):
    """This booking is disputed already."""

    code = Code.ALREADY_EXISTS
    reason = "ALREADY_DISPUTED"


class DisputeNotFound(Refusal):
    """There is no such dispute."""

    code = Code.NOT_FOUND
    reason = "DISPUTE_NOT_FOUND"


class DisputeClosed(Refusal):
    """This dispute is closed."""

    reason = "DISPUTE_CLOSED"


class NotYours(Refusal):
    """That is for the other party to say."""

    code = Code.PERMISSION_DENIED
    reason = "OTHER_PARTY"


class OutcomeExceeds(Refusal):
    """More than was charged cannot be given back."""

    reason = "OUTCOME_EXCEEDS"


class DisputeStatus(StrEnum):
    """The states of a dispute; lapsed: nobody answered in time, and it is decided without."""

    OPEN = "open"
    ANSWERED = "answered"
    LAPSED = "lapsed"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """For whom a dispute was decided."""

    FOR_CLIENT = "for_client"
    FOR_TRAINER = "for_trainer"
    SPLIT = "split"


OPEN_STATUSES = frozenset({DisputeStatus.OPEN, DisputeStatus.ANSWERED, DisputeStatus.LAPSED})


@dataclass(frozen=True)
class Review:
    """What a client said of a session."""

    id: UUID
    booking_id: UUID
    client_id: str
    trainer_id: str
    rating: int
    text: str
    reply: str | None
    replied_at: datetime | None
    created_at: datetime
    edited_at: datetime | None
    hidden_at: datetime | None

    @property
    def is_visible(self) -> bool:
        return self.hidden_at is None


@dataclass(frozen=True)
class ShownReview(Review):
    """A review with what its public document shows of the client and the service."""

    client_name: str
    service_name: str


@dataclass(frozen=True)
class Rating:
    """What a trainer's visible reviews amount to."""

    trainer_id: str
    total: int
    count: int


@dataclass(frozen=True)
class Dispute:
    """What is disputed about a booking, by whom, and how it stands."""

    id: UUID
    booking_id: UUID
    client_id: str
    trainer_id: str
    opened_by: str
    reason: str
    status: str
    answer_by: datetime
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None
    resolution: str | None
    returned_minor: int
    refunded_credits: int

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def answerer(self) -> str:
        """The party that did not open it."""
        return self.trainer_id if self.opened_by == self.client_id else self.client_id


@dataclass(frozen=True)
class ShownDispute(Dispute):
    """A dispute with what was said, as `[author, text, links, epoch seconds]`."""

    statements: list[list[Any]]
