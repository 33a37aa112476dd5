"""The `bookings` callable, and the calendar commands of `account`."""

from courtside.actors import Role
from courtside.bookings import (
    classes,
    completion,
    conflicts,
    holds,
    icalendar,
    moves,
    requests,
    service,
    waitlist,
)
from courtside.bookings.schemas import (
    AcceptOffer,
    BookingIcs,
    BookingView,
    BookSession,
    CalendarFeedView,
    CancelBooking,
    CancelSession,
    ChangeView,
    CompleteSession,
    ConfirmBooking,
    ConfirmHold,
    ConflictView,
    CorrectAttendance,
    CreateCalendarFeed,
    CreateSession,
    DeclineBooking,
    DeclineOffer,
    ExtendHold,
    HoldSlot,
    IcsView,
    JoinWaitlist,
    MarkNoShow,
    OutcomeView,
    PreviewCancellation,
    PreviewReschedule,
    ReleaseHold,
    RescheduleBooking,
    ReschedulePreview,
    ResizeSession,
    ResolveConflict,
    RevokeCalendarFeed,
    SessionView,
    UpdateSession,
    WaitlistView,
)
from courtside.bookings.series import service as series
from courtside.bookings.series.schemas import (
    BookSeries,
    CancelSeries,
    ChangedSeriesView,
    PreviewSeries,
    RescheduleSeries,
    SeriesView,
)
from courtside.credits.api import register_grants
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.edge.commands import REGISTERED, Commands, Limit
from courtside.identity.api import commands as account_commands

STAFF = frozenset({Role.TRAINER, Role.ADMIN})
# Each books, or looks for, dozens of dates.
PER_SERIES = Limit(burst=16, per_minute=16)

commands = Commands("bookings")
register_grants(commands)


@commands.command(BookSession, roles=REGISTERED)
def book_session(uow: UnitOfWork, command: BookSession) -> BookingView:
    """Seats for the caller, or for a client of the caller's."""
    return service.book_session(uow, command)


@commands.command(HoldSlot, roles=REGISTERED)
def hold_slot(uow: UnitOfWork, command: HoldSlot) -> BookingView:
    """Seats kept for minutes."""
    return holds.hold_slot(uow, command)


@commands.command(ExtendHold, roles=REGISTERED)
def extend_hold(uow: UnitOfWork, command: ExtendHold) -> BookingView:
    """Keep them longer."""
    return holds.extend_hold(uow, command.booking_id)


@commands.command(ConfirmHold, roles=REGISTERED)
def confirm_hold(uow: UnitOfWork, command: ConfirmHold) -> BookingView:
    """Book what is held."""
    return holds.confirm_hold(uow, command)


@commands.command(ReleaseHold, roles=REGISTERED)
def release_hold(uow: UnitOfWork, command: ReleaseHold) -> BookingView:
    """Let go of what is held."""
    return holds.release_hold(uow, command.booking_id)


@commands.command(ConfirmBooking, roles=REGISTERED)
def confirm_booking(uow: UnitOfWork, command: ConfirmBooking) -> BookingView:
    """Say yes to a request."""
    return requests.confirm_booking(uow, command.booking_id)


@commands.command(DeclineBooking, roles=REGISTERED)
def decline_booking(uow: UnitOfWork, command: DeclineBooking) -> BookingView:
    """Say no to a request."""
    return requests.decline_booking(uow, command.booking_id, command.reason)


@commands.command(CreateSession, roles=STAFF)
def create_session(uow: UnitOfWork, command: CreateSession) -> SessionView:
    """Open a class."""
    return classes.create_session(uow, command)


@commands.command(UpdateSession, roles=STAFF)
def update_session(uow: UnitOfWork, command: UpdateSession) -> SessionView:
    """Retitle a session."""
    return classes.update_session(uow, command.session_id, command.title)


@commands.command(ResizeSession, roles=STAFF)
def resize_session(uow: UnitOfWork, command: ResizeSession) -> SessionView:
    """Give a session more seats or fewer."""
    return classes.resize_session(uow, command.session_id, command.capacity)


@commands.command(CancelSession, roles=STAFF)
def cancel_session(uow: UnitOfWork, command: CancelSession) -> SessionView:
    """Call a session off."""
    return classes.cancel_session(uow, command.session_id, command.reason)


@commands.command(CancelBooking, roles=REGISTERED)
def cancel_booking(uow: UnitOfWork, command: CancelBooking) -> ChangeView:
    """Give a seat back."""
    return moves.cancel_booking(uow, command)


@commands.command(RescheduleBooking, roles=REGISTERED)
def reschedule_booking(uow: UnitOfWork, command: RescheduleBooking) -> ChangeView:
    """Move a booking."""
    return moves.reschedule_booking(uow, command)


@commands.command(BookSeries, roles=REGISTERED, rate_limit=PER_SERIES)
def book_series(uow: UnitOfWork, command: BookSeries) -> SeriesView:
    """Book what recurs."""
    return series.book_series(uow, command)


@commands.query(PreviewSeries, roles=REGISTERED, rate_limit=PER_SERIES)
def preview_series(inquiry: Inquiry, query: PreviewSeries) -> SeriesView:
    """What booking it would come to."""
    return series.preview_series(inquiry, query)


@commands.command(CancelSeries, roles=REGISTERED)
def cancel_series(uow: UnitOfWork, command: CancelSeries) -> ChangedSeriesView:
    """Cancel what recurs."""
    return series.cancel_series(uow, command)


@commands.command(RescheduleSeries, roles=REGISTERED, rate_limit=PER_SERIES)
def reschedule_series(uow: UnitOfWork, command: RescheduleSeries) -> ChangedSeriesView:
    """Move what recurs."""
    return series.reschedule_series(uow, command)


@commands.query(PreviewCancellation, roles=REGISTERED)
def preview_cancellation(inquiry: Inquiry, query: PreviewCancellation) -> OutcomeView:
    """What cancelling would come to."""
    return moves.preview_cancellation(inquiry, query)


@commands.query(PreviewReschedule, roles=REGISTERED)
def preview_reschedule(inquiry: Inquiry, query: PreviewReschedule) -> ReschedulePreview:
    """What moving would come to."""
    return moves.preview_reschedule(inquiry, query)


@commands.query(BookingIcs, roles=REGISTERED)
def booking_ics(inquiry: Inquiry, query: BookingIcs) -> IcsView:
    """One booking as an iCalendar file."""
    return icalendar.booking_ics(inquiry, query)


@account_commands.command(CreateCalendarFeed, roles=REGISTERED)
def create_calendar_feed(uow: UnitOfWork, command: CreateCalendarFeed) -> CalendarFeedView:
    """A new secret address of the caller's calendar."""
    return icalendar.create_feed(uow)


@account_commands.command(RevokeCalendarFeed, roles=REGISTERED)
def revoke_calendar_feed(uow: UnitOfWork, command: RevokeCalendarFeed) -> CalendarFeedView:
    """No address any more."""
    return icalendar.revoke_feed(uow)


@commands.command(JoinWaitlist, roles=REGISTERED)
def join_waitlist(uow: UnitOfWork, command: JoinWaitlist) -> WaitlistView:
    """Wait for a seat."""
    return waitlist.join_waitlist(uow, command)


@commands.command(AcceptOffer, roles=REGISTERED)
def accept_offer(uow: UnitOfWork, command: AcceptOffer) -> BookingView:
    """Take what was offered."""
    return waitlist.accept_offer(uow, command)


@commands.command(DeclineOffer, roles=REGISTERED)
def decline_offer(uow: UnitOfWork, command: DeclineOffer) -> BookingView:
    """Leave it to the next in line."""
    return waitlist.decline_offer(uow, command.booking_id)


@commands.command(CompleteSession, roles=REGISTERED)
def complete_session(uow: UnitOfWork, command: CompleteSession) -> SessionView:
    """It took place."""
    return completion.complete_session(uow, command.session_id)


@commands.command(MarkNoShow, roles=REGISTERED)
def mark_no_show(uow: UnitOfWork, command: MarkNoShow) -> BookingView:
    """Somebody did not come."""
    return completion.mark_no_show(uow, command)


@commands.command(CorrectAttendance, roles=REGISTERED)
def correct_attendance(uow: UnitOfWork, command: CorrectAttendance) -> BookingView:
    """Somebody came after all, or did not."""
    return completion.correct_attendance(uow, command)


@commands.command(ResolveConflict, roles=REGISTERED)
def resolve_conflict(uow: UnitOfWork, command: ResolveConflict) -> ConflictView:
    """Let it stand."""
    return conflicts.resolve_conflict(uow, command)
