"""The `bookings` callable."""

from courtside.bookings import service
from courtside.bookings.schemas import BookingView, BookSession, CancelBooking, RescheduleBooking
from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.commands import REGISTERED, Commands

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
