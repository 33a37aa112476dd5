"""After two people have left, no row and no document says who they were; everybody else has all they had."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from courtside.relay.reconcile.run import Plan, reconcile
from tests.integration.databases import migrated_database
from tests.integration.privacy.declared import columns_that_are
from tests.integration.privacy.leaving import delete, erase
from tests.integration.privacy.lives import (
    ADA,
    BOB,
    EMAIL,
    MARK,
    PHONE,
    SOLD,
    TIM,
    Lives,
    documents,
    found_in_documents,
    found_in_rows,
)
from tests.world import World

MARKS = (MARK, PHONE, EMAIL, "Kiritimati", "zyx-ZX")
# In rows that are removed, these hold codes of ours or digests, which no mark can be in.
CODES = {
    "achievements.code",
    "calendar_feeds.token_digest",
    "linked_accounts.issuer",
    "commands.fingerprint",
    "commands.name",
    "deliveries.channel",
    "deliveries.state",
    "deliveries.group_key",
    "installations.platform",
    "installations.state",
    "notification_settings.digest",
    "notification_settings.digest_before",
    "notifications.group_key",
    "notifications.priority",
    "notifications.type",
}
OWNERS = (
    "achievements.client_id",
    "calendar_feeds.user_id",
    "commands.uid",
    "linked_accounts.user_id",
    "deliveries.user_id",
    "installations.user_id",
    "notification_settings.user_id",
    "notifications.user_id",
    "rate_limits.key",
    "overrides.trainer_id",
    "time_off.trainer_id",
    "weekly_hours.trainer_id",
)
# What others were told, and what became of things that were theirs too, by ids.
TELL_OF_OTHERS = {"audit.after", "commands.answer", "outbox.payload"} | {
    "notifications.payload",
    "notifications.dedupe_key",
}
# Names of what others booked, where others are told of it.
TELL_WHAT_WAS_SOLD = {"services.name", "sessions.title", "notifications.payload", "outbox.payload"}
LINES = "SELECT id, at, actor, command, command_id, subject FROM audit ORDER BY id"
MOVEMENTS = "SELECT account, unit, sum(amount) FROM ledger_lines GROUP BY 1, 2 ORDER BY 1, 2"


@dataclass
class Left:
    """The studio after Ada and Tim have left, and what was there before."""

    world: World
    lives: Lives
    rows: dict[str, int]
    documents: list[str]
    lines: list[tuple[Any, ...]]
    fees: list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def left(database_url: str, emulator_host: str) -> Iterator[Left]:
    with migrated_database(database_url) as url:
        world = World.of(url, emulator_host)
        try:
            lives = Lives(world)
            lives.live()
            world.relay()
            left = Left(
                world,
                lives,
                rows=found_in_rows(world, *MARKS, ADA, TIM),
                documents=found_in_documents(world, MARK),
                lines=world.rows(LINES),
                fees=[row for row in world.rows(MOVEMENTS) if row[1] != "credit"],
            )
            delete(world, ADA)
            delete(world, TIM, cancel_sessions=True)
            erase(world)
            yield left
        finally:
            world.close()


def test_marks_were_left_in_every_column_that_forgets(left: Left) -> None:
    assert columns_that_are("cleared", "removed") - set(left.rows) == CODES


def test_no_row_holds_a_mark(left: Left) -> None:
    assert found_in_rows(left.world, *MARKS) == {}


def test_rows_that_are_removed_have_no_owner_left(left: Left) -> None:
    owned = found_in_rows(left.world, ADA, TIM)

    assert set(OWNERS) & set(owned) == set()
    # The ids themselves stay, where bookings, ledger and audit hang on them.
    assert set(owned) - set(OWNERS) <= columns_that_are("kept") | TELL_OF_OTHERS


def test_no_document_holds_a_mark(left: Left) -> None:
    kinds = {path.split("/")[-2] for path in left.documents}
    assert kinds >= {"clients", "trainers", "sessions", "bookings", "reviews", "disputes", "conflicts"}
    assert kinds >= {"events", "presence"}

    assert found_in_documents(left.world, MARK) == []


def test_no_document_of_theirs_is_there(left: Left) -> None:
    paths = [path for path, _ in documents(left.world)]

    owned = ("clients", "users", "trainers", "feeds", "access", "presence")
    assert [p for p in paths if p.split("/")[0] in owned and (ADA in p or TIM in p)] == []
    assert any(path.startswith(f"users/{BOB}/marks/") for path in paths)


def test_names_of_what_was_sold_are_only_where_they_may_be(left: Left) -> None:
    found = set(found_in_rows(left.world, SOLD))

    assert {"services.name", "sessions.title"} <= found <= TELL_WHAT_WAS_SOLD


def test_postgres_and_firestore_agree(left: Left) -> None:
    run = reconcile(left.world.backends, Plan(deep=True, pause_seconds=0.01))

    assert (dict(run.drift), list(run.examples)) == ({}, [])


def test_the_ledger_balances_and_nobody_owes_less(left: Left) -> None:
    world = left.world
    assert world.rows("SELECT unit FROM ledger_lines GROUP BY unit HAVING sum(amount) <> 0") == []
    assert world.rows("SELECT sum(remaining) FROM allocations WHERE client_id = %s", ADA) == [(0,)]
    assert (
        world.rows(
            "SELECT a.id FROM allocations AS a JOIN ledger_lines AS l ON l.allocation_id = a.id"
            " GROUP BY a.id HAVING sum(l.amount) <> a.remaining"
        )
        == []
    )
    owed = dict(((account, unit), amount) for account, unit, amount in world.rows(MOVEMENTS))
    assert (
        owed["client:ada-uid", "EUR"] < dict((row[:2], row[2]) for row in left.fees)["client:ada-uid", "EUR"]
    )


def test_the_audit_still_says_who_did_what(left: Left) -> None:
    after = left.world.rows(LINES)

    assert after[: len(left.lines)] == left.lines
    cleared = left.world.rows("SELECT count(*) FROM audit WHERE after::text LIKE '%%[cleared]%%'")
    assert cleared[0][0] > 10


def test_stars_stay_without_words_or_author(left: Left) -> None:
    review = left.world.document(f"trainers/tom-uid/reviews/{left.lives.review}")

    assert review is not None
    assert (review["rating"], review["text"], review["author"], review["reply"]) == (4, "", "", None)
    card = left.world.document("trainers/tom-uid")
    assert card is not None
    assert (card["rating_average"], card["rating_count"]) == (4.0, 1)


def test_others_keep_what_is_theirs(left: Left) -> None:
    world = left.world
    assert world.rows("SELECT text FROM reviews WHERE client_id = %s", BOB) == [("Bob was there.",)]
    assert world.rows("SELECT count(*) FROM dispute_statements WHERE text = 'Nobody came.'") == [(2,)]
    assert world.rows("SELECT rating, text, reply FROM reviews WHERE client_id = %s", ADA) == [(4, "", None)]
    names = dict(world.rows("SELECT id, display_name FROM users"))
    assert (names["bob-uid"], names["tom-uid"], names[ADA]) == ("Bob", "Tom", "Deleted account")


def test_who_waited_behind_them_was_served(left: Left) -> None:
    status = left.world.rows("SELECT status FROM bookings WHERE id = %s", left.lives.waiting)

    assert status[0][0] in ("offered", "waitlisted")
    assert left.world.rows("SELECT count(*) FROM bookings WHERE status = 'offered'") == [(1,)]


def test_nothing_of_theirs_is_still_to_come(left: Left) -> None:
    standing = "status IN ('held', 'pending', 'confirmed', 'waitlisted', 'offered')"
    assert left.world.rows(f"SELECT id FROM bookings WHERE client_id = %s AND {standing}", ADA) == []
    open_ = "status IN ('open', 'booked', 'confirmed') AND starts_at > now()"
    assert left.world.rows(f"SELECT id FROM sessions WHERE trainer_id = %s AND {open_}", TIM) == []
    assert left.world.rows("SELECT status, ended FROM bookings WHERE id = %s", left.lives.with_tim) == [
        ("cancelled", "session_cancelled")
    ]
