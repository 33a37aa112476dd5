"""Calendars after RFC 5545, read back as calendar programs read them and looked at byte by byte."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.bookings.icalendar import Entry, to_ics

ENTRY = Entry(
    uid="booking-1",
    service_name="Boxing",
    title="",
    with_whom="Tom",
    place="",
    time_zone="Europe/Madrid",
    starts_at=datetime(2026, 5, 4, 8, tzinfo=UTC),
    ends_at=datetime(2026, 5, 4, 9, tzinfo=UTC),
    status="confirmed",
    revision=0,
    changed_at=datetime(2026, 5, 1, 7, 30, 15, 123456, tzinfo=UTC),
)


def event_of(text: str) -> Any:
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return event


def test_an_event_says_what_when_and_with_whom() -> None:
    event = event_of(to_ics("Ada", [replace(ENTRY, place="Room 1")]))

    assert event["SUMMARY"] == "Boxing: Tom"
    assert event["LOCATION"] == "Room 1"
    assert event["UID"] == "booking-1@courtside"
    assert event.decoded("DTSTART") == ENTRY.starts_at
    assert event.decoded("DTEND") == ENTRY.ends_at
    assert event.decoded("DTSTAMP") == datetime(2026, 5, 1, 7, 30, 15, tzinfo=UTC)


def test_times_are_on_the_wall_clock_of_the_trainer_with_its_zone() -> None:
    text = to_ics("Ada", [ENTRY])

    assert "DTSTART;TZID=Europe/Madrid:20260504T100000" in text
    (zone,) = icalendar.Calendar.from_ical(text).walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Madrid"
    assert {str(part["TZOFFSETTO"].to_ical()) for part in zone.subcomponents} == {"+0100", "+0200"}


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Madrid", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 02:30, the first of two
        ("Europe/Madrid", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 5, 4, 8, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_an_event_is_at_the_same_instant_on_nights_when_clocks_change(zone: str, start: datetime) -> None:
    entry = replace(ENTRY, time_zone=zone, starts_at=start, ends_at=start + timedelta(minutes=20))

    assert event_of(to_ics("Ada", [entry])).decoded("DTSTART").astimezone(UTC) == start


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("confirmed", "CONFIRMED"),
        ("completed", "CONFIRMED"),
        ("no_show", "CONFIRMED"),
        ("pending", "TENTATIVE"),
        ("cancelled", "CANCELLED"),
    ],
)
def test_a_status_is_one_that_calendars_know(status: str, shown: str) -> None:
    assert event_of(to_ics("Ada", [replace(ENTRY, status=status)]))["STATUS"] == shown


def test_what_was_called_off_takes_no_time() -> None:
    assert event_of(to_ics("Ada", [replace(ENTRY, status="cancelled")]))["TRANSP"] == "TRANSPARENT"


def test_a_later_revision_has_a_higher_sequence() -> None:
    assert event_of(to_ics("Ada", [replace(ENTRY, revision=3)]))["SEQUENCE"] == 3


INJECTIONS = [
    "X\r\nATTENDEE:mailto:eve@example.com",
    "X\nEND:VEVENT\nBEGIN:VEVENT",
    "X\rSTATUS:CANCELLED",
    "X\u2028DTSTART:20200101T000000Z",
    "X\x85BEGIN:VALARM",
    'X";CN="Eve',
    "X;Y,Z\\n:\\",
    "🎾" * 60,
    "é" * 200,
]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("field", ["service_name", "title", "with_whom", "place"])
def test_text_stays_text(text: str, field: str) -> None:
    calendar = to_ics(text, [replace(ENTRY, **{field: text})])  # type: ignore[arg-type]

    names = {line.split(":")[0].split(";")[0] for line in calendar.split("\r\n") if line and line[0] != " "}
    assert names <= {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "X-WR-CALNAME", "UID", "DTSTAMP", "LAST-MODIFIED",
        "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "STATUS", "TRANSP", "LOCATION", "TZID", "TZNAME",
        "TZOFFSETFROM", "TZOFFSETTO", "COMMENT", "RDATE", "RRULE",
    }  # fmt: skip
    assert len(icalendar.Calendar.from_ical(calendar).walk("VEVENT")) == 1


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_lines_are_folded_at_75_octets_and_end_with_crlf(text: str) -> None:
    calendar = to_ics(text, [replace(ENTRY, with_whom=text)])

    lines = calendar.encode().split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in calendar.encode().replace(b"\r\n", b"")
    assert b"\r" not in calendar.encode().replace(b"\r\n", b"")


def test_the_same_entries_give_the_same_text() -> None:
    assert to_ics("Ada", [ENTRY]) == to_ics("Ada", [ENTRY])


def test_an_empty_calendar_is_a_calendar() -> None:
    assert icalendar.Calendar.from_ical(to_ics("Ada", [])).walk("VEVENT") == []


def test_zones_cover_the_year_around_the_events() -> None:
    text = to_ics("Ada", [ENTRY, replace(ENTRY, uid="b", time_zone="America/New_York")])

    zones = {str(zone["TZID"]) for zone in icalendar.Calendar.from_ical(text).walk("VTIMEZONE")}
    assert zones == {"Europe/Madrid", "America/New_York"}
    assert ENTRY.starts_at.astimezone(ZoneInfo("Europe/Madrid")).hour == 10
