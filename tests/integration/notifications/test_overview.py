"""Staff find out who was told of what, page by page, as rows and as CSV, and never what it said."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from courtside.errors import InvalidInput, NotAllowed
from courtside.notifications.types import TYPES
from courtside.relay import jobs
from local.fcm.client import FcmStandIn
from tests.integration.notifications.channels import Channels, book_for
from tests.world import ADMIN, World


@pytest.fixture
def told(channels: Channels, fcm: FcmStandIn) -> Channels:
    """Tom was told of two bookings, one of them by push."""
    book_for(channels)
    channels.send(channels.pushes)
    fcm.script("phone:tom", "UNREGISTERED")
    book_for(channels, hour=12)
    channels.send(channels.pushes)
    channels.make_due()
    channels.send(channels.pushes)
    return channels


def ask(world: World, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.call(ADMIN, "admin.list_notifications", **filters)["notifications"]
    return found


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_everything_that_was_told_is_listed_newest_first(told: Channels) -> None:
    found = ask(told.world, user_id="tom", type="session.booked")

    assert [each["created_at"] for each in found] == sorted((e["created_at"] for e in found), reverse=True)
    first = found[-1]
    assert (first["category"], first["priority"], first["receipt"]) == ("booking", "medium", False)
    (push,) = [each for each in first["deliveries"] if each["channel"] == "push"]
    assert (push["state"], push["reason"]) == ("accepted", "at_once")


def test_no_text_of_a_notification_is_told_or_searched(told: Channels) -> None:
    found = ask(told.world)

    assert not {"title", "body", "payload"} & set().union(*found)
    assert "Boxing" not in str(found)
    assert ask(told.world, text="Boxing") == []


# What is asked for, and what the rows of the answer have in common.
FILTERS: list[tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = [
    ({"user_id": "ada"}, lambda row: row["user_id"] == "ada"),
    ({"type": "session.booked"}, lambda row: row["type"] == "session.booked"),
    ({"category": "booking"}, lambda row: TYPES[row["type"]].category == "booking"),
    ({"category": "trainer_application"}, lambda row: row["type"].startswith("trainer.")),
    ({"category": "booking", "type": "user.welcome"}, lambda row: False),
    ({"priority": "high"}, lambda row: row["priority"] == "high"),
    ({"channel": "push"}, lambda row: "push" in states(row)),
    ({"state": "accepted"}, lambda row: "accepted" in states(row).values()),
    ({"channel": "push", "state": "accepted"}, lambda row: states(row).get("push") == "accepted"),
    ({"text": "BOOKED"}, lambda row: "booked" in row["type"]),
    ({"text": "at_once"}, lambda row: "at_once" in str(row["deliveries"])),
    ({"text": "tom"}, lambda row: row["user_id"] == "tom"),
    ({"until": "2001-01-01T00:00Z"}, lambda row: False),
]


def test_a_filter_leaves_what_it_says(told: Channels) -> None:
    everything = ask(told.world, limit=100)

    left = [ask(told.world, limit=100, **filters) for filters, _ in FILTERS]

    assert left == [[row for row in everything if matches(row)] for _, matches in FILTERS]
    assert sum(0 < len(rows) < len(everything) for rows in left) >= 9


def states(row: dict[str, Any]) -> dict[str, str]:
    return {each["channel"]: each["state"] for each in row["deliveries"]}


def test_what_a_notification_is_about_finds_it(told: Channels) -> None:
    ((booking_id,),) = told.world.rows("SELECT id::text FROM bookings ORDER BY created_at LIMIT 1")

    found = ask(told.world, text=booking_id)

    assert {each["type"] for each in found} == {"session.booked"}
    assert {each["user_id"] for each in found} == {"tom", "ada"}


def test_pages_follow_each_other_without_gap_or_repeat(told: Channels) -> None:
    whole, paged, page = ask(told.world, limit=100), list[Any](), dict[str, Any]()
    while True:
        answer = told.world.call(ADMIN, "admin.list_notifications", limit=2, **page)
        paged += answer["notifications"]
        if answer["next_page"] is None:
            break
        page = answer["next_page"]

    assert paged == whole
    assert len(whole) > 4


def test_a_list_for_a_spreadsheet_has_the_same_lines_under_one_header(told: Channels) -> None:
    world = told.world
    first = world.call(ADMIN, "admin.list_notifications", format="csv", limit=3)
    rest = world.call(ADMIN, "admin.list_notifications", format="csv", **first["next_page"])

    header, *lines = parsed(first["csv"] + rest["csv"])

    assert header[:4] == ["created_at", "notification_id", "user_id", "type"]
    assert [line[1] for line in lines] == [each["notification_id"] for each in ask(world, limit=100)]
    assert "push:accepted:at_once" in {way for line in lines for way in line[-1].split()}


def test_nothing_in_a_list_is_run_as_a_formula(told: Channels) -> None:
    told.world.rows("UPDATE notifications SET type = '=1+1' WHERE user_id = 'ada' RETURNING id")

    text = told.world.call(ADMIN, "admin.list_notifications", format="csv", user_id="ada")["csv"]

    assert {line[3] for line in parsed(text)[1:]} == {"'=1+1"}


def test_counts_are_those_of_what_was_told(told: Channels) -> None:
    jobs.every_minute(told.world.backends)

    rows = told.world.call(ADMIN, "admin.notification_stats", by="type", channel="push")["rows"]

    (booked,) = [row for row in rows if row["key"] == "session.booked"]
    assert booked["planned"] == 2
    assert booked["accepted"] == booked["arrival"]["count"] == 1
    assert booked["act"] is None


def test_each_way_to_group_counts_everything_once(told: Channels) -> None:
    jobs.every_minute(told.world.backends)
    written = told.world.rows("SELECT count(*) FROM notifications WHERE NOT receipt")

    for by in ("channel", "type", "hour"):
        rows = told.world.call(ADMIN, "admin.notification_stats", by=by, channel="inbox")["rows"]
        assert [(sum(row["planned"] for row in rows),)] == written


def test_reasons_are_counted(told: Channels) -> None:
    jobs.every_minute(told.world.backends)

    reasons = told.world.call(ADMIN, "admin.notification_stats", by="reason", channel="push")["reasons"]

    assert reasons == [{"channel": "push", "state": "failed", "reason": "UNREGISTERED", "count": 1}]


def test_counts_for_a_spreadsheet_are_the_same(told: Channels) -> None:
    jobs.every_minute(told.world.backends)
    told.world.rows("UPDATE notification_counts SET type = '@SUM(A1)' WHERE channel = 'push' RETURNING type")
    rows = told.world.call(ADMIN, "admin.notification_stats", by="type")["rows"]

    answer = told.world.call(ADMIN, "admin.notification_stats", by="type", format="csv")

    header, *lines = parsed(answer["csv"])
    assert answer["rows"] == []
    assert header[:3] == ["key", "channel", "planned"]
    assert [line[:3] for line in lines] == [
        [row["key"].replace("@SUM", "'@SUM"), row["channel"], str(row["planned"])] for row in rows
    ]
    assert {len(line) for line in lines} == {len(header)}


def test_support_reads_and_others_do_not(told: Channels) -> None:
    world = told.world
    world.rows("UPDATE users SET role = 'support' WHERE id = 'ada' RETURNING id")

    assert world.call("ada", "admin.list_notifications")["notifications"]
    for name in ("admin.list_notifications", "admin.notification_stats"):
        with pytest.raises(NotAllowed):
            world.call("tom", name)


TOO_MUCH: list[tuple[str, dict[str, Any]]] = [
    ("list_notifications", {"limit": 101}),
    ("list_notifications", {"before_at": "2026-01-01T00:00Z"}),
    ("list_notifications", {"since": "2026-02-01T00:00Z", "until": "2026-01-01T00:00Z"}),
    ("notification_stats", {"since": "2020-01-01T00:00Z", "until": "2026-01-01T00:00Z"}),
    ("notification_stats", {"by": "hour", "since": "2026-01-01T00:00Z"}),
    ("notification_stats", {"by": "hour", "since": "2026-01-01T00:00Z", "until": "2026-03-01T00:00Z"}),
]


def test_what_asks_too_much_is_refused(world: World) -> None:
    world.make_admin()
    for name, content in TOO_MUCH:
        with pytest.raises(InvalidInput):
            world.call(ADMIN, f"admin.{name}", **content)
