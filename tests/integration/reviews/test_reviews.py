"""Reviews: one of each completed booking, and ratings that are right after every change."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.bookings.conversation import book, types_told
from tests.world import ADMIN, World, tomorrow_at

TEN = tomorrow_at(10)
AFTER = TEN + timedelta(hours=2)
CLIENTS = ("ada", "bob", "cyd")


@pytest.fixture
def studio(world: World) -> World:
    """A session that took place, with three clients."""
    world.approve_trainer("tom", horizon_days=3)
    world.approve_trainer("eve", display_name="Eve", horizon_days=3)
    for client in CLIENTS:
        world.register_client(client, display_name=f"{client.title()} Lovelace")
    service = world.add_service("tom", name="Boxing", capacity=3)
    for client in CLIENTS:
        booked = book(world, client, service, TEN)
    world.call("tom", "bookings.complete_session", now=AFTER, session_id=booked["session_id"])
    return world


def booking_of(studio: World, client: str) -> str:
    ((booking,),) = studio.rows("SELECT id::text FROM bookings WHERE client_id = %s", client)
    return str(booking)


def write(studio: World, client: str = "ada", **content: Any) -> str:
    answer = studio.call(
        client,
        "reviews.write_review",
        **{"now": AFTER, "booking_id": booking_of(studio, client), "rating": 4, "text": "Good.", **content},
    )
    review: str = answer["review_id"]
    return review


def card(studio: World) -> tuple[float | None, int]:
    document = studio.document("trainers/tom")
    assert document is not None
    return document["rating_average"], document["rating_count"]


def shown(studio: World, review: str) -> dict[str, Any] | None:
    return studio.document(f"trainers/tom/reviews/{review}")


def reason(studio: World, uid: str, name: str, **content: Any) -> str:
    return studio.refusal(uid, name, **{"now": AFTER, **content}).reason


def test_a_review_is_public_with_the_first_name_alone(studio: World) -> None:
    review = write(studio, text="Good.")

    document = shown(studio, review)
    assert document is not None
    assert (document["rating"], document["text"], document["author"]) == (4, "Good.", "Ada")
    assert "Lovelace" not in str(document)
    assert "ada" not in str(document)
    assert card(studio) == (4.0, 1)
    assert "review:created" in types_told(studio, "trainer_tom")


def test_a_rating_is_right_after_each_change(studio: World) -> None:
    ada, bob = write(studio, "ada", rating=5), write(studio, "bob", rating=2)
    assert card(studio) == (3.5, 2)

    studio.call("bob", "reviews.edit_review", now=AFTER, review_id=bob, rating=4)
    assert card(studio) == (4.5, 2)
    studio.call(ADMIN, "admin.moderate_review", review_id=bob, hidden=True, reason="insults")
    assert (card(studio), shown(studio, bob)) == ((5.0, 1), None)
    studio.call("bob", "reviews.edit_review", now=AFTER, review_id=bob, rating=1)
    assert card(studio) == (5.0, 1)
    studio.call(ADMIN, "admin.moderate_review", review_id=bob, hidden=False, reason="cleaned")
    assert card(studio) == (3.0, 2)
    for client, review in (("ada", ada), ("bob", bob)):
        studio.call(client, "reviews.delete_review", now=AFTER, review_id=review)
    assert card(studio) == (None, 0)
    assert shown(studio, ada) is None


def test_a_reply_stands_beside_the_review_until_it_is_taken_back(studio: World) -> None:
    review = write(studio)

    studio.call("tom", "reviews.reply_to_review", review_id=review, text="Thanks.")
    document = shown(studio, review)
    assert document is not None
    assert document["reply"] == "Thanks."
    studio.call("tom", "reviews.reply_to_review", review_id=review, text="")
    document = shown(studio, review)
    assert document is not None
    assert (document["reply"], document["replied_at"]) == (None, None)
    assert (
        reason(studio, "eve", "reviews.reply_to_review", review_id=review, text="Me?") == "REVIEW_NOT_FOUND"
    )


def test_a_booking_is_reviewed_once_by_its_client_after_it_took_place(studio: World) -> None:
    write(studio)
    booking = booking_of(studio, "ada")
    later = {"booking_id": booking_of(studio, "bob"), "rating": 1}

    assert reason(studio, "ada", "reviews.write_review", booking_id=booking, rating=1) == "ALREADY_REVIEWED"
    assert reason(studio, "bob", "reviews.write_review", booking_id=booking, rating=1) == "BOOKING_NOT_FOUND"
    assert reason(studio, "tom", "reviews.write_review", booking_id=booking, rating=1) == "NOT_REVIEWABLE"
    assert (
        reason(studio, "bob", "reviews.write_review", now=TEN + timedelta(days=92), **later)
        == "NOT_REVIEWABLE"
    )
    missed = book(studio, "ada", studio.add_service("tom"), tomorrow_at(15))["booking_id"]
    assert reason(studio, "ada", "reviews.write_review", booking_id=missed, rating=1) == "NOT_REVIEWABLE"
    assert card(studio) == (4.0, 1)


def test_whoever_took_a_review_back_may_write_another(studio: World) -> None:
    first = write(studio, rating=1)
    studio.call("ada", "reviews.delete_review", now=AFTER, review_id=first)

    write(studio, rating=5)

    assert card(studio) == (5.0, 1)


def test_a_review_is_its_authors_for_a_month(studio: World) -> None:
    review = write(studio)
    late = {"now": AFTER + timedelta(days=31), "review_id": review}

    assert reason(studio, "bob", "reviews.edit_review", review_id=review, rating=1) == "REVIEW_NOT_FOUND"
    assert reason(studio, "bob", "reviews.delete_review", review_id=review) == "REVIEW_NOT_FOUND"
    assert reason(studio, "ada", "reviews.edit_review", rating=1, **late) == "REVIEW_CLOSED"
    assert reason(studio, "ada", "reviews.delete_review", **late) == "REVIEW_CLOSED"
    with pytest.raises(Exception, match="role"):
        studio.run("ada", "admin.moderate_review", review_id=review, hidden=True, reason="mine")


ACTS = st.lists(
    st.tuples(
        st.sampled_from(CLIENTS),
        st.sampled_from(["write", "edit", "delete", "hide", "show"]),
        st.integers(1, 5),
    ),
    max_size=12,
)


@given(ACTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_rating_is_what_a_count_of_the_visible_reviews_says(
    studio: World, acts: list[tuple[str, str, int]]
) -> None:
    studio.drains = False
    for client, act, stars in acts:
        found = studio.rows(
            "SELECT id::text FROM reviews WHERE client_id = %s AND deleted_at IS NULL", client
        )
        if act == "write" and not found:
            write(studio, client, rating=stars)
        elif act != "write" and found:
            _act(studio, client, act, found[0][0], stars)

    counted = studio.rows(
        "SELECT coalesce(sum(rating), 0)::int, count(*)::int FROM reviews"
        " WHERE trainer_id = 'tom' AND deleted_at IS NULL AND hidden_at IS NULL"
    )
    assert (studio.rows("SELECT total::int, count FROM ratings") or [(0, 0)]) == counted


def _act(studio: World, client: str, act: str, review: str, stars: int) -> None:
    match act:
        case "edit":
            studio.call(client, "reviews.edit_review", now=AFTER, review_id=review, rating=stars)
        case "delete":
            studio.call(client, "reviews.delete_review", now=AFTER, review_id=review)
        case _:
            studio.call(
                ADMIN, "admin.moderate_review", review_id=review, hidden=act == "hide", reason="checked"
            )
