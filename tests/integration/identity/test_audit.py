"""The audit: every change with before and after, readable by admins alone, and never to be changed itself."""

import csv
import io
from uuid import uuid4

import psycopg
import pytest

from tests.world import ADMIN, World, tomorrow_at


@pytest.fixture
def studio(world: World) -> World:
    """A trainer, a client, and a booking that was made and cancelled."""
    world.approve_trainer("tom", horizon_days=5)
    world.register_client("ada")
    booking = world.book("ada", world.add_service("tom"), tomorrow_at(10))
    world.call("ada", "bookings.cancel_booking", booking_id=booking["booking_id"], reason="ill")
    return world


def test_a_subjects_history_is_found_oldest_first(studio: World) -> None:
    ((booking,),) = studio.rows("SELECT id::text FROM bookings")

    found = studio.call(ADMIN, "admin.search_audit", subject=f"bookings/{booking}")

    assert [line["command"] for line in found["lines"]] == [
        "bookings.book_session",
        "bookings.cancel_booking",
    ]
    assert found["lines"][0]["before"] is None
    assert found["lines"][1]["before"]["status"] == found["lines"][0]["after"]["status"] == "confirmed"
    assert found["lines"][1]["after"]["status"] == "cancelled"
    assert found["next_cursor"] is None


def test_lines_are_found_by_who_what_and_when(studio: World) -> None:
    by_ada = studio.call(ADMIN, "admin.search_audit", actor="ada")["lines"]
    assert {line["actor"] for line in by_ada} == {"ada"}
    of_bookings = studio.call(ADMIN, "admin.search_audit", of_command="bookings.book_session")["lines"]
    assert len(of_bookings) == 1
    assert studio.call(ADMIN, "admin.search_audit", since=tomorrow_at(0).isoformat())["lines"] == []
    before_all = studio.call(ADMIN, "admin.search_audit", until="2001-01-01T00:00Z")["lines"]
    assert before_all == []


def test_a_subject_stands_for_what_is_below_it_and_for_nothing_beside_it(studio: World) -> None:
    subjects = {
        line["subject"] for line in studio.call(ADMIN, "admin.search_audit", subject="trainers/tom")["lines"]
    }

    assert subjects == {"trainers/tom", "trainers/tom/hours"}
    assert studio.call(ADMIN, "admin.search_audit", subject="trainers/to")["lines"] == []


def test_pages_follow_each_other_without_gap_or_repeat(studio: World) -> None:
    whole = studio.call(ADMIN, "admin.search_audit", limit=200)["lines"]
    paged, cursor = [], None
    while True:
        page = studio.call(ADMIN, "admin.search_audit", limit=2, **({"cursor": cursor} if cursor else {}))
        paged += page["lines"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert paged == whole
    assert len(whole) > 4


def test_csv_pages_join_to_one_table(studio: World) -> None:
    text, cursor = "", None
    while True:
        page = studio.call(
            ADMIN,
            "admin.export_audit",
            limit=3,
            byte_order_mark=True,
            **({"cursor": cursor} if cursor else {}),
        )
        text += page["csv"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert text.startswith("\ufeffat,actor,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    lines = studio.call(ADMIN, "admin.search_audit", limit=200)["lines"]
    assert [row["command_id"] for row in rows] == [line["command_id"] for line in lines]


@pytest.mark.parametrize("role", ["client", "trainer"])
def test_only_admins_and_support_read_it(studio: World, role: str) -> None:
    studio.register_client("sue")
    studio.rows("UPDATE users SET role = %s WHERE id = 'sue' RETURNING id", role)

    for query in ("admin.search_audit", "admin.export_audit"):
        with pytest.raises(Exception, match="Your role does not include"):
            studio.run("sue", query)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit"],
)
def test_nothing_in_it_can_be_changed(studio: World, statement: str) -> None:
    before = studio.rows("SELECT * FROM audit ORDER BY id")

    with (
        psycopg.connect(studio.backends.settings.database_url) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="only ever grows"),
    ):
        connection.execute(statement)

    assert studio.rows("SELECT * FROM audit ORDER BY id") == before


def test_reading_it_leaves_no_trace(studio: World) -> None:
    before = studio.rows("SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM commands)")

    studio.call(ADMIN, "admin.search_audit", command_id=str(uuid4()))

    assert studio.rows("SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM commands)") == before
