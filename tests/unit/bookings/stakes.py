"""A booking to decide about: confirmed long ago, 50.00 EUR, three days before its start."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from courtside.bookings.model import Booking, BookingStatus

STARTS_AT = datetime(2026, 5, 20, 10, tzinfo=UTC)


def a_booking(**given: Any) -> Booking:
    """The booking, but for what is given."""
    starts_at: datetime = given.get("starts_at", STARTS_AT)
    plain: dict[str, Any] = {
        "id": UUID(int=1),
        "session_id": UUID(int=2),
        "client_id": "ada",
        "trainer_id": "tom",
        "service_id": UUID(int=3),
        "status": BookingStatus.CONFIRMED.value,
        "seats": 1,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "expires_at": None,
        "created_at": starts_at - timedelta(days=30),
        "booked_by": "ada",
        "price_minor": 5_000,
        "currency": "EUR",
        "pay_with_credits": False,
        "credits_spent": 0,
        "fee_minor": 0,
        "fee_credits": 0,
        "reschedules": 0,
        "own_reschedules": 0,
        "series_id": None,
    }
    return Booking(**{**plain, **given})


def in_credits(spent: int = 2, **given: Any) -> Booking:
    """The same, paid with credits."""
    return a_booking(pay_with_credits=True, credits_spent=spent, **given)
