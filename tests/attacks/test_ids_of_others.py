"""Acting on what is somebody else's, by its id: every command that takes one, and whether it is said to exist."""

from uuid import uuid4

import pytest

from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, calls
from tests.attacks.contents import CONTENTS, OFFER, SAID, SLOT, WHY
from tests.attacks.verdicts import NO_BOOKING, ROLE, STAFF

NO_REVIEW = "NOT_FOUND REVIEW_NOT_FOUND"
NO_DISPUTE = "NOT_FOUND DISPUTE_NOT_FOUND"
NO_SESSION = "NOT_FOUND SESSION_NOT_FOUND"
NO_SERVICE = "NOT_FOUND SERVICE_NOT_FOUND"
NO_TIME_OFF = "NOT_FOUND TIME_OFF_NOT_FOUND"
NO_CONFLICT = "NOT_FOUND CONFLICT_NOT_FOUND"
NO_INSTALLATION = "NOT_FOUND INSTALLATION_NOT_FOUND"
NO_NOTIFICATION = "NOT_FOUND NOTIFICATION_NOT_FOUND"
OTHER_PARTY = "PERMISSION_DENIED OTHER_PARTY"
NO_TRAINER = "NOT_FOUND TRAINER_NOT_FOUND"


def _of(who: str, refused: str, *commands: str) -> list[Attempt]:
    """The commands on what they are aimed at, in the name of somebody to whom it does not belong."""
    return [
        calls(who, name, refused, f"{who}: {name} of somebody else's", **CONTENTS[name]) for name in commands
    ]


def _key(name: str) -> str:
    """The field of a command that names what it is aimed at; empty if there is none."""
    return next((key for key in CONTENTS[name] if key.endswith("_id")), "")


ON_BOOKINGS = [
    f"bookings.{name}"
    for name in (
        "cancel_booking", "reschedule_booking", "preview_cancellation", "preview_reschedule", "booking_ics",
        "extend_hold", "confirm_hold", "release_hold", "confirm_booking", "decline_booking", "accept_offer",
        "decline_offer", "mark_no_show", "correct_attendance", "cancel_series", "reschedule_series",
    )
]  # fmt: skip
ATTEMPTS = [
    *_of("mal", NO_BOOKING, *ON_BOOKINGS, "reviews.write_review", "reviews.open_dispute"),
    *_of("eve", NO_BOOKING, *ON_BOOKINGS, "reviews.write_review", "reviews.open_dispute"),
    *_of("sue", NO_BOOKING, *(name for name in ON_BOOKINGS if "preview" not in name and "ics" not in name)),
    *_of("mal", NO_REVIEW, "reviews.edit_review", "reviews.delete_review", "reviews.reply_to_review"),
    *_of("eve", NO_REVIEW, "reviews.edit_review", "reviews.delete_review", "reviews.reply_to_review"),
    *_of("mal", NO_DISPUTE, "reviews.answer_dispute", "reviews.add_evidence", "reviews.withdraw_dispute"),
    *_of("eve", NO_DISPUTE, "reviews.answer_dispute", "reviews.add_evidence", "reviews.withdraw_dispute"),
    *_of("mal", NO_CONFLICT, "bookings.resolve_conflict"),
    *_of("eve", NO_CONFLICT, "bookings.resolve_conflict"),
    *_of("eve", NO_TIME_OFF, "availability.remove_time_off"),
    *_of("eve", NO_SERVICE, "trainers.update_service"),
    *_of("mal", NO_TRAINER, "trainers.update_service", "trainers.add_service", "trainers.update_profile"),
    *_of("mal", NO_TRAINER, "availability.set_weekly_hours", "availability.remove_time_off"),
    *_of("eve", NO_SESSION, "bookings.update_session", "bookings.resize_session", "bookings.cancel_session"),
    *_of("eve", NO_SESSION, "bookings.complete_session"),
    *_of("mal", NO_SESSION, "bookings.complete_session"),
    *_of("eve", STAFF, "bookings.create_session"),
    *_of("mal", NO_INSTALLATION, "notifications.refresh_installation", "notifications.remove_installation"),
    *_of("mal", "ALREADY_EXISTS INSTALLATION_TAKEN", "notifications.register_installation"),
    *_of("mal", NO_NOTIFICATION, "notifications.snooze", "notifications.acknowledge"),
    *_of("mal", NO_NOTIFICATION, "notifications.explain_delivery"),
    *_of("tom", NO_NOTIFICATION, "notifications.explain_delivery", "notifications.acknowledge"),
    calls("eve", "availability.set_weekly_hours", NO_SERVICE, "eve sets the hours of Tom's service",
          service_id="@boxing", hours=[]),
    calls("mal", "bookings.book_session", STAFF, "a client books in Ada's name", **SLOT, client_id="ada"),
    calls("mal", "bookings.hold_slot", STAFF, "a client holds time in Ada's name", **SLOT, client_id="ada"),
    calls("eve", "bookings.book_session", STAFF, "Eve books Tom's time for a client", **SLOT, client_id="ada"),
    calls("mal", "bookings.preview_series", STAFF, "a client previews a series for Ada", **SLOT,
          client_id="ada", repeat={"every": "day", "count": 2}),
    calls("mal", "bookings.book_series", STAFF, "a client books a series in Ada's name", **SLOT,
          client_id="ada", repeat={"every": "day", "count": 2}),
    calls("mal", "account.credits_statement", "PERMISSION_DENIED ROLE_NOT_ALLOWED", "a client reads Ada's ledger",
          client_id="ada"),
    calls("tom", "account.credits_statement", "PERMISSION_DENIED ROLE_NOT_ALLOWED", "a trainer reads Ada's ledger",
          client_id="ada"),
    calls("ada", "bookings.confirm_booking", STAFF, "a client confirms the own request", booking_id="@request"),
    calls("ada", "bookings.correct_attendance", STAFF, "a client corrects the own attendance",
          booking_id="@done", status="completed", **WHY),
    calls("ada", "bookings.accept_offer", NO_BOOKING, "who gave the seat back takes the offer of it",
          booking_id="@offer"),
    calls("ada", "reviews.answer_dispute", OTHER_PARTY,
          "who opened a dispute answers it", dispute_id="@dispute", **SAID),
    calls("tom", "reviews.withdraw_dispute", OTHER_PARTY, "the other side withdraws a dispute", dispute_id="@dispute"),
    calls("tom", "reviews.edit_review", NO_REVIEW, "a trainer edits the review of him", review_id="@review", rating=5),
    calls("tom", "reviews.delete_review", NO_REVIEW, "a trainer deletes the review of him", review_id="@review"),
    calls("mal", "trainers.approve", ROLE, "a client approves an application", trainer_id="amy"),
    calls("amy", "trainers.approve", ROLE, "an applicant approves the own application", trainer_id="amy"),
    calls("tom", "trainers.add_service", "NOT_FOUND RESOURCE_NOT_FOUND", "a service in a room that is none",
          **{**OFFER, "resource_id": str(uuid4())}),
]  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_what_is_of_others_stays_theirs(arena: Arena, attempt: Attempt) -> None:
    arena.withstand(attempt)


BY_ID = sorted(
    {a.what for a in ATTEMPTS if a.who == "mal" and a.refused.startswith("NOT_FOUND") and _key(a.what)}
)


@pytest.mark.parametrize("name", BY_ID)
def test_nothing_tells_what_exists_from_what_does_not(arena: Arena, name: str) -> None:
    content, key, nobody = CONTENTS[name], _key(name), str(uuid4())

    there = arena.try_(calls("mal", name, "", "", **content))
    not_there = arena.try_(calls("mal", name, "", "", **{**content, key: nobody}))

    assert there.verdict == not_there.verdict
    told = there.text.replace(arena.names[content[key].removeprefix("@")], nobody)
    assert told.splitlines()[-1] == not_there.text.splitlines()[-1]
