"""Events for tests; each test states only what matters to it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from courtside.bookings.events import BookingCancelled, BookingRescheduled, SessionBooked

BOOKING = UUID("00000000-0000-7000-8000-00000000000b")
SESSION = UUID("00000000-0000-7000-8000-00000000000c")
OLD_SESSION = UUID("00000000-0000-7000-8000-00000000000d")
NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
TEN = datetime(2026, 5, 4, 10, tzinfo=UTC)


def _booking(**changes: Any) -> dict[str, Any]:
    return {
        "booking_id": BOOKING,
        "session_id": SESSION,
        "trainer_id": "tom",
        "client_id": "ada",
        "service_name": "Boxing",
        "starts_at": TEN,
        "ends_at": TEN.replace(hour=11),
        "dates": (date(2026, 5, 4),),
        **changes,
    }


def session_booked(**changes: Any) -> SessionBooked:
    return SessionBooked(**_booking(**changes))


def booking_cancelled(**changes: Any) -> BookingCancelled:
    return BookingCancelled(**_booking(**{"cancelled_by": "ada", "reason": None, **changes}))


def booking_rescheduled(**changes: Any) -> BookingRescheduled:
    old = {"old_session_id": OLD_SESSION, "old_starts_at": TEN.replace(hour=8), "reschedules": 1}
    return BookingRescheduled(**_booking(**{**old, **changes}))
