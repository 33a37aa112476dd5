"""Feed events: what happened, told to each audience that may know it, cut to what that audience may see."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from courtside.bookings.events import (
    AchievementChanged,
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingEnded,
    BookingEvent,
    BookingHeld,
    BookingMissed,
    BookingOffered,
    BookingPromoted,
    BookingRescheduled,
    BookingWaitlisted,
    ConflictFound,
    HoldEnded,
    SessionBooked,
    SessionCalledOff,
    SessionCompleted,
    SessionCreated,
    SessionEvent,
    SessionUpdated,
)
from courtside.credits.events import AllocationUpdated
from courtside.db.unit_of_work import Entry
from courtside.events import Event
from courtside.firestore.values import Fields
from courtside.identity.events import UserRegistered
from courtside.notifications.events import WebhookFailing, WebhookStopped
from courtside.notifications.projection import with_instants
from courtside.privacy.events import AccountDeleted
from courtside.reviews.events import DisputeClosed, DisputeEvent, DisputeOpened, ReviewCreated
from courtside.standing.events import AccountBlocked, AccountUnblocked, RoleChanged
from courtside.trainers.events import TrainerApplied, TrainerApproved

FEED = "feed"
EVENTS = "events"
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


def path_of_event(audience: str, entry_id: UUID) -> str:
    """The document that an entry becomes."""
    return f"feeds/{audience}/{EVENTS}/{entry_id}"


def event_fields(payload: Mapping[str, Any]) -> Fields:
    """What an entry's document shows, but for when it was committed."""
    fields = with_instants(dict(payload))
    return {**fields, "payload": with_instants(fields["payload"])}


def _booking_audiences(event: BookingEvent) -> Audiences:
    shared: dict[str, Any] = {
        "booking_id": str(event.booking_id),
        "session_id": str(event.session_id),
        "trainer_id": event.trainer_id,
        "service_name": event.service_name,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "seats": event.seats,
    }
    match event:
        case BookingEnded():
            shared |= {"cancelled_by": event.cancelled_by, "ended": event.ended}
        case BookingWaitlisted():
            shared["position"] = event.position
        case BookingPromoted():
            shared["status"] = event.status
        case BookingHeld() | BookingOffered():
            shared["expires_at"] = event.expires_at.isoformat()
        case SessionBooked():
            shared |= {"status": event.status, "expires_at": _iso(event.expires_at)}
        case BookingRescheduled():
            shared["old_starts_at"] = event.old_starts_at.isoformat()
    full = {**shared, "client_id": event.client_id}
    return {ADMIN: full, f"trainer_{event.trainer_id}": full, f"client_{event.client_id}": shared}


def _client_alone(event: BookingEvent) -> Audiences:
    """What the others are told of the session as a whole."""
    audience = f"client_{event.client_id}"
    return {audience: _booking_audiences(event)[audience]}


def _achievement_audiences(event: AchievementChanged) -> Audiences:
    own = {"code": event.code, "awarded": event.awarded}
    full = {**own, "client_id": event.client_id}
    return {ADMIN: full, f"trainer_{event.trainer_id}": full, f"client_{event.client_id}": own}


def _session_audiences(event: SessionEvent) -> Audiences:
    """Of a session as a whole; its clients are told of their own bookings."""
    told = {
        "session_id": str(event.session_id),
        "trainer_id": event.trainer_id,
        "service_name": event.service_name,
        "title": event.title,
        "capacity": event.capacity,
        "seats_taken": event.seats_taken,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
    }
    return {ADMIN: told, f"trainer_{event.trainer_id}": told}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _application_audiences(event: TrainerApplied) -> Audiences:
    return {ADMIN: {"trainer_id": event.trainer_id, "display_name": event.display_name}}


def _approval_audiences(event: TrainerApproved) -> Audiences:
    card = {"trainer_id": event.trainer_id, "display_name": event.display_name}
    return {ADMIN: card, PUBLIC: card, f"trainer_{event.trainer_id}": card}


def _failing_audiences(event: WebhookFailing) -> Audiences:
    failures = {"failures_in_a_row": event.failures_in_a_row, "last_failure": event.last_failure}
    return {ADMIN: {"endpoint_id": str(event.endpoint_id), **failures}}


def _stopped_audiences(event: WebhookStopped) -> Audiences:
    return {ADMIN: {"endpoint_id": str(event.endpoint_id)}}


def _allocation_audiences(event: AllocationUpdated) -> Audiences:
    told: dict[str, Any] = {"client_id": event.client_id, "kind": event.kind, "change": event.change}
    audiences = {ADMIN: told, f"client_{event.client_id}": {"kind": event.kind, "change": event.change}}
    return audiences if event.trainer_id is None else {**audiences, f"trainer_{event.trainer_id}": told}


def _review_audiences(event: ReviewCreated) -> Audiences:
    told = {"review_id": str(event.review_id), "trainer_id": event.trainer_id, "rating": event.rating}
    return {ADMIN: {**told, "client_id": event.client_id}, f"trainer_{event.trainer_id}": told}


def _dispute_audiences(event: DisputeEvent) -> Audiences:
    told: dict[str, Any] = {
        "dispute_id": str(event.dispute_id),
        "booking_id": str(event.booking_id),
        "status": event.status,
    }
    match event:
        case DisputeOpened():
            told |= {"opened_by": event.opened_by, "reason": event.reason}
        case DisputeClosed():
            told["outcome"] = event.outcome
    return {ADMIN: told, f"trainer_{event.trainer_id}": told, f"client_{event.client_id}": told}


def _conflict_audiences(event: ConflictFound) -> Audiences:
    told: dict[str, Any] = {
        "conflict_id": str(event.conflict_id),
        "kind": event.kind,
        "on_date": event.on_date.isoformat(),
        "session_ids": [str(session_id) for session_id in event.session_ids],
        "ways_out": list(event.ways_out),
    }
    audiences: dict[str, dict[str, Any]] = {ADMIN: {**told, "client_id": event.client_id}}
    audiences |= {f"trainer_{trainer_id}": told for trainer_id in event.trainer_ids}
    return audiences if event.client_id is None else {**audiences, f"client_{event.client_id}": told}


def _registration_audiences(event: UserRegistered | AccountDeleted | AccountUnblocked) -> Audiences:
    return {ADMIN: {"user_id": event.user_id}}


def _role_audiences(event: RoleChanged) -> Audiences:
    return {ADMIN: {"user_id": event.user_id, "old_role": event.old_role, "role": event.role}}


def _block_audiences(event: AccountBlocked) -> Audiences:
    """With what stands, for somebody to decide about it."""
    return {ADMIN: {"user_id": event.user_id, "bookings": event.bookings, "sessions": event.sessions}}


_FEEDS: dict[type[Event], tuple[str, Callable[[Any], Audiences]]] = {
    SessionBooked: ("session:booked", _booking_audiences),
    BookingCancelled: ("session:cancelled", _booking_audiences),
    BookingConfirmed: ("session:confirmed", _booking_audiences),
    BookingHeld: ("booking:held", _booking_audiences),
    HoldEnded: ("booking:hold_expired", _booking_audiences),
    BookingWaitlisted: ("booking:waitlisted", _booking_audiences),
    BookingOffered: ("booking:offered", _booking_audiences),
    BookingPromoted: ("booking:promoted", _booking_audiences),
    SessionCreated: ("session:created", _session_audiences),
    SessionUpdated: ("session:updated", _session_audiences),
    SessionCompleted: ("session:completed", _session_audiences),
    BookingCompleted: ("session:completed", _client_alone),
    BookingMissed: ("booking:no_show", _booking_audiences),
    AchievementChanged: ("gamification:achievement", _achievement_audiences),
    SessionCalledOff: ("session:cancelled", _session_audiences),
    BookingRescheduled: ("session:rescheduled", _booking_audiences),
    TrainerApplied: ("trainer:applied", _application_audiences),
    TrainerApproved: ("trainer:approved", _approval_audiences),
    UserRegistered: ("user:registered", _registration_audiences),
    AccountDeleted: ("user:deleted", _registration_audiences),
    RoleChanged: ("user:role_changed", _role_audiences),
    AccountBlocked: ("user:blocked", _block_audiences),
    AccountUnblocked: ("user:unblocked", _registration_audiences),
    ConflictFound: ("schedule:conflict", _conflict_audiences),
    ReviewCreated: ("review:created", _review_audiences),
    DisputeOpened: ("dispute:opened", _dispute_audiences),
    DisputeClosed: ("dispute:resolved", _dispute_audiences),
    AllocationUpdated: ("allocation:updated", _allocation_audiences),
    WebhookFailing: ("webhook:failing", _failing_audiences),
    WebhookStopped: ("webhook:stopped", _stopped_audiences),
}
