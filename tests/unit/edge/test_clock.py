"""The time of a request: chosen by the caller beside an Auth emulator only, and only as a time with an offset."""

from datetime import UTC, datetime
from typing import Any

import pytest

from courtside.config import Settings
from courtside.edge.clock import requested_now
from courtside.errors import ClockNotMovable, MalformedRequest


def settings(**changes: Any) -> Settings:
    return Settings(project="demo-a", database_url="", **changes)


LOCAL = settings(auth_emulator="127.0.0.1:9099", firestore_emulator="127.0.0.1:8080")


@pytest.mark.parametrize("of", [LOCAL, settings()])
def test_without_the_header_it_is_the_real_time(of: Settings) -> None:
    assert requested_now(None, of) is None


def test_time_beside_the_auth_emulator_is_taken_in_utc() -> None:
    assert requested_now("2026-05-04T11:30:00+02:00", LOCAL) == datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("header", ["2026-05-04T09:30:00Z", "nonsense", ""])
@pytest.mark.parametrize("of", [settings(), settings(firestore_emulator="127.0.0.1:8080")])
def test_time_is_not_movable_elsewhere(header: str, of: Settings) -> None:
    with pytest.raises(ClockNotMovable):
        requested_now(header, of)


@pytest.mark.parametrize(
    "header",
    ["", "now", "2026-05-04T09:30:00", "2026-02-30T09:30:00Z", "9999-12-31T23:59:00-12:00", "1777887000"],
)
def test_what_is_no_time_with_an_offset_is_malformed(header: str) -> None:
    with pytest.raises(MalformedRequest):
        requested_now(header, LOCAL)
