"""What clients send and get for bookings."""

from datetime import datetime
from uuid import UUID

from courtside.edge.commands import CommandSchema, View
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
