"""`trainers.search`: who matches, in which order, page by page, with what can be booked next."""

import base64
import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from courtside.errors import InvalidInput
from tests.world import World, tomorrow_at

TEN = tomorrow_at(10)
TOMORROW = TEN.date().isoformat()


@pytest.fixture
def studio(world: World) -> World:
    world.register_client("ada")
    cards: dict[str, dict[str, Any]] = {
        "ana": {
            "display_name": "Ana Núñez",
            "headline": "Flow for everyone",
            "city": "Málaga",
            "specialties": ["Yoga", "Pilates"],
            "languages": ["es", "en"],
        },
        "bea": {
            "display_name": "Bea",
            "city": "Berlin",
            "specialties": ["Boxing"],
            "languages": ["de", "en"],
        },
        "cat": {"display_name": "Cat", "city": "Berlin", "specialties": ["Yoga"], "languages": ["de"]},
    }
    for price, (uid, card) in enumerate(cards.items(), start=1):
        world.approve_trainer(uid, hours=("09:00", "12:00"), horizon_days=8, **card)
        world.add_service(uid, name=f"Hour {uid}", slot_step_minutes=60, price_minor=1000 * price)
    return world


def search(studio: World, uid: str = "", **query: Any) -> dict[str, Any]:
    return studio.call(uid, "trainers.search", **query)


def found(studio: World, **query: Any) -> list[str]:
    return [trainer["trainer_id"] for trainer in search(studio, **query)["trainers"]]


def slots(studio: World, trainer: str, **query: Any) -> list[datetime]:
    page = search(studio, **query)["trainers"]
    (hit,) = [each for each in page if each["trainer_id"] == trainer]
    return [datetime.fromisoformat(slot["starts_at"]) for slot in hit["next_slots"]]


def pages(studio: World, **query: Any) -> list[list[str]]:
    """The ids of every page until the last."""
    all_pages, cursor = [], None
    while True:
        page = search(studio, cursor=cursor, **query)
        all_pages.append([trainer["trainer_id"] for trainer in page["trainers"]])
        cursor = page["next_cursor"]
        if cursor is None:
            return all_pages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nunez", ["ana"]),
        ("Núñez", ["ana"]),
        ("MALAGA", ["ana"]),
        ("yogga", ["ana", "cat"]),
        ("boxng", ["bea"]),
        ("yoga berlin", ["cat"]),
        ("hour bea", ["bea"]),
        ("zumba", []),
        ("   ", ["ana", "bea", "cat"]),
    ],
)
def test_words_are_found_despite_accents_case_and_typing_errors(
    studio: World, text: str, expected: list[str]
) -> None:
    assert sorted(found(studio, text=text)) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"specialty": "yoga"}, ["ana", "cat"]),
        ({"specialty": "yog"}, []),
        ({"city": "malaga"}, ["ana"]),
        ({"language": "en"}, ["ana", "bea"]),
        ({"language": "en", "city": "Berlin"}, ["bea"]),
        ({"max_price_minor": 2000, "currency": "EUR"}, ["ana", "bea"]),
        ({"max_price_minor": 2000, "currency": "USD"}, []),
        ({"sort": "price", "currency": "USD"}, []),
    ],
)
def test_terms_are_exact(studio: World, query: dict[str, Any], expected: list[str]) -> None:
    assert sorted(found(studio, **query)) == expected


def test_only_approved_trainers_and_active_services_are_found(studio: World) -> None:
    studio.call("dan", "trainers.apply", display_name="Dan Hidden", time_zone="UTC")
    offer: dict[str, Any] = {"name": "Aikido", "duration_minutes": 60, "price_minor": 1, "currency": "EUR"}
    service = studio.add_service("bea", **offer)
    assert found(studio, text="aikido") == ["bea"]
    studio.call("bea", "trainers.update_service", service_id=service, active=False, **offer)
    assert (found(studio, text="aikido"), found(studio, text="hidden")) == ([], [])


def test_a_changed_card_is_found_by_its_new_words_alone(studio: World) -> None:
    studio.call("bea", "trainers.update_profile", headline="Capoeira", city="Porto")
    assert (found(studio, text="capoeira"), found(studio, city="Porto")) == (["bea"], ["bea"])
    assert found(studio, city="Berlin") == ["cat"]


def test_a_hit_is_a_public_card_with_its_next_three_openings(studio: World) -> None:
    (hit,) = search(studio, text="nunez")["trainers"]
    assert (hit["display_name"], hit["from_price_minor"], hit["currency"]) == ("Ana Núñez", 1000, "EUR")
    assert (hit["rating"], hit["rating_count"], len(hit["next_slots"])) == (None, 0, 3)
    first = hit["next_slots"][0]
    studio.book("ada", first["service_id"], datetime.fromisoformat(first["starts_at"]))
    assert first["starts_at"] not in str(search(studio, text="nunez")["trainers"][0]["next_slots"])


def test_seats_in_a_session_that_stands_are_openings_too(studio: World) -> None:
    group = studio.add_service("bea", capacity=2, slot_step_minutes=60)
    session = studio.book("ada", group, TEN)["session_id"]
    hit = search(studio, text="bea", free_at=TEN.isoformat())["trainers"][0]
    assert [(slot["session_id"], slot["seats_left"]) for slot in hit["next_slots"]] == [(session, 1)]


def test_free_at_an_instant_means_that_something_starts_then(studio: World) -> None:
    service = studio.add_service("bea", slot_step_minutes=60)
    studio.book("ada", service, TEN)
    assert sorted(found(studio, free_at=TEN.isoformat())) == ["ana", "cat"]
    assert found(studio, free_at=tomorrow_at(10, 30).isoformat()) == []
    assert slots(studio, "cat", free_at=TEN.isoformat()) == [TEN]


def test_free_on_dates_means_those_of_the_trainer(studio: World) -> None:
    studio.call("ana", "availability.add_time_off", first_date=TOMORROW, last_date=TOMORROW)
    dates = {"free_from": TOMORROW, "free_until": TOMORROW}
    assert sorted(found(studio, **dates)) == ["bea", "cat"]
    assert slots(studio, "bea", **dates) == [tomorrow_at(9), TEN, tomorrow_at(11)]


@pytest.mark.parametrize("limit", [1, 2, 50])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sort": "price", "currency": "EUR"}, ["ana", "bea", "cat"]),
        ({"sort": "rating"}, ["cat", "bea", "ana"]),
        ({"sort": "relevance", "text": "berlin"}, ["bea", "cat"]),
        ({"sort": "rating", "free_at": TEN.isoformat()}, ["cat", "bea", "ana"]),
        ({"sort": "soonest", "free_from": TOMORROW, "free_until": TOMORROW}, ["bea", "cat", "ana"]),
    ],
)
def test_pages_come_in_order_and_are_complete(
    studio: World, query: dict[str, Any], expected: list[str], limit: int
) -> None:
    studio.call(
        "ana",
        "availability.add_time_off",
        starts_at=tomorrow_at(9).isoformat(),
        ends_at=tomorrow_at(9, 30).isoformat(),
    )
    rate(studio, "bea", total=4, count=1)
    rate(studio, "cat", total=9, count=2)
    shown = pages(studio, limit=limit, **query)
    assert [trainer for page in shown for trainer in page] == expected
    assert all(len(page) <= limit for page in shown)


def test_the_rating_is_told_and_can_be_asked_for(studio: World) -> None:
    rate(studio, "bea", total=4, count=1)
    rate(studio, "cat", total=9, count=2)
    assert sorted(found(studio, min_rating=4)) == ["bea", "cat"]
    assert found(studio, min_rating=4.5) == ["cat"]
    (hit,) = search(studio, min_rating=4.5)["trainers"]
    assert (hit["rating"], hit["rating_count"]) == (4.5, 2)


@pytest.mark.parametrize(
    "query", [{"sort": "price", "currency": "EUR"}, {"sort": "relevance"}, {"sort": "soonest"}]
)
def test_trainers_who_come_between_pages_neither_hide_nor_repeat_others(
    studio: World, query: dict[str, Any]
) -> None:
    first = search(studio, limit=1, **query)
    for number in range(3):
        uid = f"a{number}"
        studio.approve_trainer(uid, hours=("00:00", "24:00"), horizon_days=1)
        studio.add_service(uid, price_minor=1)
    seen, cursor = [first["trainers"][0]["trainer_id"]], first["next_cursor"]
    while cursor is not None:
        page = search(studio, limit=1, cursor=cursor, **query)
        seen += [trainer["trainer_id"] for trainer in page["trainers"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen))
    assert {"ana", "bea", "cat"} <= set(seen)


def bad_cursors(studio: World) -> list[str]:
    genuine = search(studio, limit=1, language="en")["next_cursor"]
    mark = json.loads(base64.urlsafe_b64decode(genuine))[0]
    forged = [[mark], [mark, "x", "ana"], [mark, 1.0, 5], ["", 1.0, "ana"], {}, "ana", [mark, None, None]]
    return [
        genuine,
        "",
        "x",
        "é" * 9,
        "[]",
        *(base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in forged),
    ]


def test_a_cursor_of_another_search_or_of_nobody_is_refused(studio: World) -> None:
    for cursor in bad_cursors(studio):
        with pytest.raises(InvalidInput) as refused:
            search(studio, limit=1, language="de", cursor=cursor)
        assert refused.value.details["fields"][0]["path"] == "cursor"


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE trainers; --", "%", "_", "\\", "') OR true --", "{a}", '"', "<% ana", "$1", "😀"],
)
def test_text_is_text_whatever_it_looks_like(studio: World, text: str) -> None:
    assert found(studio, text=text) in ([], ["ana"])
    assert found(studio, city=text) == []
    # What can be nobody's specialty is refused.
    with suppress(InvalidInput):
        assert found(studio, specialty=text[:40]) == []
    assert len(found(studio)) == 3


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 51},
        {"sort": "price"},
        {"max_price_minor": 5},
        {"free_from": TOMORROW},
        {"free_at": TEN.isoformat(), "free_from": TOMORROW, "free_until": TOMORROW},
        {"free_from": TOMORROW, "free_until": (TEN - timedelta(days=1)).date().isoformat()},
        {"sort": "name"},
        {"min_rating": 6},
    ],
)
def test_questions_without_sense_are_refused(studio: World, query: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        search(studio, **query)


def test_the_indexes_answer_words_and_tags(studio: World) -> None:
    plans = {
        "trainers_search_text": "searchable('yoga') <% search_text",
        "trainers_search_tags": "search_tags @> ARRAY['city:berlin']",
    }
    with psycopg.connect(studio.backends.settings.database_url) as connection:
        # So small a table is quicker read as a whole, or by an index that has nothing to do with the question.
        connection.execute("SET LOCAL enable_seqscan = off")
        for index, condition in plans.items():
            with connection.transaction(force_rollback=True):
                for other in plans.keys() - {index}:
                    connection.execute(f"DROP INDEX {other}".encode())
                query = f"EXPLAIN SELECT id FROM trainers WHERE status = 'approved' AND {condition}"
                assert index in str(connection.execute(query.encode()).fetchall())


def rate(studio: World, trainer: str, *, total: int, count: int) -> None:
    """What reviews would have left."""
    studio.rows(
        "INSERT INTO ratings (trainer_id, total, count) VALUES (%s, %s, %s) RETURNING count",
        trainer,
        total,
        count,
    )
