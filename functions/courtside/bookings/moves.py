"""Cancelling and moving bookings: what it costs, said before it is done and charged when it is."""

from dataclasses import dataclass, replace
from datetime import datetime

from courtside.bookings import policy, seats
from courtside.bookings.charges import Kind, circumstances, settle
from courtside.bookings.events import BookingRescheduled
from courtside.bookings.locks import Locked, lock_booking, look_at_booking
from courtside.bookings.model import GIVEN_UP, Booking, BookingStatus, Ended, Ending, Session
from courtside.bookings.penalties import Outcome, decide_cancellation, decide_reschedule
from courtside.bookings.prospects import look_ahead
from courtside.bookings.refusals import SameTime, refuse_disallowed
from courtside.bookings.schemas import (
    CancelBooking,
    ChangeView,
    OnTerms,
    OutcomeView,
    PreviewCancellation,
    PreviewReschedule,
    RescheduleBooking,
    ReschedulePreview,
)
from courtside.bookings.service import facts, view
from courtside.db.sql import Queries
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.errors import Refusal

_QUERIES = Queries(__package__, "moves.sql")


@dataclass(frozen=True)
class _Moved:
    reschedules: int


def cancel_booking(uow: UnitOfWork, command: CancelBooking) -> ChangeView:
    """Give seats back, on the terms of the service's policy.

    Raises:
        BookingNotFound, BookingCancelled, SessionStarted: it is not the actor's to cancel, or too late.
        CancelClosed, StaffOnly: not on these terms.
    """
    booking, locked = lock_booking(uow, command.booking_id)
    policy.require_changeable(uow.actor, booking, uow.now)
    session, outcome = cancel(uow, locked, booking, command, command.reason)
    cancelled = view(booking.id, session, BookingStatus.CANCELLED, booking.seats)
    return ChangeView(**cancelled.model_dump(), outcome=told(outcome, booking))


def reschedule_booking(uow: UnitOfWork, command: RescheduleBooking) -> ChangeView:
    """Move a booking to another open slot of its service; when that is refused, the old one was never given up.

    Raises:
        BookingNotFound, BookingCancelled, SessionStarted, NotMovable, SameTime: it cannot be moved.
        RescheduleClosed, TooManyReschedules, StaffOnly: not on these terms.
        SlotTaken and the other slot refusals, SessionFull, AlreadyBooked: not to this time.
        InsufficientCredits: the client cannot pay for it.
    """
    booking, locked = lock_booking(uow, command.booking_id)
    policy.require_changeable(uow.actor, booking, uow.now)
    session, outcome = move(uow, locked, booking, command.starts_at, command)
    moved = view(
        booking.id,
        session,
        BookingStatus(booking.status),
        booking.seats,
        _expiry_after(booking, locked, session.starts_at, uow.now),
    )
    return ChangeView(**moved.model_dump(), outcome=told(outcome, booking))


def preview_cancellation(inquiry: Inquiry, query: PreviewCancellation) -> OutcomeView:
    """What cancelling would come to at this moment.

    Raises:
        BookingNotFound, BookingCancelled, SessionStarted: it is not the actor's to cancel, or too late.
        StaffOnly: not on these terms.
    """
    booking, locked = look_at_booking(inquiry, query.booking_id)
    policy.require_changeable(inquiry.actor, booking, inquiry.now)
    return told(_decide_cancellation(inquiry, locked, booking, query), booking)


def preview_reschedule(inquiry: Inquiry, query: PreviewReschedule) -> ReschedulePreview:
    """What moving there would come to at this moment, and why it would be refused, if so.

    Whether the client has the credits that it costs is left open.

    Raises:
        BookingNotFound, BookingCancelled, SessionStarted: it is not the actor's to move, or too late.
        StaffOnly: not on these terms.
    """
    booking, locked = look_at_booking(inquiry, query.booking_id)
    policy.require_changeable(inquiry.actor, booking, inquiry.now)
    outcome = _decide_reschedule(inquiry, locked, booking, query)
    refusal = None
    try:
        _require_move(booking, query.starts_at, outcome)
        prospect = look_ahead(
            inquiry, locked, booking.client_id, query.starts_at, query.starts_at, leaving=booking
        )
        prospect.require_open(query.starts_at, booking.seats)
    except Refusal as found:
        refusal = found.reason
    return ReschedulePreview(**told(outcome, booking).model_dump(), refusal=refusal)


def cancel(
    uow: UnitOfWork,
    locked: Locked,
    booking: Booking,
    terms: OnTerms,
    reason: str | None,
    *,
    even_when_closed: bool = False,
) -> tuple[Session, Outcome]:
    """Cancel a booking that can still change: its session as that leaves it, and what it came to.

    `even_when_closed` is for a client who leaves for good: it costs what it costs, but it cannot be refused.

    Raises:
        CancelClosed, StaffOnly: not on these terms.
    """
    outcome = _decide_cancellation(uow, locked, booking, terms, even_when_closed=even_when_closed)
    refuse_disallowed(outcome, booking.id)
    waived_reason = terms.waive.reason if terms.waive else None
    ending = Ending(
        GIVEN_UP.get(booking.status, Ended.CANCELLED),
        reason,
        late=outcome.late,
        grace_used=outcome.grace_used,
        fee_minor=booking.fee_minor + outcome.fee_minor,
        fee_credits=booking.fee_credits + outcome.fee_credits,
        waived_reason=waived_reason if outcome.waived else None,
    )
    session = seats.end_booking(uow, locked, booking, ending)
    settle(uow, locked, booking, Kind.CANCEL, outcome, waived_reason=waived_reason)
    return session, outcome


def move(
    uow: UnitOfWork, locked: Locked, booking: Booking, starts_at: datetime, terms: OnTerms
) -> tuple[Session, Outcome]:
    """Move a booking that can still change: the session it is in now, and what it came to.

    Raises: as `reschedule_booking`, but for whose booking it is.
    """
    outcome = _decide_reschedule(uow, locked, booking, terms)
    _require_move(booking, starts_at, outcome)
    old, session = seats.move_seats(uow, locked, booking, starts_at)
    moved = uow.find(
        _QUERIES["move_booking"],
        _Moved,
        id=booking.id,
        session_id=session.id,
        expires_at=_expiry_after(booking, locked, session.starts_at, uow.now),
        own=int(_is_own(uow, booking)),
        fee_minor=outcome.fee_minor,
        fee_credits=outcome.fee_credits,
        now=uow.now,
    )
    assert moved is not None  # the caller holds its trainer's lock and read it
    settle(
        uow,
        locked,
        booking,
        Kind.RESCHEDULE,
        outcome,
        waived_reason=terms.waive.reason if terms.waive else None,
    )
    _tell_moved(uow, locked, booking, old, session, moved.reschedules)
    return session, outcome


def told(outcome: Outcome, booking: Booking) -> OutcomeView:
    """The outcome as its caller is told of it."""
    return OutcomeView(
        allowed=outcome.allowed,
        rule=outcome.rule.value,
        because=outcome.because,
        late=outcome.late,
        grace_used=outcome.grace_used,
        fee_minor=outcome.fee_minor,
        currency=booking.currency,
        fee_credits=outcome.fee_credits,
        refund_credits=outcome.refund_credits,
    )


def _decide_cancellation(
    inquiry: Inquiry, locked: Locked, booking: Booking, terms: OnTerms, *, even_when_closed: bool = False
) -> Outcome:
    on = circumstances(inquiry, locked, booking, terms)
    if even_when_closed:
        on = replace(on, by_staff=True, for_client=True)
    return decide_cancellation(booking.terms(locked.service), booking, on)


def _decide_reschedule(inquiry: Inquiry, locked: Locked, booking: Booking, terms: OnTerms) -> Outcome:
    on = circumstances(inquiry, locked, booking, terms)
    return decide_reschedule(booking.terms(locked.service), booking, on)


def _require_move(booking: Booking, starts_at: datetime, outcome: Outcome) -> None:
    policy.require_movable(booking)
    if booking.starts_at == starts_at:
        raise SameTime(booking_id=str(booking.id))
    refuse_disallowed(outcome, booking.id, moving=True)


def _is_own(uow: UnitOfWork, booking: Booking) -> bool:
    """Whether the policy counts the move: of a confirmed booking, by its client."""
    return booking.status == BookingStatus.CONFIRMED and uow.actor.uid == booking.client_id


def _expiry_after(booking: Booking, locked: Locked, starts_at: datetime, now: datetime) -> datetime | None:
    """A hold lasts no longer for being moved; whoever is asked has the full time again."""
    if booking.status == BookingStatus.HELD and booking.expires_at is not None:
        return min(booking.expires_at, starts_at)
    return policy.expiry_of(BookingStatus(booking.status), locked.service, starts_at, now)


def _tell_moved(
    uow: UnitOfWork, locked: Locked, booking: Booking, old: Session, session: Session, reschedules: int
) -> None:
    shared = locked.told_of(session, booking.id, booking.client_id, booking.seats)
    uow.emit(
        BookingRescheduled(
            **shared | {"dates": locked.dates_of(old, session)},
            old_session_id=old.id,
            old_starts_at=old.starts_at,
            reschedules=reschedules,
        )
    )
    status = BookingStatus(booking.status)
    uow.record(f"bookings/{booking.id}", facts(old, status), facts(session, status))
