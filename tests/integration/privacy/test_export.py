"""An export holds everything that a person ever gave or was given, and nothing of anybody else's."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from courtside.privacy.model import Section
from tests.integration.databases import migrated_database
from tests.integration.privacy.declared import columns_that_are
from tests.integration.privacy.lives import ADA, BOB, EMAIL, MARK, PHONE, SOLD, TIM, TOM, Lives
from tests.world import ADMIN, World

# Texts about Ada that are Tom's or an admin's decision about her all the same.
ABOUT_ADA = (
    "review",
    "reply to Ada",
    "moderated",
    "claim",
    "resolution",
    "ill",
    "waived",
    "package",
    "slip",
)
# Lines of the audit about what others did, and answers that these were given.
ON_RECORD = {"audit", "commands"}
ABOUT_TIM = ("headline", "bio", "city", "description", "leave", "thanks")


@pytest.fixture(scope="module")
def studio(database_url: str, emulator_host: str) -> Iterator[World]:
    with migrated_database(database_url) as url:
        world = World.of(url, emulator_host)
        try:
            Lives(world).live()
            yield world
        finally:
            world.close()


def export(
    world: World, uid: str, name: str = "account.export_account", **content: Any
) -> dict[str, list[dict[str, Any]]]:
    """Every section with its items, page after page."""
    found: dict[str, list[dict[str, Any]]] = {}
    part: dict[str, Any] = {}
    for _ in range(1_000):
        page = world.call(uid, name, **content, **part)
        for section, items in page["sections"].items():
            found.setdefault(section, []).extend(items)
        if page["next"] is None:
            return found
        part = page["next"]
    raise AssertionError("an export that never ends")


def test_every_section_comes_once_and_none_is_empty_for_both(studio: World) -> None:
    ada, tim = export(studio, ADA), export(studio, TIM)

    assert list(ada) == list(tim) == [section.value for section in Section]
    empty = {name for name in ada if not ada[name] and not tim[name]}
    assert empty == {"achievements"} - {name for name in ada if ada[name]}


def test_a_clients_own_words_and_what_was_said_of_them_are_in_it(studio: World) -> None:
    text = json.dumps(export(studio, ADA))

    assert [topic for topic in ABOUT_ADA if f"{MARK} {topic}" not in text] == []
    assert all(mark in text for mark in (PHONE, EMAIL, "Pacific/Kiritimati", "https://example.com/" + MARK))


def test_a_trainers_offer_and_words_are_in_it(studio: World) -> None:
    found = export(studio, TIM)
    text = json.dumps(found)

    assert [topic for topic in ABOUT_TIM if f"{MARK} {topic}" not in text] == []
    assert len(found["sessions"]) == 4
    assert {item["weekday"] for item in found["working_hours"] if "weekday" in item} == set(range(1, 8))


def test_nobody_elses_words_or_names_are_in_it(studio: World) -> None:
    for uid in (ADA, TIM):
        text = json.dumps(export(studio, uid))
        for foreign in ("Nobody came.", "Bob was there.", BOB, "Bob", ADMIN, "Cyd"):
            assert foreign not in text, (uid, foreign)
    assert TOM in json.dumps(export(studio, ADA)["credits"]), "whose credits they are is Ada's to know"


def test_numbers_are_those_of_the_tables(studio: World) -> None:
    found = export(studio, ADA)

    for section, query in (
        ("bookings", "SELECT count(*) FROM bookings WHERE client_id = %s"),
        ("penalties", "SELECT count(*) FROM penalties WHERE client_id = %s"),
        ("inbox", "SELECT count(*) FROM notifications WHERE user_id = %s"),
        ("commands", "SELECT count(*) FROM commands WHERE uid = %s"),
        ("feed", "SELECT count(*) FROM outbox WHERE kind = 'feed' AND target = 'client_' || %s"),
    ):
        assert len(found[section]) == studio.rows(query, ADA)[0][0] > 0, section
    moved = sum(item["amount"] for item in found["movements"] if item["unit"] == "credit")
    assert moved == sum(item["remaining"] for item in found["credits"] if item["own"])


def test_whatever_is_forgotten_when_they_leave_was_theirs_to_have(studio: World) -> None:
    texts = json.dumps([export(studio, ADA), export(studio, TIM)])
    tables = {column.split(".")[0] for column in columns_that_are("cleared", "removed")} - ON_RECORD
    written = {
        found
        for table in tables
        for (row,) in studio.rows(f"SELECT to_jsonb(t)::text FROM {table} AS t")
        for found in re.findall(rf"{MARK} [a-zA-Z ]+", row)
    }

    assert len(written) > 20
    assert sorted(text for text in written if text not in texts and SOLD not in text) == []


@pytest.mark.parametrize("limit", [1, 3])
def test_small_pages_add_up_to_the_same(studio: World, limit: int) -> None:
    assert export(studio, ADA, limit=limit) == export(studio, ADA)


@pytest.mark.parametrize(
    "part",
    [
        {"section": "secrets"},
        {"limit": 0},
        {"limit": 501},
        {"section": "audit", "cursor": "9" * 19},
        {"section": "audit", "cursor": "1 OR 1=1"},
        {"cursor": "x" * 201},
        {"user_id": BOB},
    ],
)
def test_other_parts_are_refused(studio: World, part: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="expected shape"):
        studio.call(ADA, "account.export_account", **part)


def test_asking_leaves_no_trace(studio: World) -> None:
    query = "SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM commands)"
    before = studio.rows(query)

    export(studio, ADA)

    assert studio.rows(query) == before


def test_an_admin_says_why_and_then_sees_the_same(studio: World) -> None:
    with pytest.raises(Exception, match="Say first why"):
        studio.call(ADMIN, "admin.export_user", user_id=ADA)

    studio.call(ADMIN, "admin.permit_export", user_id=ADA, reason="she asked by telephone")

    seen = export(studio, ADMIN, "admin.export_user", user_id=ADA)
    own = export(studio, ADA)
    assert seen == own
    with pytest.raises(Exception, match="Say first why"):
        studio.call(ADMIN, "admin.export_user", user_id=BOB)
    lines = studio.rows("SELECT actor, reason FROM audit WHERE subject = %s", f"users/{ADA}/export")
    assert lines == [(ADMIN, "she asked by telephone")]


def test_a_permit_ends_after_an_hour(studio: World) -> None:
    studio.call(ADMIN, "admin.permit_export", user_id=TOM, reason="he wrote by telephone")
    ((until,),) = studio.rows(
        "SELECT (after ->> 'expires_at')::timestamptz FROM audit WHERE subject = %s", f"users/{TOM}/export"
    )

    studio.run(ADMIN, "admin.export_user", user_id=TOM)
    with pytest.raises(Exception, match="Say first why"):
        studio.run(ADMIN, "admin.export_user", user_id=TOM, now=until)


def test_others_cannot(studio: World) -> None:
    for uid in (BOB, TOM):
        for command in ("admin.export_user", "admin.permit_export"):
            reason: dict[str, Any] = {"reason": "curiosity"} if command.endswith("permit_export") else {}
            with pytest.raises(Exception, match="Your role does not include"):
                studio.run(uid, command, user_id=ADA, **reason)
