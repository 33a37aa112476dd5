"""A request may choose its own time beside an Auth emulator, and nowhere else."""

from datetime import UTC, datetime

import pytest

from courtside.config import Settings
from courtside.edge.clock import requested_now
from courtside.errors import ClockNotMovable, MalformedRequest

PRODUCTION = Settings(project="courtside", database_url="unused")
LOCAL = Settings(project="demo-courtside", database_url="unused", auth_emulator="127.0.0.1:9099")


@pytest.mark.parametrize("settings", [PRODUCTION, LOCAL])
def test_a_request_that_asks_for_no_time_gets_the_real_one(settings: Settings) -> None:
    assert requested_now(None, settings) is None


def test_a_local_request_gets_the_time_it_asks_for_in_utc() -> None:
    asked = requested_now("2026-05-04T09:30:00+05:30", LOCAL)

    assert asked == datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
    assert asked is not None
    assert asked.tzinfo is UTC


@pytest.mark.parametrize("header", ["2026-05-04T09:30:00+00:00", "", "yesterday"])
def test_asking_for_a_time_is_refused_in_production(header: str) -> None:
    with pytest.raises(ClockNotMovable):
        requested_now(header, PRODUCTION)


@pytest.mark.parametrize(
    "header",
    ["", "yesterday", "2026-05-04T09:30:00", "2026-02-30T09:30:00+00:00", "0001-01-01T00:00:00+14:00"],
)
def test_a_time_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(MalformedRequest):
        requested_now(header, LOCAL)
