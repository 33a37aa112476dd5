"""`bookings/{booking_id}` and `sessions/{session_id}`: rows to whole documents."""

from collections.abc import Sequence

from courtside.bookings.achievements import Achievement
from courtside.bookings.model import BookingDetails, SessionDetails
from courtside.firestore.values import Fields


def project_booking(booking: BookingDetails) -> Fields:
    """Read by the booking's client, its trainer and admins."""
    return {
        "session_id": str(booking.session_id),
        "client_id": booking.client_id,
        "client_name": booking.client_name,
        "trainer_id": booking.trainer_id,
        "trainer_name": booking.trainer_name,
        "service_id": str(booking.service_id),
        "service_name": booking.service_name,
        "time_zone": booking.time_zone,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
        "title": booking.title,
        "status": booking.status,
        "seats": booking.seats,
        "expires_at": booking.expires_at,
        "price_minor": booking.price_minor,
        "currency": booking.currency,
        "pay_with_credits": booking.pay_with_credits,
        "credits_spent": booking.credits_spent,
        "reschedules": booking.reschedules,
        "series_id": None if booking.series_id is None else str(booking.series_id),
        "created_at": booking.created_at,
        "booked_by": booking.booked_by,
        "cancelled_at": booking.cancelled_at,
        "cancelled_by": booking.cancelled_by,
        "cancel_reason": booking.cancel_reason,
        "ended": booking.ended,
        "late": booking.late,
        "fee_minor": booking.fee_minor,
        "fee_credits": booking.fee_credits,
        "waitlist_position": booking.waitlist_position,
    }


def project_session(session: SessionDetails) -> Fields:
    """The schedule entry with its attendees; read by its trainer and admins."""
    return {
        "trainer_id": session.trainer_id,
        "service_id": str(session.service_id),
        "service_name": session.service_name,
        "time_zone": session.time_zone,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "capacity": session.capacity,
        "seats_taken": session.seats_taken,
        "status": session.status,
        "open_class": session.open_class,
        "title": session.title,
        "created_at": session.created_at,
        "attendees": [
            {
                "booking_id": booking_id,
                "client_id": client_id,
                "display_name": name,
                "status": status,
                "seats": seats,
            }
            for booking_id, client_id, name, status, seats in session.attendees
        ],
    }


def project_achievements(achievements: Sequence[Achievement]) -> Fields:
    """What `clients/{client_id}` shows of achievements, oldest first."""
    return {"achievements": [{"code": a.code, "awarded_at": a.awarded_at} for a in achievements]}
