"""The waitlist: served in the order of joining, in the transaction that frees a seat, and no seat is ever lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from courtside.relay import jobs
from tests.integration.bookings.conversation import book, open_starts, refused, together, types_told
from tests.world import ADMIN, Refused, World, tomorrow_at

TEN = tomorrow_at(10)
CLIENTS = ("ada", "bob", "cyd", "dan", "eli")


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", horizon_days=3)
    for client in CLIENTS:
        world.register_client(client, display_name=client.title())
    return world


def group(studio: World, **offer: Any) -> str:
    """A class of two seats, with offers of 30 minutes."""
    return studio.add_service(
        **{"capacity": 2, "max_seats_per_booking": 2, "waitlist_close_minutes": 60, **offer}
    )


def wait(studio: World, uid: str, service: str, **content: Any) -> dict[str, Any]:
    return studio.call(
        uid, "bookings.join_waitlist", service_id=service, starts_at=TEN.isoformat(), **content
    )


def cancel(studio: World, uid: str, booking: dict[str, Any], **options: Any) -> None:
    studio.call(uid, "bookings.cancel_booking", booking_id=booking["booking_id"], **options)


def status_of(studio: World, booking: dict[str, Any]) -> tuple[str, int | None]:
    """The status and place in line that screens show."""
    document = studio.document(f"bookings/{booking['booking_id']}")
    assert document is not None
    return document["status"], document["waitlist_position"]


def seats(studio: World) -> tuple[int, int]:
    """Seats taken and capacity of the one session that stands."""
    ((taken, capacity),) = studio.rows(
        "SELECT seats_taken, capacity FROM sessions WHERE status <> 'cancelled'"
    )
    return taken, capacity


def full(studio: World, service: str) -> list[dict[str, Any]]:
    """Two bookings that fill the class."""
    return [book(studio, uid, service, TEN) for uid in CLIENTS[:2]]


def test_a_place_in_the_line_is_shown_live_and_moves_up(studio: World) -> None:
    service = group(studio)
    full(studio, service)
    first, second = wait(studio, "cyd", service), wait(studio, "dan", service)

    assert (first["position"], second["position"]) == (1, 2)
    assert status_of(studio, second) == ("waitlisted", 2)
    cancel(studio, "cyd", first)

    assert status_of(studio, second) == ("waitlisted", 1)
    assert status_of(studio, first) == ("cancelled", None)
    assert studio.rows("SELECT ended FROM bookings WHERE id = %s", first["booking_id"]) == [
        ("left_waitlist",)
    ]
    assert "booking:waitlisted" in types_told(studio, "trainer_tom")


def test_a_freed_seat_is_offered_to_the_first_in_line_at_once(studio: World) -> None:
    service = group(studio)
    ada, _ = full(studio, service)
    first, second = wait(studio, "cyd", service), wait(studio, "dan", service)

    cancel(studio, "ada", ada)

    assert status_of(studio, first) == ("offered", None)
    assert status_of(studio, second) == ("waitlisted", 1)
    assert seats(studio) == (2, 2)
    document = studio.document(f"bookings/{first['booking_id']}")
    assert document is not None
    assert document["expires_at"] is not None
    assert types_told(studio, "client_cyd") == ["booking:offered"]
    assert (
        refused(studio, "eli", "book_session", service_id=service, starts_at=TEN.isoformat())
        == "SESSION_FULL"
    )


def test_an_accepted_offer_is_a_booking(studio: World) -> None:
    service = group(studio)
    ada, _ = full(studio, service)
    place = wait(studio, "cyd", service)
    cancel(studio, "ada", ada)

    answer = studio.call("cyd", "bookings.accept_offer", booking_id=place["booking_id"])

    assert (answer["status"], answer["expires_at"]) == ("confirmed", None)
    assert status_of(studio, place) == ("confirmed", None)
    assert refused(studio, "cyd", "accept_offer", booking_id=place["booking_id"]) == "NOT_OFFERED"
    assert "booking:promoted" in types_told(studio, "trainer_tom")


def test_a_declined_offer_goes_to_the_next_in_the_same_moment(studio: World) -> None:
    service = group(studio)
    ada, _ = full(studio, service)
    first, second = wait(studio, "cyd", service), wait(studio, "dan", service)
    cancel(studio, "ada", ada)

    studio.call("cyd", "bookings.decline_offer", booking_id=first["booking_id"])

    assert status_of(studio, first) == ("cancelled", None)
    assert status_of(studio, second) == ("offered", None)
    assert seats(studio) == (2, 2)


def test_an_offer_that_runs_out_goes_on_though_nobody_comes_back(studio: World) -> None:
    service = group(studio)
    ada, _ = full(studio, service)
    first, second = wait(studio, "cyd", service), wait(studio, "dan", service)
    cancel(studio, "ada", ada)
    studio.rows("UPDATE bookings SET expires_at = now() WHERE status = 'offered' RETURNING id")

    jobs.every_minute(studio.backends)
    studio.relay()

    assert status_of(studio, first) == ("cancelled", None)
    assert status_of(studio, second) == ("offered", None)
    late = refused(studio, "cyd", "accept_offer", booking_id=first["booking_id"])
    assert late == "NOT_OFFERED"


def test_an_offer_is_over_when_the_clock_says_so_not_when_the_job_comes(studio: World) -> None:
    service = group(studio)
    ada, _ = full(studio, service)
    place = wait(studio, "cyd", service)
    cancel(studio, "ada", ada)
    studio.rows("UPDATE bookings SET expires_at = now() WHERE status = 'offered' RETURNING id")

    assert refused(studio, "cyd", "accept_offer", booking_id=place["booking_id"]) == "OFFER_EXPIRED"


def test_without_offers_the_first_in_line_is_promoted_at_once(studio: World) -> None:
    service = group(studio, waitlist_offer_minutes=0)
    ada, _ = full(studio, service)
    place = wait(studio, "cyd", service)

    cancel(studio, "ada", ada)

    assert status_of(studio, place) == ("confirmed", None)
    assert types_told(studio, "client_cyd") == ["booking:promoted"]
    inbox = studio.firestore.collection("users/cyd/inbox").stream()
    assert [note.get("type") for note in inbox] == ["waitlist.promoted"]


def test_whoever_waits_for_two_seats_is_served_when_two_are_free_and_keeps_none_idle(studio: World) -> None:
    service = group(studio)
    ada, bob = full(studio, service)
    two = wait(studio, "cyd", service, seats=2)
    one = wait(studio, "dan", service)

    cancel(studio, "ada", ada)
    assert status_of(studio, one) == ("offered", None)  # one seat is enough for dan, not for cyd
    assert status_of(studio, two) == ("waitlisted", 1)
    cancel(studio, "bob", bob)
    assert seats(studio) == (1, 2)
    studio.call("dan", "bookings.decline_offer", booking_id=one["booking_id"])

    assert status_of(studio, two) == ("offered", None)
    assert seats(studio) == (2, 2)


def test_two_freed_seats_serve_two(studio: World) -> None:
    service = group(studio, capacity=2)
    both = book(studio, "ada", service, TEN, seats=2)
    first, second = wait(studio, "cyd", service), wait(studio, "dan", service)

    cancel(studio, "ada", both)

    assert {status_of(studio, place)[0] for place in (first, second)} == {"offered"}


def test_more_seats_serve_the_line(studio: World) -> None:
    service = group(studio)
    ada, _ = full(studio, service)
    place = wait(studio, "cyd", service)

    studio.call("tom", "bookings.resize_session", session_id=ada["session_id"], capacity=3)

    assert status_of(studio, place) == ("offered", None)
    assert seats(studio) == (3, 3)


def test_near_the_start_free_seats_are_for_anyone(studio: World) -> None:
    service = group(studio, waitlist_close_minutes=60)
    ada, _ = full(studio, service)
    place = wait(studio, "cyd", service)
    near = TEN - timedelta(minutes=59)

    cancel(studio, "ada", ada, now=near)

    assert status_of(studio, place) == ("waitlisted", 1)
    assert seats(studio) == (1, 2)
    content = {"service_id": service, "starts_at": TEN.isoformat()}
    assert studio.refusal("dan", "bookings.join_waitlist", now=near, **content).reason == "WAITLIST_CLOSED"
    booked = studio.call("dan", "bookings.book_session", now=near, **content)
    assert booked["status"] == "confirmed"


def test_an_offer_ends_when_the_line_closes(studio: World) -> None:
    service = group(studio, waitlist_offer_minutes=600, waitlist_close_minutes=120)
    ada, _ = full(studio, service)
    place = wait(studio, "cyd", service)

    cancel(studio, "ada", ada)

    document = studio.document(f"bookings/{place['booking_id']}")
    assert document is not None
    assert document["expires_at"] <= TEN - timedelta(minutes=120)


def test_a_one_to_one_session_stays_for_the_next_in_line(studio: World) -> None:
    service = studio.add_service()
    booked = book(studio, "ada", service, TEN)
    place = wait(studio, "bob", service)

    cancel(studio, "ada", booked)

    assert status_of(studio, place) == ("offered", None)
    assert TEN not in open_starts(studio, "tom", TEN)
    studio.call("bob", "bookings.decline_offer", booking_id=place["booking_id"])
    assert TEN in open_starts(studio, "tom", TEN)


def test_after_the_last_attendee_left_the_time_can_be_booked_again(studio: World) -> None:
    """Cal.com #18460: after the last attendee leaves, the slot cannot be booked."""
    service = group(studio, waitlist_close_minutes=60)
    ada, bob = full(studio, service)
    waiting = wait(studio, "cyd", service)
    near = TEN - timedelta(minutes=30)

    cancel(studio, "ada", ada, now=near)
    cancel(studio, "bob", bob, now=near)

    assert studio.rows("SELECT status FROM sessions") == [("cancelled",)]
    assert status_of(studio, waiting) == ("cancelled", None)
    again = studio.call(
        "dan", "bookings.book_session", now=near, service_id=service, starts_at=TEN.isoformat()
    )
    assert again["status"] == "confirmed"


def test_a_session_that_is_called_off_sends_the_line_home(studio: World) -> None:
    service = group(studio)
    ada, _ = full(studio, service)
    place = wait(studio, "cyd", service)

    studio.call("tom", "bookings.cancel_session", session_id=ada["session_id"], reason="ill")

    assert status_of(studio, place) == ("cancelled", None)
    assert studio.rows("SELECT count(*) FROM bookings WHERE status <> 'cancelled'") == [(0,)]


def test_credits_are_spent_when_a_seat_is_given_and_whoever_has_none_is_passed_over(studio: World) -> None:
    service = group(studio, credit_price=2, waitlist_offer_minutes=0)
    ada, _ = full(studio, service)
    poor = wait(studio, "cyd", service, pay_with="credits")
    rich = wait(studio, "dan", service, pay_with="credits")
    studio.call(ADMIN, "bookings.grant_credits", client_id="dan", amount=3, reason="package")

    cancel(studio, "ada", ada)

    assert status_of(studio, rich) == ("confirmed", None)
    assert status_of(studio, poor) == ("waitlisted", 1)
    document = studio.document("clients/dan")
    assert document is not None
    assert document["credits"] == 1
    assert studio.rows("SELECT credits_spent FROM bookings WHERE id = %s", rich["booking_id"]) == [(2,)]


def test_whoever_was_blocked_is_passed_over(studio: World) -> None:
    service = group(studio)
    ada, _ = full(studio, service)
    blocked, place = wait(studio, "cyd", service), wait(studio, "dan", service)
    studio.rows("UPDATE users SET blocked_at = now() WHERE id = 'cyd' RETURNING id")

    cancel(studio, "ada", ada)

    assert status_of(studio, place)[0] == "offered"
    assert status_of(studio, blocked)[0] == "waitlisted"


@pytest.mark.parametrize(
    ("uid", "content", "reason"),
    [
        ("cyd", {"seats": 3}, "TOO_MANY_SEATS"),
        ("cyd", {"pay_with": "credits"}, "NOT_PAYABLE_WITH_CREDITS"),
        ("cyd", {"starts_at": tomorrow_at(12).isoformat()}, "SESSION_NOT_FOUND"),
        ("ada", {}, "ALREADY_BOOKED"),
        ("tom", {}, "OWN_SESSION"),
    ],
)
def test_what_cannot_be_waited_for_is_refused(
    studio: World, uid: str, content: dict[str, Any], reason: str
) -> None:
    service = group(studio)
    full(studio, service)
    asked = {"service_id": service, "starts_at": TEN.isoformat(), **content}

    assert refused(studio, uid, "join_waitlist", **asked) == reason
    assert studio.rows("SELECT count(*) FROM bookings WHERE status = 'waitlisted'") == [(0,)]


def test_a_session_with_seats_is_to_be_booked_not_waited_for(studio: World) -> None:
    service = group(studio)
    book(studio, "ada", service, TEN)
    content = {"service_id": service, "starts_at": TEN.isoformat()}

    assert refused(studio, "cyd", "join_waitlist", **content) == "SEATS_FREE"


def test_nobody_else_accepts_or_declines_an_offer(studio: World) -> None:
    service = group(studio)
    ada, _ = full(studio, service)
    place = wait(studio, "cyd", service)
    cancel(studio, "ada", ada)

    for uid in ("bob", "tom", ADMIN):
        for name in ("accept_offer", "decline_offer"):
            assert refused(studio, uid, name, booking_id=place["booking_id"]) == "BOOKING_NOT_FOUND"


def test_no_seat_is_lost_when_everybody_acts_at_once(studio: World) -> None:
    service = group(studio, capacity=3, waitlist_offer_minutes=0)
    seated = [book(studio, uid, service, TEN) for uid in CLIENTS[:3]]
    for uid in CLIENTS[3:]:
        wait(studio, uid, service)
    studio.drains = False

    together(
        [
            *(
                lambda uid=uid, b=b: _tolerant(studio, uid, b)
                for uid, b in zip(CLIENTS, seated, strict=False)
            ),
            lambda: _tolerant(studio, "ada", None, service=service, starts_at=TEN),
        ]
    )

    taken, capacity = seats(studio)
    ((sum_of_seats, waiting),) = studio.rows(
        "SELECT coalesce(sum(seats) FILTER (WHERE status NOT IN ('cancelled', 'waitlisted')), 0)::int,"
        " count(*) FILTER (WHERE status = 'waitlisted') FROM bookings"
    )
    assert taken == sum_of_seats <= capacity
    assert waiting == 0 or taken == capacity


def _tolerant(
    studio: World,
    uid: str,
    booking: dict[str, Any] | None,
    *,
    service: str = "",
    starts_at: datetime = TEN,
) -> None:
    """Cancel a booking, or else try for a seat; being refused is fine."""
    try:
        if booking is not None:
            cancel(studio, uid, booking)
        else:
            book(studio, uid, service, starts_at)
    except Refused:
        return
