"""Clears texts out of the audit: its shape, numbers and codes stay, what a person wrote or is called goes."""

from typing import Any

CLEARED = "[cleared]"

# What these hold are ids, codes and times of ours. Whatever is not named here may be personal: a new field is cleared.
_KEPT = frozenset(
    {"status", "role", "outcome", "ended", "kind", "active", "currency", "rrule", "weekday", "start", "end"}
    | {
        "booking_id",
        "session_id",
        "service_id",
        "trainer_id",
        "client_id",
        "user_id",
        "resource_id",
        "allocation_id",
    }
    | {"starts_at", "ends_at", "expires_at", "on_date", "first_date", "last_date"}
)


def cleared(value: Any, name: str = "") -> Any:
    """A JSON value of the same shape, under the name that it has in its object, without texts that may be personal."""
    match value:
        case str():
            return value if not value or name in _KEPT else CLEARED
        case dict():
            return {key: cleared(item, key) for key, item in value.items()}
        case list():
            return [cleared(item, name) for item in value]
        case _:
            return value
