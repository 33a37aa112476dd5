"""What happens to reviews and disputes."""

from dataclasses import dataclass
from uuid import UUID

from courtside.events import Event


@dataclass(frozen=True, kw_only=True)
class ReviewEvent(Event):
    """What every event of a review carries."""

    review_id: UUID
    trainer_id: str
    client_id: str
    rating: int


@dataclass(frozen=True, kw_only=True)
class ReviewCreated(ReviewEvent):
    """A client reviewed a session."""

    name = "review.created.v1"


@dataclass(frozen=True, kw_only=True)
class ReviewChanged(ReviewEvent):
    """A review was `edited`, `answered`, `hidden`, `shown` again or `deleted`."""

    name = "review.changed.v1"
    change: str


@dataclass(frozen=True, kw_only=True)
class DisputeEvent(Event):
    """What every event of a dispute carries."""

    dispute_id: UUID
    booking_id: UUID
    client_id: str
    trainer_id: str
    status: str


@dataclass(frozen=True, kw_only=True)
class DisputeOpened(DisputeEvent):
    """A party disputes something about a booking."""

    name = "dispute.opened.v1"
    opened_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DisputeContinued(DisputeEvent):
    """Something was said, as the `statement`th of all, which may be the answer; without one, none came in time."""

    name = "dispute.continued.v1"
    statement: int | None = None
    answers: bool = False


@dataclass(frozen=True, kw_only=True)
class DisputeClosed(DisputeEvent):
    """A dispute was decided, or taken back; `outcome` is None for one that was taken back."""

    name = "dispute.resolved.v1"
    outcome: str | None
