"""What may be done with bookings: pure decisions over values."""

from datetime import datetime, timedelta

from courtside.actors import Actor
from courtside.availability.model import Slot, SlotRefusal
from courtside.bookings.model import (
    SLOT_REFUSALS,
    Booking,
    BookingCancelled,
    BookingNotFound,
    OwnSession,
    SessionStarted,
    SlotTooSoon,
)
from courtside.trainers.model import Service, ServiceNotFound, Trainer, TrainerNotApproved


def require_bookable(actor: Actor, trainer: Trainer, service: Service) -> None:
    """Whether this actor may book this service at any time at all.

    Raises:
        TrainerNotApproved, ServiceNotFound, OwnSession: it cannot be booked, or is the actor's own.
    """
    if not trainer.is_approved:
        raise TrainerNotApproved(trainer_id=trainer.id)
    if not service.active:
        raise ServiceNotFound(service_id=str(service.id))
    if actor.uid == trainer.id:
        raise OwnSession


def require_slot(decision: Slot | SlotRefusal, starts_at: datetime) -> Slot:
    """The slot that was decided on.

    Raises:
        SlotTaken, SlotTooSoon, SlotOffStep, SlotOutsideHours, SlotBeyondHorizon: it is not open, for this reason.
    """
    if isinstance(decision, SlotRefusal):
        raise SLOT_REFUSALS[decision](starts_at=starts_at.isoformat())
    return decision


def require_notice(trainer: Trainer, starts_at: datetime, now: datetime) -> None:
    """Joining a session that stands already needs no open time, only the notice.

    Raises:
        SlotTooSoon: it starts earlier than the trainer's minimum notice allows.
    """
    if starts_at < now + timedelta(minutes=trainer.min_notice_minutes):
        raise SlotTooSoon(starts_at=starts_at.isoformat())


def require_changeable(actor: Actor, booking: Booking, now: datetime) -> None:
    """Whether the actor may cancel or move this booking now.

    Raises:
        BookingNotFound: it is somebody else's: whether it exists is not told.
        BookingCancelled, SessionStarted: it is too late.
    """
    if actor.uid not in (booking.client_id, booking.trainer_id) and not actor.is_admin:
        raise BookingNotFound(booking_id=str(booking.id))
    if booking.is_cancelled:
        raise BookingCancelled(booking_id=str(booking.id))
    if booking.starts_at <= now:
        raise SessionStarted(booking_id=str(booking.id))
