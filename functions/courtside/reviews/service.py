"""Use cases of reviews; a trainer's rating changes in the transaction of the review that changes it."""

from typing import Any

from courtside.bookings.store import get_booking
from courtside.db.unit_of_work import UnitOfWork
from courtside.reviews import policy, store
from courtside.reviews.events import ReviewChanged, ReviewCreated, ReviewEvent
from courtside.reviews.model import Review, ReviewNotFound
from courtside.reviews.schemas import (
    DeleteReview,
    EditReview,
    ModerateReview,
    ReplyToReview,
    ReviewView,
    WriteReview,
)


def write_review(uow: UnitOfWork, command: WriteReview) -> ReviewView:
    """What the client says of a session.

    Raises:
        BookingNotFound, NotReviewable: it is not the actor's to review.
        AlreadyReviewed: it was reviewed before.
    """
    booking = get_booking(uow, command.booking_id)
    policy.require_reviewable(uow.actor.uid, booking, uow.now)
    review_id = store.insert_review(uow, booking, command.rating, command.text)
    store.add_rating(uow, booking.trainer_id, command.rating)
    uow.emit(
        ReviewCreated(
            review_id=review_id,
            trainer_id=booking.trainer_id,
            client_id=booking.client_id,
            rating=command.rating,
        )
    )
    uow.record(f"reviews/{review_id}", None, {"rating": command.rating, "booking_id": str(booking.id)})
    return ReviewView(review_id=review_id, trainer_id=booking.trainer_id)


def edit_review(uow: UnitOfWork, command: EditReview) -> ReviewView:
    """Say it again, differently.

    Raises:
        ReviewNotFound, ReviewClosed: it is not the actor's to change, or too late.
    """
    review = store.lock_review(uow, command.review_id)
    policy.require_author(uow.actor.uid, review, uow.now)
    store.update_review(uow, review.id, command.rating, command.text)
    if review.is_visible:
        store.change_rating(uow, review.trainer_id, command.rating - review.rating)
    return _changed(
        uow, review, "edited", command.rating, {"rating": review.rating}, {"rating": command.rating}
    )


def delete_review(uow: UnitOfWork, command: DeleteReview) -> ReviewView:
    """Take it back.

    Raises:
        ReviewNotFound, ReviewClosed: it is not the actor's to delete, or too late.
    """
    review = store.lock_review(uow, command.review_id)
    policy.require_author(uow.actor.uid, review, uow.now)
    store.delete_review(uow, review.id)
    if review.is_visible:
        store.change_rating(uow, review.trainer_id, -review.rating, reviews=-1)
    return _changed(uow, review, "deleted", review.rating, {"rating": review.rating}, None)


def reply_to_review(uow: UnitOfWork, command: ReplyToReview) -> ReviewView:
    """What the trainer says to it.

    Raises:
        ReviewNotFound: it is of another trainer.
    """
    review = store.lock_review(uow, command.review_id)
    if uow.actor.uid != review.trainer_id:
        raise ReviewNotFound(review_id=str(review.id))
    store.reply(uow, review.id, command.text)
    change = "answered" if command.text else "edited"
    return _changed(uow, review, change, review.rating, {"reply": review.reply}, {"reply": command.text})


def moderate_review(uow: UnitOfWork, command: ModerateReview) -> ReviewView:
    """Hide it from everybody, or show it again; while it is hidden it counts for nothing.

    Raises:
        ReviewNotFound: there is no such review.
    """
    review = store.lock_review(uow, command.review_id)
    store.moderate(uow, review.id, hidden=command.hidden, reason=command.reason)
    if review.is_visible and command.hidden:
        store.change_rating(uow, review.trainer_id, -review.rating, reviews=-1)
    elif not review.is_visible and not command.hidden:
        store.add_rating(uow, review.trainer_id, review.rating)
    after = {"hidden": command.hidden, "reason": command.reason}
    change = "hidden" if command.hidden else "shown"
    return _changed(uow, review, change, review.rating, {"hidden": not review.is_visible}, after)


def _changed(
    uow: UnitOfWork,
    review: Review,
    change: str,
    rating: int,
    before: dict[str, Any],
    after: dict[str, Any] | None,
) -> ReviewView:
    event: ReviewEvent = ReviewChanged(
        review_id=review.id,
        trainer_id=review.trainer_id,
        client_id=review.client_id,
        rating=rating,
        change=change,
    )
    uow.emit(event)
    uow.record(f"reviews/{review.id}", before, after)
    return ReviewView(review_id=review.id, trainer_id=review.trainer_id)
