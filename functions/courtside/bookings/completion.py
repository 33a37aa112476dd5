"""What becomes of sessions and seats when the time has come: under way, completed, missed, corrected.

The clock starts sessions and completes them half an hour after their end, if the trainer has not; whoever had a seat
for sure was there unless the trainer says otherwise, within a week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from courtside.bookings import achievements, policy, seats, store
from courtside.bookings.charges import Kind, settle
from courtside.bookings.classes import session_view
from courtside.bookings.events import BookingCompleted, BookingMissed, SessionCompleted, SessionUpdated
from courtside.bookings.locks import Locked, lock_booking, lock_services_of, lock_session
from courtside.bookings.model import EXPIRED, Booking, BookingStatus, Ended, Ending, Session, SessionStatus
from courtside.bookings.penalties import decide_no_show
from courtside.bookings.refusals import (
    AttendanceDecided,
    BookingNotFound,
    NotAttendable,
    SessionNotFound,
    SessionNotStarted,
    SessionOver,
    StaffOnly,
)
from courtside.bookings.schemas import BookingView, CorrectAttendance, MarkNoShow, SessionView
from courtside.bookings.service import facts, view
from courtside.credits import service as credits
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork

_QUERIES = Queries(__package__, "completion.sql")

# The trainer's time to say who was not there.
COMPLETED_AFTER = timedelta(minutes=30)
CORRECTABLE_FOR = timedelta(days=7)
_MOST_TRAINERS = 500


@dataclass(frozen=True)
class _Id:
    id: str


@dataclass(frozen=True)
class _Cost:
    fee_minor: int
    fee_credits: int


def complete_session(uow: UnitOfWork, session_id: UUID) -> SessionView:
    """The trainer says that a session took place, without waiting for the clock.

    Raises:
        SessionNotFound, SessionNotStarted, SessionOver: it is not the actor's, or not the time.
    """
    session, locked = lock_session(uow, session_id)
    if not policy.is_staff(uow.actor, session.trainer_id):
        raise SessionNotFound(session_id=str(session_id))
    if session.starts_at > uow.now:
        raise SessionNotStarted(session_id=str(session_id))
    if session.status in (SessionStatus.CANCELLED, SessionStatus.COMPLETED):
        raise SessionOver(session_id=str(session_id), status=session.status)
    return session_view(_complete(uow, locked, session))


def mark_no_show(uow: UnitOfWork, command: MarkNoShow) -> BookingView:
    """The trainer says that somebody did not come; what that costs is the policy's, unless it is waived.

    Raises:
        BookingNotFound, StaffOnly: it is not the actor's to say.
        SessionNotStarted, NotAttendable, AttendanceDecided: not now, or not of this booking.
    """
    booking, locked = _lock_attendance(uow, command.booking_id)
    if booking.status == BookingStatus.NO_SHOW:
        raise AttendanceDecided(booking_id=str(booking.id), status=booking.status)
    waived_reason = command.waive.reason if command.waive else None
    return _miss(uow, locked, booking, waived_reason)


def correct_attendance(uow: UnitOfWork, command: CorrectAttendance) -> BookingView:
    """Somebody was there after all, or was not; fees and credits follow.

    Raises:
        BookingNotFound, StaffOnly: it is not the actor's to say.
        SessionNotStarted, NotAttendable, AttendanceDecided: not now, or not of this booking.
    """
    booking, locked = _lock_attendance(uow, command.booking_id)
    if booking.status == command.status:
        raise AttendanceDecided(booking_id=str(booking.id), status=booking.status)
    if BookingStatus(command.status) is BookingStatus.NO_SHOW:
        return _miss(uow, locked, booking, None)
    return _attend(uow, locked, booking, command.reason)


def trainers_due(reader: Reader, now: datetime) -> Sequence[str]:
    """Trainers with sessions that the clock has to start or complete."""
    due = reader.list(
        _QUERIES["list_trainers_due"], _Id, now=now, ended_by=now - COMPLETED_AFTER, limit=_MOST_TRAINERS
    )
    return [row.id for row in due]


def follow_clock(uow: UnitOfWork, trainer_id: str) -> int:
    """Start and complete a trainer's sessions whose time has come; how many. Run twice, each changes once."""
    locked = lock_services_of(uow, trainer_id)
    seats.release_overdue(uow, locked)
    started = uow.list(_QUERIES["start_due"], Session, trainer_id=trainer_id, now=uow.now)
    for session in started:
        told = locked.of(session.service_id).told_of_session(session)
        uow.emit(SessionUpdated(**told, booking_ids=()))
    over = uow.list(
        _QUERIES["list_due_for_completion"],
        Session,
        trainer_id=trainer_id,
        ended_by=uow.now - COMPLETED_AFTER,
    )
    for session in over:
        _complete(uow, locked.of(session.service_id), session)
    return len(started) + len(over)


def _complete(uow: UnitOfWork, locked: Locked, session: Session) -> Session:
    claims = store.list_claims(uow, session.id)
    for claim in claims:
        # What is still provisional, or waits, is over with the session.
        if claim.is_provisional or claim.status == BookingStatus.WAITLISTED:
            how = EXPIRED.get(claim.status, Ended.WAITLIST_CLOSED)
            seats.end_booking(uow, locked, claim, Ending(how))
    completed = uow.find(_QUERIES["complete_session"], Session, id=session.id, now=uow.now)
    assert completed is not None  # it is locked with its trainer
    attended = [claim for claim in claims if claim.status == BookingStatus.CONFIRMED]
    for claim in attended:
        told = locked.told_of(completed, claim.id, claim.client_id, claim.seats)
        uow.emit(BookingCompleted(**told))
        uow.record(f"bookings/{claim.id}", {"status": claim.status}, {"status": "completed"})
    uow.emit(SessionCompleted(**locked.told_of_session(completed)))
    uow.record(f"sessions/{session.id}", {"status": session.status}, {"status": completed.status})
    achievements.review(uow, [claim.client_id for claim in attended], session.trainer_id)
    return completed


def _miss(uow: UnitOfWork, locked: Locked, booking: Booking, waived_reason: str | None) -> BookingView:
    outcome = decide_no_show(booking.terms(locked.service), booking, waived=waived_reason is not None)
    _set_attendance(
        uow,
        booking,
        BookingStatus.NO_SHOW,
        booking.fee_minor + outcome.fee_minor,
        booking.fee_credits + outcome.fee_credits,
    )
    settle(uow, locked, booking, Kind.NO_SHOW, outcome, waived_reason=waived_reason)
    return _tell(uow, locked, booking, BookingStatus.NO_SHOW, waived_reason)


def _attend(uow: UnitOfWork, locked: Locked, booking: Booking, reason: str) -> BookingView:
    """Was there after all: what missing it cost is taken back, as far as it is still owed."""
    cost = uow.find(_QUERIES["take_back_penalty"], _Cost, booking_id=booking.id) or _Cost(0, 0)
    credits.return_up_to(uow, booking_id=booking.id, amount_minor=cost.fee_minor, reason=reason)
    fee_minor, fee_credits = booking.fee_minor - cost.fee_minor, booking.fee_credits - cost.fee_credits
    _set_attendance(uow, booking, BookingStatus.COMPLETED, fee_minor, fee_credits)
    return _tell(uow, locked, booking, BookingStatus.COMPLETED, reason)


def _set_attendance(
    uow: UnitOfWork, booking: Booking, status: BookingStatus, fee_minor: int, fee_credits: int
) -> None:
    uow.execute(
        _QUERIES["set_attendance"],
        id=booking.id,
        status=status.value,
        fee_minor=fee_minor,
        fee_credits=fee_credits,
    )


def _tell(
    uow: UnitOfWork, locked: Locked, booking: Booking, status: BookingStatus, reason: str | None
) -> BookingView:
    session = store.get_session(uow, booking.session_id)
    told = locked.told_of(session, booking.id, booking.client_id, booking.seats) | {"dates": ()}
    uow.emit(BookingMissed(**told) if status == BookingStatus.NO_SHOW else BookingCompleted(**told))
    achievements.review(uow, [booking.client_id], booking.trainer_id)
    before, after = facts(session, BookingStatus(booking.status)), facts(session, status)
    uow.record(f"bookings/{booking.id}", before, {**after, "reason": reason})
    return view(booking.id, session, status, booking.seats)


def _lock_attendance(uow: UnitOfWork, booking_id: UUID) -> tuple[Booking, Locked]:
    booking, locked = lock_booking(uow, booking_id)
    if not policy.is_staff(uow.actor, booking.trainer_id):
        raise StaffOnly if uow.actor.uid == booking.client_id else BookingNotFound(booking_id=str(booking_id))
    if booking.starts_at > uow.now:
        raise SessionNotStarted(booking_id=str(booking_id))
    attendable = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW)
    if booking.status not in attendable or uow.now > booking.ends_at + CORRECTABLE_FOR:
        raise NotAttendable(booking_id=str(booking_id), status=booking.status)
    return booking, locked
