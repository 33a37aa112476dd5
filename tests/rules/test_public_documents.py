"""What everybody may read holds exactly the declared fields, and nothing of a private column."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, make_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from courtside.availability.calendar import Calendar, TakenTime
from courtside.availability.model import Busy, WeeklyHours
from courtside.availability.projection import Days, project_days
from courtside.reviews.model import Rating, ShownReview
from courtside.reviews.projection import project_rating, project_review
from courtside.trainers.model import Service, Trainer
from courtside.trainers.projection import project_trainer
from tests.integration.databases import migrated_database
from tests.rules.matrix.actors import GROUPS
from tests.rules.matrix.table import rows
from tests.rules.public_shapes import SHAPES, differences
from tests.world import World, tomorrow_at

Documents = Mapping[str, dict[str, Any]]

CLASS_AT = tomorrow_at(10)
LATE_RULES = [{"within_minutes": 120, "fee_percent": 50}]
SECRET = "for-nobody-else"


@pytest.fixture(scope="module")
def published(database_url: str, emulator_host: str) -> Iterator[Documents]:
    """All documents of a busy studio whose every table has a further column, and whose people have e-mail and phone."""
    with migrated_database(database_url) as url:
        _add_private_columns(url)
        world = World.of(url, emulator_host)
        try:
            _fill(world)
            yield _all_documents(world)
        finally:
            world.close()


def _add_private_columns(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            connection.execute(
                f"ALTER TABLE {table} ADD COLUMN private_note text NOT NULL DEFAULT '{SECRET}'"
            )


def _fill(world: World) -> None:
    world.approve_trainer("tom", horizon_days=3, specialties=["boxing"], languages=["de"])
    for client in ("ada", "bob"):
        world.register_client(client, display_name=f"{client.title()} Lovelace")
    with psycopg.connect(world.backends.settings.database_url, autocommit=True) as connection:
        connection.execute("UPDATE users SET email = id || '@secret.example', phone = '+4915550000000'")
    boxing = world.add_service(
        "tom", name="Boxing", capacity=3, policy={"cancel": LATE_RULES, "reschedule": LATE_RULES}
    )
    for client in ("ada", "bob"):
        booked = world.book(client, boxing, CLASS_AT)
    after = CLASS_AT + timedelta(hours=2)
    world.call("tom", "bookings.complete_session", now=after, session_id=booked["session_id"])
    review = world.call(
        "ada", "reviews.write_review", now=after, booking_id=_booking(world, "ada"), rating=4, text="Good."
    )
    world.call("tom", "reviews.reply_to_review", now=after, review_id=review["review_id"], text="Thanks.")
    world.book("ada", boxing, CLASS_AT + timedelta(hours=3))
    world.relay()


def _booking(world: World, client: str) -> str:
    ((booking,),) = world.rows("SELECT id::text FROM bookings WHERE client_id = %s", client)
    return str(booking)


def _all_documents(world: World) -> Documents:
    collections = {name for path in _PATHS_OF_KINDS for name in path.split("/")}
    return {
        document.reference.path: document.to_dict() or {}
        for collection in collections
        for document in world.firestore.collection_group(collection).stream()
    }


_PATHS_OF_KINDS = frozenset(row.kind for row in rows() if not row.kind.startswith("**/"))


def _kind(path: str) -> str:
    return "/".join(path.split("/")[::2])


def _public(documents: Documents) -> Documents:
    return {
        path: document
        for path, document in documents.items()
        if _kind(path) in SHAPES and not (path.startswith("feeds/") and not path.startswith("feeds/public/"))
    }


def test_what_everybody_may_read_is_declared() -> None:
    public = {row.kind for row in rows() if row.operation == "get" and row.allowed == GROUPS["everyone"]}

    assert public == set(SHAPES)


def test_public_documents_have_exactly_the_declared_fields(published: Documents) -> None:
    public = _public(published)

    assert {_kind(path) for path in public} == set(SHAPES)
    found = {path: list(differences(document, SHAPES[_kind(path)])) for path, document in public.items()}
    assert {path: problems for path, problems in found.items() if problems} == {}


def test_the_studio_shows_every_part_of_public_documents(published: Documents) -> None:
    slots = [
        slot for path, day in published.items() if _kind(path) == "trainers/days" for slot in day["slots"]
    ]

    assert {slot["session_id"] is None for slot in slots} == {True, False}
    assert published["trainers/tom"]["services"][0]["policy"]["cancel"]
    assert published["trainers/tom"]["rating_average"] == 4.0


def test_a_new_column_and_addresses_of_people_reach_no_document(published: Documents) -> None:
    assert any(path.startswith("bookings/") for path in published)
    for private in (SECRET, "private_note", "@secret.example", "+49155"):
        assert [path for path, document in published.items() if private in str(document)] == []


def test_public_documents_name_clients_by_their_first_name_alone(published: Documents) -> None:
    everything = str(_public(published))

    assert "Lovelace" not in everything
    assert "'ada'" not in everything


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        ({"a": 1, "b": ["x"]}, []),
        ({"a": 1, "b": ["x"], "c": 1}, [".c is not declared"]),
        ({"a": True, "b": []}, [".a is a bool"]),
        ({"b": "x"}, [".a is missing", ".b is no list"]),
        ({"a": None, "b": [1]}, [".a is a NoneType", ".b[] is a int"]),
    ],
)
def test_differences_from_a_shape_are_named(value: Any, problems: list[str]) -> None:
    assert list(differences(value, {"a": (int, float), "b": [str]})) == problems


NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
TRAINER = Trainer(
    "tom", "approved", "Tom", "", "", "", (), (), "UTC", 0, 3, 60, None, None, applied_at=NOW, approved_at=NOW
)


def _service(**changes: Any) -> Service:
    plain: dict[str, Any] = {field.name: 1 for field in fields(Service)}
    given = {
        "id": uuid4(),
        "trainer_id": "tom",
        "name": "Boxing",
        "capacity": 3,
        "resource_id": None,
        "policy": {},
    }
    return Service(
        **{**plain, "daily_cap": None, "weekly_cap": None, "duration_minutes": 60, **given, **changes}
    )


def _widened(row: Any) -> Any:
    """The same row as if its table had one more column."""
    kind = make_dataclass(
        f"Widened{type(row).__name__}", [("private_note", str, SECRET)], bases=(type(row),), frozen=True
    )
    return kind(**{field.name: getattr(row, field.name) for field in fields(row)})


def test_projections_take_no_field_that_is_not_named() -> None:
    service = _service(slot_step_minutes=60, min_notice_minutes=0, horizon_days=3)
    review = ShownReview(
        uuid4(), uuid4(), "ada", "tom", 5, "Good.", None, None, NOW, None, None, "Ada Lovelace", "Boxing"
    )
    ends_at = NOW + timedelta(hours=5)
    taken = TakenTime(
        uuid4(), service.id, Busy(NOW + timedelta(hours=4), ends_at), NOW + timedelta(hours=4), ends_at, 3, 1
    )

    def days(trainer: Trainer, services: list[Service], session: TakenTime) -> Any:
        return project_days(
            Days(trainer, services, Calendar(WeeklyHours(), (), (session,))), [date(2026, 6, 1)], NOW
        )

    assert project_trainer(_widened(TRAINER), [_widened(service)]) == project_trainer(TRAINER, [service])
    assert days(_widened(TRAINER), [_widened(service)], _widened(taken)) == days(TRAINER, [service], taken)
    assert project_review(_widened(review)) == project_review(review)
    assert project_rating(_widened(Rating("tom", 9, 2))) == project_rating(Rating("tom", 9, 2))
