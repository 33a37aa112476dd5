"""What everybody sees of a trainer's days."""

from datetime import date

from tests.world import World


def open_times(world: World, trainer: str, on: date, service: str | None = None) -> list[str]:
    """The starts that the day's document offers, as `"09:00"` in UTC; of one service, if it is named."""
    document = world.document(f"trainers/{trainer}/days/{on.isoformat()}")
    if document is None:
        return []
    slots = [slot for slot in document["slots"] if service in (None, slot["service_id"])]
    return [f"{slot['starts_at']:%H:%M}" for slot in slots]


def why_not(world: World, uid: str, service: str, starts_at: str) -> str:
    """The reason for which a booking is refused."""
    return world.refusal(uid, "bookings.book_session", service_id=service, starts_at=starts_at).reason
