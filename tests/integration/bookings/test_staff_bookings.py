"""Staff book for clients: the trainer for the own services, admins for all."""

import pytest

from tests.integration.bookings.conversation import book, hold, later, refused, types_told
from tests.world import ADMIN, World, facts, tomorrow_at

TEN = tomorrow_at(10)


@pytest.fixture
def studio(world: World) -> World:
    world.approve_trainer("tom", horizon_days=3, min_notice_minutes=600)
    world.approve_trainer("eve", horizon_days=1)
    for client in ("ada", "bob"):
        world.register_client(client)
    return world


@pytest.mark.parametrize("uid", ["tom", ADMIN])
def test_staff_book_and_hold_for_a_client(studio: World, uid: str) -> None:
    service = studio.add_service()

    booked = book(studio, uid, service, TEN, client_id="ada")
    held = hold(studio, uid, service, tomorrow_at(12), client_id="ada")

    document = studio.document(f"bookings/{booked['booking_id']}")
    assert document is not None
    assert (document["client_id"], document["booked_by"]) == ("ada", uid)
    assert {"session:booked", "booking:held"} <= set(types_told(studio, "client_ada"))
    assert studio.rows("SELECT type FROM notifications WHERE user_id = 'ada' AND NOT receipt") == [
        ("session.booked",)
    ]
    studio.call("ada", "bookings.confirm_hold", booking_id=held["booking_id"])
    studio.call("ada", "bookings.cancel_booking", booking_id=booked["booking_id"])


def test_whoever_made_a_hold_for_a_client_confirms_it(studio: World) -> None:
    held = hold(studio, "tom", studio.add_service(requires_confirmation=True), TEN, client_id="ada")

    assert studio.call("tom", "bookings.confirm_hold", booking_id=held["booking_id"])["status"] == "confirmed"


def test_what_staff_hold_does_not_use_up_what_the_client_may(studio: World) -> None:
    service = studio.add_service()

    for hour in (10, 11, 12, 13):
        hold(studio, "tom", service, tomorrow_at(hour), client_id="ada")

    for hour in (15, 16, 17):
        hold(studio, "ada", service, tomorrow_at(hour))
    hold(studio, "tom", service, tomorrow_at(18), client_id="ada")


def test_staff_may_book_inside_the_notice_but_not_over_others_nor_into_the_past(studio: World) -> None:
    service = studio.add_service(min_notice_minutes=900)
    wanted = {"service_id": service, "starts_at": TEN.isoformat(), "client_id": "ada"}
    now = later(TEN, hours=-1)

    assert refused(studio, "tom", "book_session", **wanted, now=now) == "SLOT_TOO_SOON"
    book(studio, "tom", service, TEN, client_id="ada", override_notice=True, now=now)
    again = {**wanted, "client_id": "bob", "override_notice": True}
    assert refused(studio, "tom", "book_session", **again, now=now) == "SLOT_TAKEN"
    assert refused(studio, "tom", "book_session", **again, now=later(TEN, minutes=1)) == "SLOT_TOO_SOON"


@pytest.mark.parametrize("name", ["book_session", "hold_slot"])
def test_others_book_for_themselves_alone(studio: World, name: str) -> None:
    wanted = {"service_id": studio.add_service(), "starts_at": TEN.isoformat()}

    before = dict(facts(studio))
    for uid, content, reason in (
        ("ada", {"client_id": "bob"}, "STAFF_ONLY"),
        ("eve", {"client_id": "bob"}, "STAFF_ONLY"),
        ("ada", {"override_notice": True}, "STAFF_ONLY"),
        ("tom", {}, "OWN_SESSION"),
        (ADMIN, {"client_id": "tom"}, "OWN_SESSION"),
        ("tom", {"client_id": "nobody"}, "USER_NOT_FOUND"),
        ("ada", {"seats": 2}, "TOO_MANY_SEATS"),
    ):
        assert refused(studio, uid, name, **wanted, **content) == reason
    assert dict(facts(studio)) == before


def test_credits_pay_only_where_the_service_has_a_price_in_them(studio: World) -> None:
    service = studio.add_service()
    held = hold(studio, "ada", service, TEN)["booking_id"]
    wanted = {"service_id": service, "starts_at": tomorrow_at(12).isoformat()}

    before = dict(facts(studio))
    assert refused(studio, "ada", "book_session", **wanted, pay_with="credits") == "NOT_PAYABLE_WITH_CREDITS"
    assert (
        refused(studio, "ada", "confirm_hold", booking_id=held, pay_with="credits")
        == "NOT_PAYABLE_WITH_CREDITS"
    )
    assert dict(facts(studio)) == before
