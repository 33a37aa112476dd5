"""`bookings/{booking_id}` and `sessions/{session_id}`: rows to whole documents."""

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
        "status": booking.status,
        "price_minor": booking.price_minor,
        "currency": booking.currency,
        "reschedules": booking.reschedules,
        "created_at": booking.created_at,
        "cancelled_at": booking.cancelled_at,
        "cancelled_by": booking.cancelled_by,
        "cancel_reason": booking.cancel_reason,
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
        "created_at": session.created_at,
        "attendees": [
            {"booking_id": booking_id, "client_id": client_id, "display_name": name, "status": status}
            for booking_id, client_id, name, status in session.attendees
        ],
    }
