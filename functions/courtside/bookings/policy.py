"""What may be done with bookings: pure decisions over values."""

from dataclasses import replace
from datetime import datetime, timedelta

from courtside.actors import Actor, Role
from courtside.availability.model import Slot, SlotRefusal
from courtside.bookings.model import Booking, BookingStatus, Session, SessionStatus
from courtside.bookings.refusals import (
    SLOT_REFUSALS,
    BookingCancelled,
    BookingNotFound,
    HoldExpired,
    HoldSpent,
    NotHeld,
    NotMovable,
    NotPayableWithCredits,
    NotPending,
    OwnSession,
    RequestExpired,
    SeatsTaken,
    SessionNotFound,
    SessionOver,
    SessionStarted,
    SlotBeyondHorizon,
    SlotTooSoon,
    StaffOnly,
    TooManyHolds,
    TooManySeats,
)
from courtside.trainers.model import Service, ServiceNotFound, Trainer, TrainerNotApproved, min_notice_minutes

# A hold lasts at most so many times its service's `hold_minutes` from its beginning.
_LONGEST_HOLD = 3
_MOST_HOLDS = 3
_MOVABLE = frozenset({BookingStatus.HELD, BookingStatus.PENDING, BookingStatus.CONFIRMED})
# Staff may open a class further ahead than clients may book, but not by a slip of the year.
_FURTHEST_CLASS = timedelta(days=366)


def is_staff(actor: Actor, trainer_id: str) -> bool:
    """Whether the actor acts for this trainer's studio; a trainer who became a client does not any more."""
    return actor.is_admin or (actor.uid == trainer_id and actor.role is not Role.CLIENT)


def require_staff(actor: Actor, trainer_id: str) -> None:
    """Raises StaffOnly unless the actor acts for this trainer's studio."""
    if not is_staff(actor, trainer_id):
        raise StaffOnly


def require_offered(trainer: Trainer, service: Service) -> None:
    """Whether the service takes bookings at all.

    Raises:
        TrainerNotApproved, ServiceNotFound: it does not.
    """
    if not trainer.is_approved:
        raise TrainerNotApproved(trainer_id=trainer.id)
    if not service.active:
        raise ServiceNotFound(service_id=str(service.id))


def require_bookable(client_id: str, trainer: Trainer, service: Service, seats: int) -> None:
    """Whether so many seats of this service can be booked for this client at any time at all.

    Raises:
        TrainerNotApproved, ServiceNotFound, OwnSession, TooManySeats: they cannot.
    """
    require_offered(trainer, service)
    if client_id == trainer.id:
        raise OwnSession
    if seats > service.max_seats_per_booking:
        raise TooManySeats(most=service.max_seats_per_booking)


def require_payable(service: Service, *, pay_with_credits: bool) -> None:
    """Raises NotPayableWithCredits where credits are meant and the service has no price in them."""
    if pay_with_credits and not service.credit_price:
        raise NotPayableWithCredits(service_id=str(service.id))


def decide_status(service: Service, *, by_staff: bool) -> BookingStatus:
    """Confirmed at once, unless the trainer wants to be asked; who is the trainer's staff need not ask."""
    asks = service.requires_confirmation and not by_staff
    return BookingStatus.PENDING if asks else BookingStatus.CONFIRMED


def expiry_of(status: BookingStatus, service: Service, starts_at: datetime, now: datetime) -> datetime | None:
    """When a booking of this status ends by itself, the start at the latest; None if never."""
    match status:
        case BookingStatus.HELD:
            return min(now + timedelta(minutes=service.hold_minutes), starts_at)
        case BookingStatus.PENDING:
            return min(now + timedelta(minutes=service.confirm_within_minutes), starts_at)
        case _:
            return None


def require_few_holds(live: int) -> None:
    """Raises TooManyHolds where a client has as many live holds as anybody may."""
    if live >= _MOST_HOLDS:
        raise TooManyHolds(most=_MOST_HOLDS)


def require_own_hold(actor: Actor, hold: Booking, now: datetime) -> None:
    """Whether the actor is whom the time is held for, or who holds it for them.

    Raises:
        BookingNotFound: it is somebody else's: whether it exists is not told.
        HoldExpired, NotHeld: it is no hold any more.
    """
    if actor.uid not in (hold.client_id, hold.booked_by):
        raise BookingNotFound(booking_id=str(hold.id))
    if hold.status != BookingStatus.HELD:
        raise NotHeld(booking_id=str(hold.id), status=hold.status)
    if hold.is_overdue(now):
        raise HoldExpired(booking_id=str(hold.id))


def extended_until(hold: Booking, service: Service, now: datetime) -> datetime:
    """When a hold ends once it is extended now: not after the start, nor later than three times its length.

    Raises:
        HoldSpent: that is no later than it ends already.
    """
    longest = hold.created_at + _LONGEST_HOLD * timedelta(minutes=service.hold_minutes)
    until = min(now + timedelta(minutes=service.hold_minutes), longest, hold.starts_at)
    if hold.expires_at is None or until <= hold.expires_at:
        raise HoldSpent(booking_id=str(hold.id))
    return until


def require_decidable(actor: Actor, booking: Booking, now: datetime) -> None:
    """Whether the actor may confirm or decline this request now.

    Raises:
        BookingNotFound: it is none of the actor's.
        StaffOnly: its client cannot decide it.
        NotPending, RequestExpired: it is no request any more.
    """
    if not is_staff(actor, booking.trainer_id):
        if actor.uid == booking.client_id:
            raise StaffOnly
        raise BookingNotFound(booking_id=str(booking.id))
    if booking.status != BookingStatus.PENDING:
        raise NotPending(booking_id=str(booking.id), status=booking.status)
    if booking.is_overdue(now):
        raise RequestExpired(booking_id=str(booking.id))


def require_class_time(starts_at: datetime, now: datetime) -> None:
    """Whether staff may open a class then, hours and notice aside.

    Raises:
        SlotTooSoon, SlotBeyondHorizon: it is past, or more than a year ahead.
    """
    if starts_at <= now:
        raise SlotTooSoon(starts_at=starts_at.isoformat())
    if starts_at > now + _FURTHEST_CLASS:
        raise SlotBeyondHorizon(starts_at=starts_at.isoformat())


def require_manageable(actor: Actor, session: Session, now: datetime) -> None:
    """Whether the actor may change or cancel this session now.

    Raises:
        SessionNotFound: it is no session of the actor's.
        SessionOver, SessionStarted: it is too late.
    """
    if not is_staff(actor, session.trainer_id):
        raise SessionNotFound(session_id=str(session.id))
    if session.status in (SessionStatus.CANCELLED, SessionStatus.COMPLETED):
        raise SessionOver(session_id=str(session.id), status=session.status)
    if session.starts_at <= now:
        raise SessionStarted(session_id=str(session.id))


def retitled(session: Session, title: str) -> Session:
    """The session under another title."""
    return replace(session, title=title)


def resized(session: Session, capacity: int) -> Session:
    """The session with so many seats.

    Raises:
        SeatsTaken: more are taken.
    """
    if capacity < session.seats_taken:
        raise SeatsTaken(session_id=str(session.id), seats_taken=session.seats_taken)
    return replace(session, capacity=capacity)


def require_slot(decision: Slot | SlotRefusal, starts_at: datetime) -> Slot:
    """The slot that was decided on.

    Raises:
        SlotTaken, SlotTooSoon, SlotOffStep, SlotOutsideHours, SlotBeyondHorizon: it is not open, for this reason.
    """
    if isinstance(decision, SlotRefusal):
        raise SLOT_REFUSALS[decision](starts_at=starts_at.isoformat())
    return decision


def require_notice(trainer: Trainer, service: Service, starts_at: datetime, now: datetime) -> None:
    """Joining a session that stands already needs no open time, only the notice.

    Raises:
        SlotTooSoon: it starts earlier than the minimum notice allows.
    """
    if starts_at < now + timedelta(minutes=min_notice_minutes(trainer, service)):
        raise SlotTooSoon(starts_at=starts_at.isoformat())


def require_party(actor: Actor, booking: Booking) -> None:
    """Raises BookingNotFound where it is somebody else's: whether it exists is not told."""
    if actor.uid != booking.client_id and not is_staff(actor, booking.trainer_id):
        raise BookingNotFound(booking_id=str(booking.id))


def require_changeable(actor: Actor, booking: Booking, now: datetime) -> None:
    """Whether the actor may cancel or move this booking now.

    Raises:
        BookingNotFound: it is somebody else's: whether it exists is not told.
        BookingCancelled, SessionStarted: it is too late; what the clock has ended is, before the job comes by.
    """
    require_party(actor, booking)
    if booking.is_cancelled or booking.is_overdue(now):
        raise BookingCancelled(booking_id=str(booking.id))
    if booking.starts_at <= now:
        raise SessionStarted(booking_id=str(booking.id))


def require_movable(booking: Booking) -> None:
    """Raises NotMovable unless the booking has a time to leave: it waits for a seat, or has one on offer."""
    if booking.status not in _MOVABLE:
        raise NotMovable(booking_id=str(booking.id), status=booking.status)
