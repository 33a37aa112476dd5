"""Feed events: what happened, told to each audience that may know it, cut to what that audience may see."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from courtside.bookings.events import BookingCancelled, BookingEvent, BookingRescheduled, SessionBooked
from courtside.db.unit_of_work import Entry
from courtside.events import Event
from courtside.identity.events import UserRegistered
from courtside.trainers.events import TrainerApplied, TrainerApproved

FEED = "feed"
ADMIN = "admin"
PUBLIC = "public"

# Audience → payload.
Audiences = Mapping[str, dict[str, Any]]


def feed_entries(event: Event, now: datetime) -> list[Entry]:
    """One entry per audience of the event; the document's id is the entry's, at `feeds/{audience}/events/{id}`."""
    told = _FEEDS.get(type(event))
    if told is None:
        return []
    type_, audiences_of = told
    return [
        Entry(FEED, audience, {"type": type_, "occurred_at": now.isoformat(), "payload": payload})
        for audience, payload in audiences_of(event).items()
    ]


def is_own(entry: Entry, uid: str) -> bool:
    """Whether the entry would tell a person what that person just did."""
    return entry.target in (f"client_{uid}", f"trainer_{uid}")


def _booking_audiences(event: BookingEvent) -> Audiences:
    shared = {
        "booking_id": str(event.booking_id),
        "session_id": str(event.session_id),
        "trainer_id": event.trainer_id,
        "service_name": event.service_name,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
    }
    match event:
        case BookingCancelled():
            shared["cancelled_by"] = event.cancelled_by
        case BookingRescheduled():
            shared["old_starts_at"] = event.old_starts_at.isoformat()
    full = {**shared, "client_id": event.client_id}
    return {ADMIN: full, f"trainer_{event.trainer_id}": full, f"client_{event.client_id}": shared}


def _application_audiences(event: TrainerApplied) -> Audiences:
    return {ADMIN: {"trainer_id": event.trainer_id, "display_name": event.display_name}}


def _approval_audiences(event: TrainerApproved) -> Audiences:
    card = {"trainer_id": event.trainer_id, "display_name": event.display_name}
    return {ADMIN: card, PUBLIC: card, f"trainer_{event.trainer_id}": card}


def _registration_audiences(event: UserRegistered) -> Audiences:
    return {ADMIN: {"user_id": event.user_id}}


_FEEDS: dict[type[Event], tuple[str, Callable[[Any], Audiences]]] = {
    SessionBooked: ("session:booked", _booking_audiences),
    BookingCancelled: ("session:cancelled", _booking_audiences),
    BookingRescheduled: ("session:rescheduled", _booking_audiences),
    TrainerApplied: ("trainer:applied", _application_audiences),
    TrainerApproved: ("trainer:approved", _approval_audiences),
    UserRegistered: ("user:registered", _registration_audiences),
}
