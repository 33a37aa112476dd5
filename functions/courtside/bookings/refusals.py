"""Why booking, holding, moving, confirming or cancelling can be refused."""

from uuid import UUID

from courtside.availability.model import SlotRefusal
from courtside.bookings.penalties import Outcome, Rule
from courtside.errors import Code, Refusal


class SlotTaken(Refusal):
    """This time is taken."""

    reason = "SLOT_TAKEN"


class ResourceTaken(Refusal):
    """The room of this service is taken at this time."""

    reason = "RESOURCE_TAKEN"


class SessionFull(Refusal):
    """This session has not so many seats left."""

    reason = "SESSION_FULL"


class SlotOutsideHours(Refusal):
    """The trainer does not work at this time."""

    reason = "SLOT_OUTSIDE_HOURS"


class SlotOffStep(Refusal):
    """Sessions do not start at this minute."""

    reason = "SLOT_OFF_STEP"


class SlotTooSoon(Refusal):
    """This time is past, or nearer than the trainer's minimum notice."""

    reason = "SLOT_TOO_SOON"


class SlotBeyondHorizon(Refusal):
    """The trainer does not take bookings this far ahead."""

    reason = "SLOT_BEYOND_HORIZON"


class SlotCapReached(Refusal):
    """The trainer takes no further session on this day or in this week."""

    reason = "SLOT_CAP_REACHED"


class AlreadyBooked(Refusal):
    """You have a seat in this session already."""

    code = Code.ALREADY_EXISTS
    reason = "ALREADY_BOOKED"


class OwnSession(Refusal):
    """Trainers cannot book themselves."""

    reason = "OWN_SESSION"


class BookingNotFound(Refusal):
    """You have no such booking."""

    code = Code.NOT_FOUND
    reason = "BOOKING_NOT_FOUND"


class SessionNotFound(Refusal):
    """There is no such session."""

    code = Code.NOT_FOUND
    reason = "SESSION_NOT_FOUND"


class BookingCancelled(Refusal):
    """This booking is cancelled."""

    reason = "BOOKING_CANCELLED"


class SessionStarted(Refusal):
    """This session has started."""

    reason = "SESSION_STARTED"


class SessionOver(Refusal):
    """This session is cancelled or completed."""

    reason = "SESSION_OVER"


class SeatsTaken(Refusal):
    """More seats are taken than that."""

    reason = "SEATS_TAKEN"


class TooManySeats(Refusal):
    """One booking of this service cannot have so many seats."""

    reason = "TOO_MANY_SEATS"


class StaffOnly(Refusal):
    """Only the trainer and admins may do this."""

    code = Code.PERMISSION_DENIED
    reason = "STAFF_ONLY"


class ClientBlocked(Refusal):
    """The client's account is blocked: nothing new is booked for it."""

    reason = "CLIENT_BLOCKED"


class NotPayableWithCredits(Refusal):
    """This service cannot be paid with credits."""

    reason = "NOT_PAYABLE_WITH_CREDITS"


class TooManyHolds(Refusal):
    """Nobody can hold so many times at once."""

    reason = "TOO_MANY_HOLDS"


class NotHeld(Refusal):
    """This booking is not a hold."""

    reason = "NOT_HELD"


class HoldExpired(Refusal):
    """This hold is over."""

    reason = "HOLD_EXPIRED"


class HoldSpent(Refusal):
    """This hold cannot be extended further."""

    reason = "HOLD_SPENT"


class NotPending(Refusal):
    """This booking does not wait for confirmation."""

    reason = "NOT_PENDING"


class RequestExpired(Refusal):
    """This request was not confirmed in time."""

    reason = "REQUEST_EXPIRED"


class SameTime(Refusal):
    """The booking is at this time already."""

    reason = "SAME_TIME"


class CancelClosed(Refusal):
    """It is too near to the start for clients to cancel."""

    reason = "CANCEL_CLOSED"


class RescheduleClosed(Refusal):
    """It is too near to the start for clients to move it."""

    reason = "RESCHEDULE_CLOSED"


class TooManyReschedules(Refusal):
    """This booking was moved as often as its client may."""

    reason = "TOO_MANY_RESCHEDULES"


class NotMovable(Refusal):
    """Only what is held, requested or confirmed can be moved."""

    reason = "NOT_MOVABLE"


class NotInSeries(Refusal):
    """This booking is not one of a series."""

    reason = "NOT_IN_SERIES"


class SeriesRefused(Refusal):
    """The series cannot be booked or changed so; `dates` says why."""

    reason = "SERIES_REFUSED"


class SeriesTooLong(Refusal):
    """A series has at most 104 dates, within two years."""

    reason = "SERIES_TOO_LONG"


SLOT_REFUSALS: dict[SlotRefusal, type[Refusal]] = {
    SlotRefusal.TOO_SOON: SlotTooSoon,
    SlotRefusal.BEYOND_HORIZON: SlotBeyondHorizon,
    SlotRefusal.OUTSIDE_HOURS: SlotOutsideHours,
    SlotRefusal.TIME_OFF: SlotOutsideHours,
    SlotRefusal.BUSY: SlotTaken,
    SlotRefusal.RESOURCE_BUSY: ResourceTaken,
    SlotRefusal.CAP_REACHED: SlotCapReached,
    SlotRefusal.OFF_STEP: SlotOffStep,
}


class SeatsFree(Refusal):
    """This session has seats left: book it."""

    reason = "SEATS_FREE"


class WaitlistClosed(Refusal):
    """This session starts too soon to wait for a seat."""

    reason = "WAITLIST_CLOSED"


class NotOffered(Refusal):
    """This booking is no offer from the waitlist, or not any more."""

    reason = "NOT_OFFERED"


class OfferExpired(Refusal):
    """This offer has gone to the next in line."""

    reason = "OFFER_EXPIRED"


def refuse_disallowed(outcome: Outcome, booking_id: UUID, *, moving: bool = False) -> None:
    """Raises CancelClosed, RescheduleClosed or TooManyReschedules where a policy allows no such change."""
    if outcome.allowed:
        return
    if outcome.rule is Rule.MOVED_TOO_OFTEN:
        refusal: type[Refusal] = TooManyReschedules
    else:
        refusal = RescheduleClosed if moving else CancelClosed
    raise refusal(booking_id=str(booking_id), because=outcome.because)


class SessionNotStarted(Refusal):
    """This session has not started yet."""

    reason = "SESSION_NOT_STARTED"


class NotAttendable(Refusal):
    """Whether somebody was there can be said of seats that were sure, until a week after the end."""

    reason = "NOT_ATTENDABLE"


class AttendanceDecided(Refusal):
    """That is what it says already."""

    reason = "ATTENDANCE_DECIDED"


class ConflictNotFound(Refusal):
    """You have no such conflict, or not any more."""

    code = Code.NOT_FOUND
    reason = "CONFLICT_NOT_FOUND"
