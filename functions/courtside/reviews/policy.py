"""Who may review and dispute what, and until when: pure decisions over values."""

from datetime import datetime, timedelta

from courtside.bookings.model import Booking, BookingStatus
from courtside.bookings.refusals import BookingNotFound
from courtside.reviews.model import (
    Dispute,
    DisputeClosed,
    NotDisputable,
    NotReviewable,
    NotYours,
    OutcomeExceeds,
    Review,
    ReviewClosed,
    ReviewNotFound,
    Verdict,
)

REVIEWABLE_FOR = timedelta(days=90)
EDITABLE_FOR = timedelta(days=30)
DISPUTABLE_FOR = timedelta(days=14)
ANSWER_WITHIN = timedelta(hours=72)

_TOOK_PLACE = frozenset({BookingStatus.COMPLETED, BookingStatus.NO_SHOW})


def require_reviewable(uid: str, booking: Booking, now: datetime) -> None:
    """Whether this person may review the booking now.

    Raises:
        BookingNotFound: it is somebody else's: whether it exists is not told.
        NotReviewable: the session did not take place with this client, or too long ago.
    """
    _require_party(uid, booking)
    attended = booking.status == BookingStatus.COMPLETED and uid == booking.client_id
    if not attended or now > booking.ends_at + REVIEWABLE_FOR:
        raise NotReviewable(booking_id=str(booking.id))


def require_author(uid: str, review: Review, now: datetime) -> None:
    """Whether this person may change or delete the review now.

    Raises:
        ReviewNotFound: it is somebody else's.
        ReviewClosed: it is too late.
    """
    if uid != review.client_id:
        raise ReviewNotFound(review_id=str(review.id))
    if now > review.created_at + EDITABLE_FOR:
        raise ReviewClosed(review_id=str(review.id))


def require_disputable(uid: str, booking: Booking, now: datetime) -> None:
    """Whether this person may dispute the booking now.

    Raises:
        BookingNotFound: it is somebody else's: whether it exists is not told.
        NotDisputable: nothing took place and nothing was charged, or too long ago.
    """
    _require_party(uid, booking)
    charged = booking.fee_minor > 0 or booking.fee_credits > 0
    about_something = booking.status in _TOOK_PLACE or charged
    if not about_something or now > booking.ends_at + DISPUTABLE_FOR:
        raise NotDisputable(booking_id=str(booking.id))


def require_open(dispute: Dispute) -> None:
    """Raises DisputeClosed when it is decided or taken back."""
    if not dispute.is_open:
        raise DisputeClosed(dispute_id=str(dispute.id), status=dispute.status)


def require_answerer(uid: str, dispute: Dispute) -> None:
    """Raises NotYours unless this is the party that did not open it."""
    if uid != dispute.answerer:
        raise NotYours(dispute_id=str(dispute.id))


def decide_return(
    verdict: Verdict, due_minor: int, kept_credits: int, wanted_minor: int | None, wanted_credits: int | None
) -> tuple[int, int]:
    """What goes back to the client, of the fee and of the credits: all, nothing, or as the admin splits it.

    Raises:
        OutcomeExceeds: more than was charged.
    """
    match verdict:
        case Verdict.FOR_CLIENT:
            return due_minor, kept_credits
        case Verdict.FOR_TRAINER:
            return 0, 0
    returned, refunded = wanted_minor or 0, wanted_credits or 0
    if returned > due_minor or refunded > kept_credits:
        raise OutcomeExceeds(due_minor=due_minor, kept_credits=kept_credits)
    return returned, refunded


def _require_party(uid: str, booking: Booking) -> None:
    if uid not in (booking.client_id, booking.trainer_id):
        raise BookingNotFound(booking_id=str(booking.id))
