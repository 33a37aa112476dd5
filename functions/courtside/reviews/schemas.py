"""What clients send and get for reviews and disputes."""

from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from courtside.edge.commands import CommandSchema, DangerousSchema, View
from courtside.fields import Reason

Stars = Annotated[int, Field(ge=1, le=5)]
ReviewText = Annotated[str, StringConstraints(max_length=2_000)]
Said = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
DisputeReason = Literal[
    "not_as_described", "did_not_take_place", "wrong_fee", "wrong_attendance", "conduct", "other"
]


def _require_https(link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme != "https" or not parts.hostname or parts.username or not link.isprintable():
        raise ValueError("must be an https:// link without credentials")
    return link


Link = Annotated[str, StringConstraints(max_length=500), AfterValidator(_require_https)]
Links = Annotated[tuple[Link, ...], Field(max_length=5)]


class WriteReview(CommandSchema):
    """`reviews.write_review`: of a completed booking, by its client, once."""

    booking_id: UUID
    rating: Stars
    text: ReviewText = ""


class EditReview(CommandSchema):
    """`reviews.edit_review`: the whole review again, for 30 days."""

    review_id: UUID
    rating: Stars
    text: ReviewText = ""


class DeleteReview(CommandSchema):
    """`reviews.delete_review`: by its client, for 30 days."""

    review_id: UUID


class ReplyToReview(CommandSchema):
    """`reviews.reply_to_review`: the trainer answers, once; again to change it, empty to take it back."""

    review_id: UUID
    text: ReviewText


class ModerateReview(CommandSchema):
    """`admin.moderate_review`: hide a review from everybody, or show it again."""

    review_id: UUID
    hidden: bool
    reason: Reason


class Statement(BaseModel):
    """What a party says, and links to what shows it; nothing is fetched."""

    text: Said
    links: Links = ()


class OpenDispute(CommandSchema, Statement):
    """`reviews.open_dispute`: by the booking's client or trainer."""

    booking_id: UUID
    reason: DisputeReason


class AnswerDispute(CommandSchema, Statement):
    """`reviews.answer_dispute`: the other party, within 72 hours."""

    dispute_id: UUID


class AddEvidence(CommandSchema, Statement):
    """`reviews.add_evidence`: either party, while it is open; at most 20 statements in all."""

    dispute_id: UUID


class WithdrawDispute(CommandSchema):
    """`reviews.withdraw_dispute`: by who opened it."""

    dispute_id: UUID


class ResolveDispute(DangerousSchema):
    """`admin.resolve_dispute`: for the client all goes back, for the trainer nothing, split as given."""

    dispute_id: UUID
    outcome: Literal["for_client", "for_trainer", "split"]
    return_minor: Annotated[int, Field(ge=0)] | None = None
    refund_credits: Annotated[int, Field(ge=0)] | None = None


class ReviewView(View):
    """The review; its document is at `trainers/{trainer_id}/reviews/{review_id}`."""

    review_id: UUID
    trainer_id: str


class DisputeView(View):
    """The dispute; its document is at `disputes/{dispute_id}`."""

    dispute_id: UUID
    status: str
