"""Who reacts to what: event → documents to write again, feed entries, inboxes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from courtside.availability.resources import paths_of_sharers
from courtside.bookings import conflicts
from courtside.bookings.events import (
    AchievementChanged,
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingEvent,
    BookingHeld,
    BookingMissed,
    BookingOffered,
    BookingPromoted,
    BookingRescheduled,
    BookingWaitlisted,
    ConflictFound,
    ConflictSettled,
    HoldEnded,
    HoldExtended,
    SessionBooked,
    SessionCalledOff,
    SessionCompleted,
    SessionCreated,
    SessionEvent,
    SessionUpdated,
    WaitlistMoved,
)
from courtside.bookings.store import list_paths_of_client, list_paths_of_trainer
from courtside.credits.events import AllocationUpdated, FeeChanged
from courtside.db.unit_of_work import UnitOfWork
from courtside.events import Event
from courtside.identity.events import AccountUpdated, UserRegistered
from courtside.notifications import digests
from courtside.notifications.service import notify
from courtside.notifications.settings import review_open
from courtside.privacy.events import AccountDeleted
from courtside.relay.feeds import feed_entries, is_own
from courtside.reviews.events import (
    DisputeClosed,
    DisputeContinued,
    DisputeEvent,
    DisputeOpened,
    ReviewChanged,
    ReviewCreated,
    ReviewEvent,
)
from courtside.reviews.store import list_paths_of_author
from courtside.trainers.events import OpenTimesChanged, TrainerApproved, TrainerProfileChanged


def react(uow: UnitOfWork) -> None:
    """Fill in everything that follows from a unit of work's events, before it commits.

    Nobody's own feed or inbox tells what that person did: the answer told it, and the documents show it.
    """
    review_conflicts(uow)
    for event in uow.events:
        uow.touch(*documents_of(event))
        if isinstance(event, TrainerProfileChanged) and event.with_bookings:
            uow.touch(*list_paths_of_trainer(uow, event.trainer_id))
        if isinstance(event, AccountUpdated):
            # Quiet hours may be of another zone now.
            review_open(uow, event.user_id)
            digests.reschedule(uow, event.user_id)
        if isinstance(event, AccountUpdated) and event.renamed:
            uow.touch(*list_paths_of_client(uow, event.user_id), *list_paths_of_author(uow, event.user_id))
        if isinstance(event, BookingEvent | SessionEvent) and event.resource_id is not None:
            uow.touch(*_days_of_sharers(uow, event, event.resource_id))
        for entry in feed_entries(event, uow.now):
            if not is_own(entry, uow.actor.uid):
                uow.enqueue(entry)
    notify(uow)


def review_conflicts(uow: UnitOfWork) -> None:
    """Find and settle conflicts of everybody whose time this unit of work changed, each once."""
    changed = {event.trainer_id for event in uow.events if isinstance(event, OpenTimesChanged)}
    left = {event.trainer_id for event in uow.events if isinstance(event, _LEAVING)}
    clients: dict[str, bool] = {}
    for event in uow.events:
        if isinstance(event, BookingEvent) and type(event) in (*_JOINING, *_LEAVING):
            clients[event.client_id] = clients.get(event.client_id, False) or isinstance(event, _LEAVING)
    for trainer_id in sorted(changed):
        conflicts.review_trainer(uow, trainer_id)
    for trainer_id in sorted(left - changed):
        conflicts.settle_ended(uow, trainer_id)
    for client_id, may_be_gone in sorted(clients.items()):
        conflicts.review_client(uow, client_id, may_be_gone=may_be_gone)


def documents_of(event: Event) -> list[str]:
    """Paths of the documents in which the event's facts appear."""
    return [path for paths_of in _DOCUMENTS.get(type(event), ()) for path in paths_of(event)]


def _client(event: UserRegistered | AccountUpdated | AccountDeleted) -> Iterator[str]:
    yield f"clients/{event.user_id}"


def _access(event: UserRegistered | AccountDeleted) -> Iterator[str]:
    yield f"access/{event.user_id}"


def _purse(event: AllocationUpdated | FeeChanged | AchievementChanged) -> Iterator[str]:
    yield f"clients/{event.client_id}"


def _trainer(event: TrainerApproved | TrainerProfileChanged) -> Iterator[str]:
    yield f"trainers/{event.trainer_id}"


def _days(event: OpenTimesChanged) -> Iterator[str]:
    for offset in range((event.last_date - event.first_date).days + 1):
        yield f"trainers/{event.trainer_id}/days/{event.first_date + timedelta(days=offset)}"


def _booking(event: BookingEvent) -> Iterator[str]:
    yield f"bookings/{event.booking_id}"
    yield f"sessions/{event.session_id}"
    for on_date in event.dates:
        yield f"trainers/{event.trainer_id}/days/{on_date}"


def _session(event: SessionEvent) -> Iterator[str]:
    yield f"sessions/{event.session_id}"
    for on_date in event.dates:
        yield f"trainers/{event.trainer_id}/days/{on_date}"


def _bookings_in(event: SessionUpdated) -> Iterator[str]:
    for booking_id in event.booking_ids:
        yield f"bookings/{booking_id}"


def _waiting(event: WaitlistMoved) -> Iterator[str]:
    for booking_id in event.booking_ids:
        yield f"bookings/{booking_id}"


def _review(event: ReviewEvent) -> Iterator[str]:
    yield f"trainers/{event.trainer_id}/reviews/{event.review_id}"
    yield f"trainers/{event.trainer_id}"


def _dispute(event: DisputeEvent) -> Iterator[str]:
    yield f"disputes/{event.dispute_id}"


def _conflict(event: ConflictFound | ConflictSettled) -> Iterator[str]:
    yield event.path


def _old_session(event: BookingRescheduled) -> Iterator[str]:
    yield f"sessions/{event.old_session_id}"


def _days_of_sharers(uow: UnitOfWork, event: BookingEvent | SessionEvent, room: UUID) -> Iterator[str]:
    """The days of all who use the room of a session, where it is now and where it was."""
    yield from paths_of_sharers(uow, room, event.starts_at, event.ends_at)
    if isinstance(event, BookingRescheduled):
        ended_at = event.old_starts_at + (event.ends_at - event.starts_at)
        yield from paths_of_sharers(uow, room, event.old_starts_at, ended_at)


# After these somebody may be in two places at once, or not any more.
_JOINING = (SessionBooked, BookingPromoted, BookingRescheduled)
_LEAVING = (BookingCancelled, BookingRescheduled, SessionCalledOff)

_DOCUMENTS: dict[type[Event], tuple[Callable[[Any], Iterator[str]], ...]] = {
    UserRegistered: (_client, _access),
    AccountUpdated: (_client,),
    AccountDeleted: (_client, _access),
    AllocationUpdated: (_purse,),
    FeeChanged: (_purse,),
    AchievementChanged: (_purse,),
    TrainerApproved: (_trainer,),
    TrainerProfileChanged: (_trainer,),
    OpenTimesChanged: (_days,),
    ReviewCreated: (_review,),
    ReviewChanged: (_review,),
    DisputeOpened: (_dispute,),
    DisputeContinued: (_dispute,),
    DisputeClosed: (_dispute,),
    ConflictFound: (_conflict,),
    ConflictSettled: (_conflict,),
    SessionBooked: (_booking,),
    BookingCancelled: (_booking,),
    BookingConfirmed: (_booking,),
    BookingHeld: (_booking,),
    HoldExtended: (_booking,),
    HoldEnded: (_booking,),
    BookingWaitlisted: (_booking,),
    BookingOffered: (_booking,),
    BookingPromoted: (_booking,),
    WaitlistMoved: (_waiting,),
    SessionCreated: (_session,),
    SessionUpdated: (_session, _bookings_in),
    SessionCalledOff: (_session,),
    SessionCompleted: (_session,),
    BookingCompleted: (_booking,),
    BookingMissed: (_booking,),
    BookingRescheduled: (_booking, _old_session),
}
