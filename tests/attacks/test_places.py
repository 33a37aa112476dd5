"""Other people's seats: jumping the line, hoarding time, classes that are full, slots that are taken or none."""

import pytest

from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, calls
from tests.attacks.contents import SLOT
from tests.attacks.targets import at
from tests.attacks.verdicts import INVALID

CLASS = {"service_id": "@yoga", "starts_at": "@full_class_at"}
OFFERED = {"service_id": "@yoga", "starts_at": "@offered_at"}
TAKEN = {"service_id": "@boxing", "starts_at": at(11, days=1)}
PRE = "FAILED_PRECONDITION"

ATTEMPTS = [
    calls("cyd", "bookings.accept_offer", f"{PRE} NOT_OFFERED", "taking a seat while one still waits",
          booking_id="@waiting"),
    calls("bob", "bookings.accept_offer", f"{PRE} NOT_OFFERED", "the second in line takes the offer of the first",
          booking_id="@behind"),
    calls("cyd", "bookings.confirm_hold", f"{PRE} NOT_HELD", "an offer confirmed as if it were a hold",
          booking_id="@offer"),
    calls("ada", "bookings.accept_offer", f"{PRE} NOT_OFFERED", "a hold accepted as if it were an offer",
          booking_id="@hold"),
    calls("cyd", "bookings.reschedule_booking", f"{PRE} NOT_MOVABLE", "a place in the line moved into a free class",
          booking_id="@waiting", starts_at="@free_hour"),
    calls("mal", "bookings.book_session", f"{PRE} SESSION_FULL", "a seat in a class that is full", **CLASS),
    calls("mal", "bookings.hold_slot", f"{PRE} SESSION_FULL", "a hold in a class that is full", **CLASS),
    calls("mal", "bookings.book_session", f"{PRE} SESSION_FULL", "a seat that is on offer to somebody else", **OFFERED),
    calls("cyd", "bookings.join_waitlist", "ALREADY_EXISTS ALREADY_BOOKED", "a second place in one line", **CLASS),
    calls("ada", "bookings.join_waitlist", "ALREADY_EXISTS ALREADY_BOOKED", "waiting for a class that one is in",
          **CLASS),
    calls("mal", "bookings.join_waitlist", f"{PRE} TOO_MANY_SEATS", "waiting for a whole class", **CLASS, seats=500),
    calls("mal", "bookings.join_waitlist", "NOT_FOUND SESSION_NOT_FOUND", "a line where nothing is full",
          service_id="@yoga", starts_at="@free_hour"),
    calls("mal", "bookings.book_session", f"{PRE} TOO_MANY_SEATS", "more seats than one may take",
          service_id="@yoga", starts_at="@free_hour", seats=3),
    calls("mal", "bookings.book_series", f"{PRE} SERIES_REFUSED", "a full class by way of a series", **CLASS,
          repeat={"every": "day", "count": 2}),
    calls("mal", "bookings.book_session", f"{PRE} SLOT_TAKEN", "time that Ada has booked", **TAKEN),
    calls("mal", "bookings.hold_slot", f"{PRE} SLOT_TAKEN", "a hold on time that Ada has booked", **TAKEN),
    calls("mal", "bookings.book_session", f"{PRE} SLOT_TAKEN", "time that Ada holds", service_id="@asked",
          starts_at=at(10, days=5)),
    calls("mal", "bookings.book_session", f"{PRE} SLOT_OFF_STEP", "a slot between the slots", service_id="@boxing",
          starts_at=at(20, days=3).replace(":00:00+", ":07:00+")),
    calls("mal", "bookings.book_session", f"{PRE} SLOT_BEYOND_HORIZON", "a slot beyond the horizon",
          service_id="@boxing", starts_at=at(10, days=400)),
    calls("mal", "bookings.book_session", f"{PRE} TRAINER_NOT_APPROVED", "time of a trainer who is not approved",
          service_id="@amys", starts_at="@free_hour"),
    calls("mal", "bookings.book_series", INVALID, "a series of ten thousand", **SLOT,
          repeat={"every": "day", "count": 10_000}),
    calls("mal", "bookings.book_series", INVALID, "a series without end", **SLOT, repeat={"every": "day"}),
    calls("mal", "bookings.book_series", INVALID, "a series that ends in the year 9999", **SLOT,
          repeat={"every": "month", "interval": 10**9, "until": "9999-12-31"}),
    calls("tom", "bookings.resize_session", INVALID, "a class of no seats", session_id="@class", capacity=0),
    calls("tom", "bookings.resize_session", INVALID, "a class of a million", session_id="@class", capacity=10**6),
    calls("mal", "bookings.book_session", INVALID, "a start in the year 10000", service_id="@boxing",
          starts_at="10000-01-01T00:00:00Z"),
    calls("mal", "bookings.book_session", INVALID, "a start that is a number", service_id="@boxing",
          starts_at=1_900_000_000),
    calls("mal", "bookings.book_session", INVALID, "a start without its zone", service_id="@boxing",
          starts_at="2030-01-01T10:00:00"),
]  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nobody_takes_the_place_of_another(arena: Arena, attempt: Attempt) -> None:
    arena.withstand(attempt)


def test_holds_do_not_block_a_trainer_for_long(arena: Arena) -> None:
    held = [
        arena.succeed(
            calls("bob", "bookings.hold_slot", "", "", service_id="@asked", starts_at=at(hour, days=9))
        )
        for hour in (8, 9, 10)
    ]

    one_more = {"service_id": "@asked", "starts_at": at(11, days=9)}
    arena.withstand(calls("bob", "bookings.hold_slot", f"{PRE} TOO_MANY_HOLDS", "a fourth hold", **one_more))
    for hold in held:
        arena.succeed(calls("bob", "bookings.release_hold", "", "", booking_id=hold.result["booking_id"]))


def test_a_hold_is_not_extended_for_ever(arena: Arena) -> None:
    hold = arena.names["hold"]
    arena.world.rows(
        "UPDATE bookings SET created_at = now() - interval '170 minutes', expires_at = now() + interval '5 minutes' "
        "WHERE id = %s RETURNING id",
        hold,
    )
    arena.succeed(calls("ada", "bookings.extend_hold", "", "", booking_id=hold))

    arena.withstand(
        calls("ada", "bookings.extend_hold", f"{PRE} HOLD_SPENT", "a hold without end", booking_id=hold)
    )
