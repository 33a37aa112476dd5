"""Open classes, and what staff do to a whole session."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.bookings.conversation import book, hold, refused, soon, types_told
from tests.world import ADMIN, World, facts, tomorrow_at

TEN = tomorrow_at(10)


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", horizon_days=3, hours=("09:00", "17:00"))
    world.approve_trainer("eve", horizon_days=1)
    for client in ("ada", "bob"):
        world.register_client(client)
    return world


@pytest.fixture
def yoga(studio: World) -> str:
    return studio.add_service(capacity=4, max_seats_per_booking=2)


def open_class(studio: World, service: str, hour: int = 10, uid: str = "tom", **content: Any) -> str:
    starts_at = tomorrow_at(hour).isoformat()
    created = studio.call(uid, "bookings.create_session", service_id=service, starts_at=starts_at, **content)
    session_id: str = created["session_id"]
    return session_id


def shown(studio: World) -> list[tuple[str, int, str]]:
    """Session, seats left and title of tomorrow's classes, as everybody sees them."""
    document = studio.document(f"trainers/tom/days/{TEN.date()}")
    assert document is not None
    return [(s["session_id"], s["seats_left"], s["title"]) for s in document["slots"] if s["session_id"]]


@pytest.mark.parametrize("uid", ["tom", ADMIN])
def test_a_class_is_shown_with_its_title_and_seats(studio: World, yoga: str, uid: str) -> None:
    session = open_class(studio, yoga, uid=uid, capacity=12, title="Sunrise")

    assert shown(studio) == [(session, 12, "Sunrise")]
    document = studio.document(f"sessions/{session}")
    assert document is not None
    assert (document["status"], document["open_class"], document["attendees"]) == ("open", True, [])
    assert "session:created" in types_told(studio, "admin" if uid == "tom" else "trainer_tom")


def test_a_class_may_be_outside_hours_but_never_over_another_session(studio: World, yoga: str) -> None:
    booked = studio.add_service(buffer_after_minutes=30)
    book(studio, "ada", booked, TEN)

    open_class(studio, yoga, 20)
    before = dict(facts(studio))
    wanted = {"service_id": yoga, "starts_at": tomorrow_at(11).isoformat()}
    assert refused(studio, "tom", "create_session", **wanted) == "SLOT_TAKEN"
    assert dict(facts(studio)) == before


def test_a_class_takes_the_time_before_anybody_joins(studio: World, yoga: str) -> None:
    open_class(studio, yoga)

    solo = studio.add_service()
    assert refused(studio, "ada", "book_session", service_id=solo, starts_at=TEN.isoformat()) == "SLOT_TAKEN"


def test_a_class_stays_when_its_last_attendee_leaves_and_can_be_booked_again(
    studio: World, yoga: str
) -> None:
    """Cal.com #18460: after the last attendee left, the slot could not be booked."""
    session = open_class(studio, yoga)
    first = book(studio, "ada", yoga, TEN)

    studio.call("ada", "bookings.cancel_booking", booking_id=first["booking_id"])

    assert studio.rows("SELECT status, seats_taken FROM sessions") == [("open", 0)]
    assert shown(studio) == [(session, 4, "")]
    assert book(studio, "bob", yoga, TEN)["session_id"] == session


def test_a_group_session_that_clients_made_goes_with_its_last_attendee(studio: World, yoga: str) -> None:
    first = book(studio, "ada", yoga, TEN)

    studio.call("ada", "bookings.cancel_booking", booking_id=first["booking_id"])

    assert studio.rows("SELECT status, cancelled_at IS NULL FROM sessions") == [("cancelled", False)]
    assert book(studio, "bob", yoga, TEN)["session_id"] != first["session_id"]


def test_several_seats_cost_their_number_and_no_more_than_there_are(studio: World, yoga: str) -> None:
    """Cal.com #13331: the limit of seats was not held against the API."""
    wanted = {"service_id": yoga, "starts_at": TEN.isoformat()}

    assert refused(studio, "ada", "book_session", **wanted, seats=3) == "TOO_MANY_SEATS"
    booked = book(studio, "ada", yoga, TEN, seats=2)
    book(studio, "bob", yoga, TEN)
    studio.register_client("cleo")
    assert refused(studio, "cleo", "book_session", **wanted, seats=2) == "SESSION_FULL"

    assert shown(studio) == [(booked["session_id"], 1, "")]
    document = studio.document(f"bookings/{booked['booking_id']}")
    assert document is not None
    assert (document["seats"], document["price_minor"]) == (2, 10_000)
    session = studio.document(f"sessions/{booked['session_id']}")
    assert session is not None
    assert [attendee["seats"] for attendee in session["attendees"]] == [2, 1]
    studio.call("ada", "bookings.cancel_booking", booking_id=booked["booking_id"])
    assert studio.rows("SELECT seats_taken FROM sessions") == [(1,)]


def test_a_class_is_resized_but_never_below_its_taken_seats(studio: World, yoga: str) -> None:
    session = open_class(studio, yoga)
    book(studio, "ada", yoga, TEN, seats=2)
    hold(studio, "bob", yoga, TEN)

    before = dict(facts(studio))
    assert refused(studio, "tom", "resize_session", session_id=session, capacity=2) == "SEATS_TAKEN"
    assert dict(facts(studio)) == before
    studio.call("tom", "bookings.resize_session", session_id=session, capacity=3)
    assert shown(studio) == []
    studio.call("tom", "bookings.resize_session", session_id=session, capacity=7)
    assert shown(studio) == [(session, 4, "")]


def test_a_new_title_reaches_every_screen(studio: World, yoga: str) -> None:
    session = open_class(studio, yoga, title="Old")
    booked = book(studio, "ada", yoga, TEN)

    studio.call("tom", "bookings.update_session", session_id=session, title="New")
    studio.relay()

    for path in (f"sessions/{session}", f"bookings/{booked['booking_id']}"):
        document = studio.document(path)
        assert document is not None
        assert document["title"] == "New"
    assert shown(studio) == [(session, 3, "New")]


def test_a_cancelled_session_ends_every_booking_in_it(studio: World, yoga: str) -> None:
    session = open_class(studio, yoga)
    book(studio, "ada", yoga, TEN, seats=2)
    hold(studio, "bob", yoga, TEN)

    studio.call("tom", "bookings.cancel_session", session_id=session, reason="ill")
    studio.relay()

    assert studio.rows("SELECT status, seats_taken FROM sessions") == [("cancelled", 0)]
    assert studio.rows("SELECT DISTINCT status, ended, cancelled_by, cancel_reason FROM bookings") == [
        ("cancelled", "session_cancelled", "tom", "ill")
    ]
    assert shown(studio) == []
    assert "session:cancelled" in types_told(studio, "client_ada")
    assert studio.rows("SELECT type FROM notifications WHERE user_id = 'ada' AND NOT receipt") == [
        ("session.cancelled",)
    ]
    open_class(studio, yoga)


@pytest.mark.parametrize(
    ("name", "content"),
    [("update_session", {"title": "x"}), ("resize_session", {"capacity": 9}), ("cancel_session", {})],
)
def test_only_its_studio_changes_a_session_and_only_before_it_starts(
    studio: World, yoga: str, name: str, content: dict[str, Any]
) -> None:
    session = open_class(studio, yoga)
    over = open_class(studio, yoga, 14)
    studio.call("tom", "bookings.cancel_session", session_id=over)

    before = dict(facts(studio))
    assert refused(studio, "eve", name, session_id=session, **content) == "SESSION_NOT_FOUND"
    assert refused(studio, "tom", name, session_id=yoga, **content) == "SESSION_NOT_FOUND"
    assert refused(studio, "tom", name, session_id=over, **content) == "SESSION_OVER"
    assert refused(studio, "tom", name, session_id=session, **content, now=TEN) == "SESSION_STARTED"
    assert dict(facts(studio)) == before


def test_a_class_that_cannot_be(studio: World, yoga: str) -> None:
    past = (soon() - timedelta(hours=1)).isoformat()
    far = (soon() + timedelta(days=367)).isoformat()
    retired = studio.add_service(name="Retired")
    terms = {"name": "Retired", "duration_minutes": 60, "price_minor": 1, "currency": "EUR", "active": False}
    studio.call("tom", "trainers.update_service", service_id=retired, **terms)

    before = dict(facts(studio))
    for uid, service, starts_at, reason in (
        ("eve", yoga, TEN.isoformat(), "STAFF_ONLY"),
        ("tom", retired, TEN.isoformat(), "SERVICE_NOT_FOUND"),
        ("tom", yoga, past, "SLOT_TOO_SOON"),
        ("tom", yoga, far, "SLOT_BEYOND_HORIZON"),
    ):
        assert refused(studio, uid, "create_session", service_id=service, starts_at=starts_at) == reason
    assert dict(facts(studio)) == before


def test_a_room_is_used_by_one_session_at_a_time(studio: World) -> None:
    room = "01900000-0000-7000-8000-000000000001"
    studio.rows("INSERT INTO resources (id, name, created_at) VALUES (%s, 'Hall', now()) RETURNING id", room)
    services = [studio.add_service(trainer, resource_id=room, capacity=2) for trainer in ("tom", "eve")]
    open_class(studio, services[0])

    reason = refused(
        studio, "eve", "create_session", service_id=services[1], starts_at=tomorrow_at(10, 30).isoformat()
    )

    assert reason == "RESOURCE_TAKEN"
    # The trainer's own time is the nearer reason.
    again = {"service_id": services[0], "starts_at": tomorrow_at(10, 30).isoformat()}
    assert refused(studio, "tom", "create_session", **again) == "SLOT_TAKEN"
