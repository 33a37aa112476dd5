"""Reviews and ratings in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from courtside.bookings.model import Booking
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import new_id
from courtside.reviews.model import AlreadyReviewed, Rating, Review, ReviewNotFound, ShownReview

_QUERIES = Queries(__package__)


@dataclass(frozen=True)
class _Path:
    path: str


def insert_review(uow: UnitOfWork, booking: Booking, rating: int, text: str) -> UUID:
    """A review of a booking by its client; its id.

    Raises:
        AlreadyReviewed: there is one: what the index `reviews_one_per_booking` says.
    """
    review_id = new_id()
    inserted = uow.execute(
        _QUERIES["insert_review"],
        id=review_id,
        booking_id=booking.id,
        client_id=booking.client_id,
        trainer_id=booking.trainer_id,
        rating=rating,
        text=text,
        now=uow.now,
    )
    if inserted == 0:
        raise AlreadyReviewed(booking_id=str(booking.id))
    return review_id


def lock_review(uow: UnitOfWork, review_id: UUID) -> Review:
    """The review, locked until commit.

    Raises:
        ReviewNotFound: there is none, or not any more.
    """
    review = uow.find(_QUERIES["lock_review"], Review, id=review_id)
    if review is None:
        raise ReviewNotFound(review_id=str(review_id))
    return review


def update_review(uow: UnitOfWork, review_id: UUID, rating: int, text: str) -> None:
    """Write what the client says now."""
    uow.execute(_QUERIES["update_review"], id=review_id, rating=rating, text=text, now=uow.now)


def delete_review(uow: UnitOfWork, review_id: UUID) -> None:
    """Take a review back."""
    uow.execute(_QUERIES["delete_review"], id=review_id, now=uow.now)


def reply(uow: UnitOfWork, review_id: UUID, text: str) -> None:
    """Write the trainer's answer; empty takes it back."""
    uow.execute(_QUERIES["reply"], id=review_id, text=text, now=uow.now)


def moderate(uow: UnitOfWork, review_id: UUID, *, hidden: bool, reason: str) -> None:
    """Hide a review, or show it again."""
    uow.execute(_QUERIES["moderate"], id=review_id, hidden=hidden, reason=reason, now=uow.now)


def add_rating(uow: UnitOfWork, trainer_id: str, stars: int) -> None:
    """Count one more visible review of a trainer."""
    uow.execute(_QUERIES["add_rating"], trainer_id=trainer_id, stars=stars)


def change_rating(uow: UnitOfWork, trainer_id: str, stars: int, *, reviews: int = 0) -> None:
    """Count other stars of a trainer's visible reviews, or fewer of them: both may be below zero."""
    uow.execute(_QUERIES["change_rating"], trainer_id=trainer_id, stars=stars, reviews=reviews)


def list_reviews(reader: Reader, ids: Sequence[UUID]) -> Sequence[ShownReview]:
    """Visible reviews with all that their documents show."""
    return reader.list(_QUERIES["list_reviews"], ShownReview, ids=list(ids))


def list_ratings(reader: Reader, trainer_ids: Sequence[str]) -> Sequence[Rating]:
    """What trainers' visible reviews amount to; whoever has none is left out."""
    return reader.list(_QUERIES["list_ratings"], Rating, trainer_ids=list(trainer_ids))


def list_paths_of_author(reader: Reader, client_id: str) -> list[str]:
    """The documents of every review of a client, which show the client's first name."""
    return [row.path for row in reader.list(_QUERIES["list_paths_of_author"], _Path, client_id=client_id)]
