"""Fields that are nobody's to send: whatever a schema does not name is refused, at every depth."""

from typing import Any

import pytest

from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, calls
from tests.attacks.contents import BOOKING, CONTENTS, OFFER, PERSON, SLOT
from tests.attacks.verdicts import INVALID, STAFF
from tests.world import ADMIN

# What a row or a document has, or a framework might take to heart.
SMUGGLED: dict[str, Any] = {
    "role": "admin", "user_id": "ada", "uid": "ada", "id": "ada", "trainer_id": "ada", "status": "confirmed",
    "price_minor": 0, "created_at": "2000-01-01T00:00:00Z", "blocked_at": None, "email": "root@example.com",
    "email_verified": True, "tokens_valid_from": None, "booked_by": "ada", "version": 10**9, "now": "2000-01-01",
    "simulate": True, "actor": ADMIN, "__proto__": {"role": "admin"}, "constructor": {}, "$where": "1", "*": 1,
}  # fmt: skip
TARGETS = {
    "account.register_client": ("ned", PERSON),
    "trainers.apply": ("mal", PERSON),
    "bookings.cancel_booking": ("ada", BOOKING),
    "bookings.preview_series": ("mal", {**SLOT, "repeat": {"every": "day", "count": 2}}),
}


def _nested(where: str, command: str, **content: Any) -> Attempt:
    return calls("tom", command, INVALID, f"an unknown field in {where}", **content)


REPEAT: dict[str, Any] = {"every": "day", "count": 2}
ATTEMPTS = [
    *(
        calls(who, command, INVALID, f"{field} in {command}", **content, **{field: value})
        for command, (who, content) in TARGETS.items()
        for field, value in SMUGGLED.items()
    ),
    calls("mal", "bookings.book_session", INVALID, "a price of one's own in a booking", **SLOT, price_minor=1),
    calls("mal", "bookings.book_session", INVALID, "a status of one's own in a booking", **SLOT, status="confirmed"),
    calls("mal", "bookings.book_session", STAFF, "a client waives the notice", **SLOT, override_notice=True),
    calls("mal", "bookings.cancel_booking", STAFF, "a client waives the own fee",
          booking_id="@mals_late", waive={"reason": "because I can"}),
    calls("mal", "bookings.cancel_booking", STAFF, "a client acts as staff for the client",
          booking_id="@mals_late", for_client=True),
    calls("mal", "bookings.reschedule_booking", STAFF, "a client waives the fee of a move",
          booking_id="@mals_late", starts_at="@free_hour", waive={"reason": "because I can"}),
    calls("mal", "trainers.update_profile", INVALID, "a rating of one's own", rating_average=5, rating_count=900),
    calls("amy", "trainers.update_profile", INVALID, "an applicant sets the own status", status="approved"),
    calls("eve", "trainers.add_service", INVALID, "a service for another trainer", **OFFER, trainer_id="tom"),
    calls("eve", "availability.add_time_off", INVALID, "time off for another trainer",
          first_date="@day7", last_date="@day7", trainer_id="tom"),
    calls("mal", "reviews.open_dispute", INVALID, "a dispute that comes decided",
          **CONTENTS["reviews.open_dispute"], outcome="for_client"),
    calls("mal", "reviews.write_review", INVALID, "a review in Ada's name",
          booking_id="@long_done", rating=5, client_id="ada"),
    _nested("a policy", "trainers.add_service", **OFFER, policy={"free_for": ["mal"]}),
    _nested("a late rule", "trainers.add_service", **OFFER, policy={"cancel": [{"within_minutes": 5, "not": 1}]}),
    _nested("a no-show charge", "trainers.add_service", **OFFER, policy={"no_show": {"role": "admin"}}),
    _nested("a day of the week", "availability.set_weekly_hours",
            hours=[{"weekday": 1, "start": "09:00", "end": "10:00", "trainer_id": "eve"}]),
    _nested("a time of a date", "availability.set_override", on_date="@day3",
            hours=[{"start": "09:00", "end": "10:00", "trainer_id": "eve"}]),
    _nested("a rule of recurrence", "bookings.book_series", **SLOT, repeat={**REPEAT, "price_minor": 0}),
    _nested("a waiver", "bookings.mark_no_show", booking_id="@missed", waive={"reason": "x", "by": ADMIN}),
]  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nobody_sets_what_is_not_asked_for(arena: Arena, attempt: Attempt) -> None:
    arena.withstand(attempt)
