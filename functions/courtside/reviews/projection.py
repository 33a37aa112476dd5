"""`trainers/{id}/reviews/{review_id}`, what a trainer's card shows of them, and `disputes/{dispute_id}`."""

from datetime import UTC, datetime

from courtside.firestore.values import Fields
from courtside.reviews.model import Rating, ShownDispute, ShownReview


def project_review(review: ShownReview) -> Fields:
    """Read by everyone: of the client, the first name alone."""
    return {
        "rating": review.rating,
        "text": review.text,
        "author": first_name(review.client_name),
        "service_name": review.service_name,
        "created_at": review.created_at,
        "edited_at": review.edited_at,
        "reply": review.reply,
        "replied_at": review.replied_at,
    }


def project_rating(rating: Rating | None) -> Fields:
    """What `trainers/{trainer_id}` shows; no average where nobody has said anything."""
    if rating is None or rating.count == 0:
        return {"rating_average": None, "rating_count": 0}
    return {"rating_average": round(rating.total / rating.count, 2), "rating_count": rating.count}


def project_dispute(dispute: ShownDispute) -> Fields:
    """Read by both parties and admins."""
    return {
        "booking_id": str(dispute.booking_id),
        "client_id": dispute.client_id,
        "trainer_id": dispute.trainer_id,
        "opened_by": dispute.opened_by,
        "reason": dispute.reason,
        "status": dispute.status,
        "answer_by_at": dispute.answer_by,
        "opened_at": dispute.opened_at,
        "closed_at": dispute.closed_at,
        "outcome": dispute.outcome,
        "resolution": dispute.resolution,
        "returned_minor": dispute.returned_minor,
        "refunded_credits": dispute.refunded_credits,
        "statements": [
            {"author": author, "text": text, "links": links, "said_at": datetime.fromtimestamp(at, UTC)}
            for author, text, links, at in dispute.statements
        ],
    }


def first_name(display_name: str) -> str:
    """The first word of a name."""
    return display_name.split()[0] if display_name.split() else ""
