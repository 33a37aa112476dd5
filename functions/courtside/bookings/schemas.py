"""What clients send and get for bookings."""

from datetime import datetime
from uuid import UUID

from courtside.edge.commands import CommandSchema, QuerySchema, View
from courtside.fields import Instant, ShortText


class BookSession(CommandSchema):
    """`bookings.book_session`: a seat in the session of a service that starts at an open slot."""

    service_id: UUID
    starts_at: Instant


class CancelBooking(CommandSchema):
    """`bookings.cancel_booking`: by its client, its trainer or an admin."""

    booking_id: UUID
    reason: ShortText | None = None


class RescheduleBooking(CommandSchema):
    """`bookings.reschedule_booking`: the same booking at another open slot of the same service."""

    booking_id: UUID
    starts_at: Instant


class BookingView(View):
    """The booking as it stands now; its document is at `bookings/{booking_id}`."""

    booking_id: UUID
    session_id: UUID
    trainer_id: str
    status: str
    starts_at: datetime
    ends_at: datetime


class CreateCalendarFeed(CommandSchema):
    """`account.create_calendar_feed`: a secret address for calendar programs; the former one ends."""


class RevokeCalendarFeed(CommandSchema):
    """`account.revoke_calendar_feed`: the address ends."""


class BookingIcs(QuerySchema):
    """`bookings.booking_ics`: one booking as an iCalendar file."""

    booking_id: UUID


class CalendarFeedView(View):
    """`path` follows the address of the functions; told once, kept nowhere but in this answer."""

    active: bool
    path: str | None


class IcsView(View):
    """The text of an .ics file."""

    ics: str
