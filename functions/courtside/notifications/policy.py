"""Who is told of what: pure functions of the event."""

from courtside.bookings.events import (
    BookingCancelled,
    BookingConfirmed,
    BookingEvent,
    BookingOffered,
    BookingPromoted,
    BookingRescheduled,
    SessionBooked,
)
from courtside.events import Event
from courtside.notifications.model import Notice
from courtside.reviews.events import DisputeClosed, DisputeOpened, ReviewCreated
from courtside.trainers.events import TrainerApproved


def notices_of(event: Event) -> list[Notice]:
    """What each person concerned is told of an event; most events concern nobody's inbox."""
    match event:
        case SessionBooked(status="pending"):
            return _tell_both("session.requested", event, str(event.booking_id))
        case BookingOffered():
            # Each offer is another one: the same booking may be offered seats once only.
            return _tell_client("waitlist.offered", event, str(event.booking_id))
        case BookingPromoted():
            return _tell_both("waitlist.promoted", event, str(event.booking_id))
        case BookingConfirmed():
            return _tell_both("session.confirmed", event, str(event.booking_id))
        case SessionBooked():
            return _tell_both("session.booked", event, str(event.booking_id))
        case BookingCancelled(ended="left_waitlist" | "offer_declined"):
            return []
        case BookingCancelled(ended="offer_expired"):
            return _tell_client("waitlist.offer_expired", event, str(event.booking_id))
        case BookingCancelled():
            return _tell_both("session.cancelled", event, f"{event.booking_id}:cancelled")
        case BookingRescheduled():
            return _tell_both(
                "session.rescheduled", event, f"{event.booking_id}:rescheduled:{event.reschedules}"
            )
        case ReviewCreated():
            payload = {"review_id": str(event.review_id), "rating": event.rating}
            return [Notice(event.trainer_id, "review.created", str(event.review_id), payload)]
        case DisputeOpened() | DisputeClosed():
            return _tell_parties(event)
        case TrainerApproved():
            return [Notice(event.trainer_id, "trainer.approved", event.trainer_id, {})]
        case _:
            return []


def _tell_parties(event: DisputeOpened | DisputeClosed) -> list[Notice]:
    type_ = "dispute.opened" if isinstance(event, DisputeOpened) else "dispute.resolved"
    payload = {
        "dispute_id": str(event.dispute_id),
        "booking_id": str(event.booking_id),
        "status": event.status,
    }
    parties = (event.client_id, event.trainer_id)
    return [Notice(party, type_, f"{type_}:{event.dispute_id}", payload) for party in parties]


def _tell_both(type_: str, event: BookingEvent, dedupe_key: str) -> list[Notice]:
    payload = {
        "booking_id": str(event.booking_id),
        "session_id": str(event.session_id),
        "service_name": event.service_name,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
    }
    people = (event.client_id, event.trainer_id)
    return [Notice(person, type_, f"{type_}:{dedupe_key}", payload) for person in people]


def _tell_client(type_: str, event: BookingEvent, dedupe_key: str) -> list[Notice]:
    return [notice for notice in _tell_both(type_, event, dedupe_key) if notice.user_id == event.client_id]
