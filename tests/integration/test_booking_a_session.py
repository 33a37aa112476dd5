"""Booking, moving and cancelling: facts in Postgres, documents in Firestore, feeds and inboxes."""

from tests.world import World, tomorrow_at


def test_booking_writes_every_document_before_the_answer(world: World) -> None:
    world.approve_trainer("tom")
    service = world.add_service("tom", name="Boxing")
    world.relay()
    world.register_client("ada", display_name="Ada")

    booking = world.book("ada", service, tomorrow_at(10))

    document = world.document(f"bookings/{booking['booking_id']}")
    assert document is not None
    assert document["status"] == "confirmed"
    assert document["client_name"] == "Ada"
    assert document["version"] == 1
    session = world.document(f"sessions/{booking['session_id']}")
    assert session is not None
    assert [attendee["client_id"] for attendee in session["attendees"]] == ["ada"]
