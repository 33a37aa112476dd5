"""Notifications to render: whole payloads, and whatever else a database might hold."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from courtside.notifications.types import TYPES

# What every field of a payload looks like when all is well.
WHOLE: dict[str, Any] = {
    "role": "client",
    "booking_id": "00000000-0000-7000-8000-00000000000b",
    "session_id": "00000000-0000-7000-8000-00000000000c",
    "review_id": "00000000-0000-7000-8000-00000000000d",
    "dispute_id": "00000000-0000-7000-8000-00000000000e",
    "conflict_id": "00000000-0000-7000-8000-00000000000f",
    "endpoint_id": "00000000-0000-7000-8000-000000000010",
    "trainer_id": "tom",
    "service_name": "Boxing",
    "starts_at": "2026-11-21T09:00:00+00:00",
    "ends_at": "2026-11-21T10:00:00+00:00",
    "old_starts_at": "2026-07-21T09:00:00+00:00",
    "expires_at": "2026-11-20T09:00:00+00:00",
    "on_date": "2026-11-21",
    "status": "confirmed",
    "ended": "cancelled",
    "kind": "hours",
    "code": "first_session",
    "new_role": "trainer",
    "change": 3,
    "amount_minor": 123_456,
    "currency": "EUR",
    "rating": 4,
    "failures": 5,
    "position": 2,
    "unread": 3,
    "title": "Closed on Monday",
    "body": "Dear all,\nsee you on Tuesday.",
}
# The values by which texts differ.
VARIANTS = {
    "role": ("client", "trainer", "admin"),
    "status": ("pending", "confirmed", "open", "answered", "lapsed", "resolved", "withdrawn"),
    "ended": ("cancelled", "declined", "request_expired", "session_cancelled", "waitlist_closed"),
    "new_role": ("client", "trainer", "admin", "support"),
    "kind": ("time_off", "hours", "resource", "double_booking"),
    "code": ("first_session", "sessions_10", "sessions_100", "streak_4_weeks", "streak_26_weeks"),
}
LOCALES = ("en", "en-GB", "es", "es-AR", "es_MX", "de-DE", "zyx-ZX", "", "x" * 50, "es-")
ZONES = (
    "Europe/Madrid",
    "America/New_York",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "UTC",
    "Nowhere/At all",
    "",
    "..",
)


@dataclass(frozen=True)
class Told:
    """Something to be told."""

    type: str
    payload: dict[str, Any]
    count: int = 1


def told(type_: str, *, count: int = 1, **changes: Any) -> Told:
    """A notification of a type with a whole payload, but for what a test changes."""
    return Told(type_, {**WHOLE, **changes}, count)


_VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        ["", "{service}", "<b>&", "a\r\nBcc: x@example.com", "\u202eabc", "2026-13-40", "9" * 400]
    )
    | st.lists(st.integers(), max_size=2)
)
_CHANGES = st.dictionaries(st.sampled_from(sorted(WHOLE)), _VALUES, max_size=6)


@st.composite
def anything(draw: st.DrawFn) -> Told:
    """A notification whose payload lacks fields, or holds what nobody expects there."""
    payload = {**WHOLE, **{name: draw(st.sampled_from(values)) for name, values in VARIANTS.items()}}
    payload |= draw(_CHANGES)
    for name in draw(st.sets(st.sampled_from(sorted(WHOLE)), max_size=5)):
        payload.pop(name, None)
    return Told(
        draw(st.sampled_from([*TYPES, "newer.type"])), payload, draw(st.sampled_from([1, 1, 1, 2, 1000]))
    )
