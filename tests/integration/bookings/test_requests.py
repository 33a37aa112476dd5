"""Requests: they hold the time, the trainer decides, and the clock decides where the trainer does not."""

from datetime import timedelta

import pytest

from courtside.relay import jobs
from tests.integration.bookings.conversation import book, later, open_starts, refused, soon, types_told
from tests.world import ADMIN, World, facts, tomorrow_at

TEN = tomorrow_at(10)


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", horizon_days=3)
    world.approve_trainer("eve", horizon_days=1)
    for client in ("ada", "bob"):
        world.register_client(client)
    return world


@pytest.fixture
def service(studio: World) -> str:
    return studio.add_service(requires_confirmation=True, confirm_within_minutes=60)


def test_a_request_holds_the_time_and_says_until_when(studio: World, service: str) -> None:
    now = soon()

    request = book(studio, "ada", service, TEN, now=now)

    assert request["status"] == "pending"
    assert request["expires_at"] == f"{later(now, hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert TEN not in open_starts(studio, "tom", TEN)
    assert "session:booked" in types_told(studio, "trainer_tom")
    ((inbox,),) = studio.rows(
        "SELECT type FROM notifications WHERE user_id = 'tom' AND type LIKE 'session.%%'"
    )
    assert inbox == "session.requested"


def test_two_requests_for_one_slot_cannot_both_stand(studio: World, service: str) -> None:
    """Cal.com #10789, #29958: two pending requests for one slot were both confirmed."""
    first = book(studio, "ada", service, TEN)

    assert (
        refused(studio, "bob", "book_session", service_id=service, starts_at=TEN.isoformat()) == "SLOT_TAKEN"
    )
    studio.call("tom", "bookings.confirm_booking", booking_id=first["booking_id"])
    assert studio.rows("SELECT count(*) FROM bookings WHERE status = 'confirmed'") == [(1,)]


@pytest.mark.parametrize("uid", ["tom", ADMIN])
def test_the_trainers_studio_confirms(studio: World, service: str, uid: str) -> None:
    request = book(studio, "ada", service, TEN)

    booked = studio.call(uid, "bookings.confirm_booking", booking_id=request["booking_id"])

    assert (booked["status"], booked["expires_at"]) == ("confirmed", None)
    assert studio.rows("SELECT status FROM sessions") == [("confirmed",)]
    assert "session:confirmed" in types_told(studio, "client_ada")
    assert studio.rows("SELECT type FROM notifications WHERE user_id = 'ada' AND NOT receipt") == [
        ("session.confirmed",)
    ]


def test_a_declined_request_frees_the_time_and_tells_its_client(studio: World, service: str) -> None:
    request = book(studio, "ada", service, TEN)

    studio.call("tom", "bookings.decline_booking", booking_id=request["booking_id"], reason="away")

    document = studio.document(f"bookings/{request['booking_id']}")
    assert document is not None
    assert (document["ended"], document["cancelled_by"], document["cancel_reason"]) == (
        "declined",
        "tom",
        "away",
    )
    assert TEN in open_starts(studio, "tom", TEN)
    assert "session:cancelled" in types_told(studio, "client_ada")
    book(studio, "bob", service, TEN)


@pytest.mark.parametrize("name", ["confirm_booking", "decline_booking"])
@pytest.mark.parametrize(
    ("uid", "reason"), [("ada", "STAFF_ONLY"), ("bob", "BOOKING_NOT_FOUND"), ("eve", "BOOKING_NOT_FOUND")]
)
def test_nobody_else_decides(studio: World, service: str, name: str, uid: str, reason: str) -> None:
    request = book(studio, "ada", service, TEN)

    before = dict(facts(studio))
    assert refused(studio, uid, name, booking_id=request["booking_id"]) == reason
    assert dict(facts(studio)) == before


@pytest.mark.parametrize("name", ["confirm_booking", "decline_booking"])
def test_what_is_no_request_any_more_is_not_decided(studio: World, service: str, name: str) -> None:
    now = soon()
    sure = book(studio, "ada", studio.add_service(), tomorrow_at(14))["booking_id"]
    over = book(studio, "ada", service, TEN, now=now)["booking_id"]

    before = dict(facts(studio))
    assert refused(studio, "tom", name, booking_id=sure) == "NOT_PENDING"
    assert refused(studio, "tom", name, booking_id=over, now=later(now, hours=1)) == "REQUEST_EXPIRED"
    assert dict(facts(studio)) == before
    studio.call("tom", f"bookings.{name}", booking_id=over, now=later(now, minutes=59))


def test_the_clock_ends_a_request_that_nobody_answered(studio: World, service: str) -> None:
    request = book(studio, "ada", service, TEN, now=soon() - timedelta(hours=2))

    jobs.every_minute(studio.backends)
    studio.relay()

    assert studio.rows("SELECT status, ended, cancelled_by FROM bookings") == [
        ("cancelled", "request_expired", None)
    ]
    assert TEN in open_starts(studio, "tom", TEN)
    assert studio.rows("SELECT type FROM notifications WHERE user_id = 'ada' AND NOT receipt") == [
        ("session.cancelled",)
    ]
    assert studio.document(f"bookings/{request['booking_id']}")


def test_a_request_ends_with_the_start_at_the_latest(studio: World) -> None:
    service = studio.add_service(requires_confirmation=True, confirm_within_minutes=20_160)

    request = book(studio, "ada", service, TEN)

    assert request["expires_at"] == f"{TEN:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("uid", ["tom", ADMIN])
def test_who_would_be_asked_need_not_ask(studio: World, service: str, uid: str) -> None:
    booked = book(studio, uid, service, TEN, client_id="ada")

    assert booked["status"] == "confirmed"


def test_a_group_is_as_sure_as_its_surest_booking(studio: World) -> None:
    group = studio.add_service(requires_confirmation=True, capacity=3)
    first, second = (book(studio, uid, group, TEN)["booking_id"] for uid in ("ada", "bob"))
    status = "SELECT status FROM sessions"

    seen = [studio.rows(status)]
    studio.call("tom", "bookings.confirm_booking", booking_id=first)
    seen.append(studio.rows(status))
    studio.call("ada", "bookings.cancel_booking", booking_id=first)
    seen.append(studio.rows(status))
    studio.call("tom", "bookings.decline_booking", booking_id=second)
    seen.append(studio.rows(status))

    assert [rows[0][0] for rows in seen] == ["booked", "confirmed", "booked", "cancelled"]
