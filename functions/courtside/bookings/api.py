"""The `bookings` callable, and the calendar commands of `account`."""

from courtside.bookings import icalendar, service
from courtside.bookings.schemas import (
    BookingIcs,
    BookingView,
    BookSession,
    CalendarFeedView,
    CancelBooking,
    CreateCalendarFeed,
    IcsView,
    RescheduleBooking,
    RevokeCalendarFeed,
)
from courtside.db.unit_of_work import Inquiry, UnitOfWork
from courtside.edge.commands import REGISTERED, Commands
from courtside.identity.api import commands as account_commands

commands = Commands("bookings")


@commands.command(BookSession, roles=REGISTERED)
def book_session(uow: UnitOfWork, command: BookSession) -> BookingView:
    """A seat for the caller."""
    return service.book_session(uow, command.service_id, command.starts_at)


@commands.command(CancelBooking, roles=REGISTERED)
def cancel_booking(uow: UnitOfWork, command: CancelBooking) -> BookingView:
    """Give a seat back."""
    return service.cancel_booking(uow, command.booking_id, command.reason)


@commands.command(RescheduleBooking, roles=REGISTERED)
def reschedule_booking(uow: UnitOfWork, command: RescheduleBooking) -> BookingView:
    """Move a booking."""
    return service.reschedule_booking(uow, command.booking_id, command.starts_at)


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
