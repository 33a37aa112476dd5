"""Field types of several domains: which times, dates, zones and names are taken, and how they come out."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from courtside.fields import CalendarDate, DisplayName, Instant, Locale, TimeZoneName, UserId


def read(kind: Any, value: object) -> Any:
    """As commands read their fields: from JSON, strictly."""
    return TypeAdapter(kind).validate_json(json.dumps(value), strict=True)


def is_refused(kind: Any, value: object) -> bool:
    try:
        read(kind, value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:30:00Z",
        "2026-03-01T10:30Z",
        "2026-03-01 10:30Z",
        "2026-03-01T10:30:00.000Z",
        "2026-03-01T12:30:00+02:00",
        "2026-02-28T22:30:00-12:00",
    ],
)
def test_instant_comes_out_in_utc(text: str) -> None:
    moment = read(Instant, text)

    assert moment == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T10:30:00",  # naive
        "2026-02-30T10:30:00Z",
        "2026-13-01T10:30:00Z",
        "2026-03-01T24:00:00Z",
        "2026-06-30T23:59:60Z",
        "2026-03-01T10:30:01Z",
        "2026-03-01T10:30:00.000001Z",
        "2026-03-01",
        "10:30",
        "tomorrow",
        "",
        "1999-12-31T23:59:00Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:00Z",
        "9999-12-31T23:59:00-12:00",  # no such time in UTC
        "0001-01-01T00:00:00+12:00",
        "1772361000",  # seconds since 1970 are no text of ours
        "1772361000000",
        1772361000,
        1772361000.0,
        True,
        None,
        ["2026-03-01T10:30:00Z"],
    ],
)
def test_what_is_no_whole_minute_with_an_offset_is_refused(value: object) -> None:
    assert is_refused(Instant, value)


def test_calendar_date_is_year_month_day() -> None:
    assert read(CalendarDate, "2026-03-01") == date(2026, 3, 1)


@pytest.mark.parametrize(
    "value",
    ["2026-02-30", "2025-02-29", "2026-3-1", "0", "86400", "20260301", "2026-03-01T00:00:00", 0, True, ""],
)
def test_what_is_no_calendar_date_is_refused(value: object) -> None:
    assert is_refused(CalendarDate, value)


@pytest.mark.parametrize("name", ["Europe/Madrid", "America/Argentina/Ushuaia", "UTC", "Asia/Kathmandu"])
def test_iana_zone_is_taken(name: str) -> None:
    assert read(TimeZoneName, name) == name


@pytest.mark.parametrize(
    "name",
    [
        "europe/madrid",
        "Mars/Olympus",
        "CEST",
        "+02:00",
        "",
        "../../etc/passwd",
        "Europe/Madrid\n",
        "localtime",  # a file that Debian adds: whatever this machine is set to
        "Factory",
        "x" * 65,
        5,
    ],
)
def test_what_is_no_iana_zone_is_refused(name: object) -> None:
    assert is_refused(TimeZoneName, name)


@pytest.mark.parametrize("uid", ["ada", "A-b_9", "x" * 128])
def test_uid_of_safe_characters_is_taken(uid: str) -> None:
    assert read(UserId, uid) == uid


@pytest.mark.parametrize("uid", ["", "a/b", "a/../admin", "..", ".", "a b", "ä", "x" * 129, "ada\n", 5])
def test_uid_that_is_no_path_segment_is_refused(uid: object) -> None:
    assert is_refused(UserId, uid)


@pytest.mark.parametrize(
    ("locale", "taken"), [("en", True), ("pt-BR", True), ("EN", False), ("en_GB", False)]
)
def test_locale_is_language_and_region(locale: str, taken: bool) -> None:
    assert is_refused(Locale, locale) is not taken


@pytest.mark.parametrize(("name", "taken"), [("Ada", True), ("x" * 80, True), ("", False), ("x" * 81, False)])
def test_display_name_is_short_and_not_empty(name: str, taken: bool) -> None:
    assert is_refused(DisplayName, name) is not taken
