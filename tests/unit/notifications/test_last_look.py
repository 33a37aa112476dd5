"""What becomes of a delivery whose time has come, though much may have changed since it was decided about."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.notifications.outcomes import CANCELLED, HELD, Outcome, last_look, next_step
from courtside.notifications.quiet import QuietRange, quiet_until
from tests.unit.notifications.leases import NOW, leased
from tests.unit.notifications.payloads import WHOLE

NIGHTS = [{"weekday": day, "from": "22:00", "until": "07:00"} for day in range(1, 8)]
STARTS_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
STANDS: dict[str, Any] = {"subject_status": "confirmed", "subject_starts_at": STARTS_AT}


def looked(type_: str = "session.booked", **changes: Any) -> tuple[str, str] | None:
    """State and reason of what is not sent."""
    outcome = last_look(leased(type_, **changes))
    return None if outcome is None else (outcome.state, outcome.reason)


def test_what_nothing_stands_against_is_sent() -> None:
    assert looked() is None
    assert looked("session.reminder", **STANDS) is None


@pytest.mark.parametrize("status", ["cancelled", "pending", "completed", "no_show"])
def test_a_reminder_of_what_is_confirmed_no_more_is_stale(status: str) -> None:
    assert looked("session.reminder", **{**STANDS, "subject_status": status}) == (CANCELLED, "stale")


def test_a_reminder_of_another_time_is_stale() -> None:
    moved = {**STANDS, "subject_starts_at": STARTS_AT + timedelta(minutes=15)}

    assert looked("session.reminder", **moved) == (CANCELLED, "stale")


def test_an_offer_that_was_answered_is_stale() -> None:
    assert looked("waitlist.offered", **{**STANDS, "subject_status": "offered"}) is None
    assert looked("waitlist.offered", **STANDS) == (CANCELLED, "stale")


def test_a_request_that_was_answered_and_credits_that_were_spent_are_news_no_more() -> None:
    assert looked("session.requested", **{**STANDS, "subject_status": "pending"}) is None
    assert looked("session.requested", **STANDS) == (CANCELLED, "stale")
    moved = {"subject_status": "pending", "subject_starts_at": STARTS_AT + timedelta(days=1)}
    assert looked("session.requested", **moved) is None
    assert looked("credits.expiring", subject_status="unspent") is None
    assert looked("credits.expiring", subject_status="spent") == (CANCELLED, "stale")


def test_what_is_booked_no_more_is_no_news() -> None:
    assert looked("session.booked", **STANDS) is None
    assert looked("session.booked", **{**STANDS, "subject_status": "cancelled"}) == (CANCELLED, "stale")


def test_what_tells_of_the_past_is_so_whatever_follows() -> None:
    assert looked("session.cancelled", **{**STANDS, "subject_status": "cancelled"}) is None


def test_what_was_switched_off_meanwhile_is_not_sent_unless_it_is_mandatory() -> None:
    off: dict[str, Any] = {"chosen": {"session.booked": {"push": False}}}

    assert looked(**off) == (CANCELLED, "type_switched_off")
    assert looked(enabled=False) == (CANCELLED, "switched_off")
    assert looked(enabled=False, chosen={"session.booked": {"push": True}}) is None
    assert looked("session.cancelled", enabled=False) is None


def test_what_was_read_or_is_over_is_not_even_held() -> None:
    night: dict[str, Any] = {"quiet": NIGHTS, "now": datetime(2026, 11, 20, 23, tzinfo=UTC)}

    assert looked(**night, read_at=NOW) == (CANCELLED, "read")
    assert looked(**night, expires_at=NOW) == (CANCELLED, "expired")
    assert looked(**night) == (HELD, "quiet_hours")


def test_what_is_urgent_rings_at_night_and_receipts_come_by_mail() -> None:
    night: dict[str, Any] = {"quiet": NIGHTS, "now": datetime(2026, 11, 20, 23, tzinfo=UTC)}
    mail: dict[str, Any] = {"channel": "email", "email": "ada@example.org"}

    assert looked("waitlist.offered", **night) is None
    assert looked(**night, **mail, receipt=True) is None
    assert looked(**night, **mail) == (HELD, "quiet_hours")


@pytest.mark.parametrize(
    ("now", "end"),
    [
        # The clocks of Madrid leap from 02:00 to 03:00, and fall from 03:00 to 02:00.
        (datetime(2026, 3, 28, 22, 30, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (datetime(2026, 10, 24, 21, 30, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
    ],
)
def test_a_retry_waits_for_the_morning_of_its_reader_even_when_clocks_change(
    now: datetime, end: datetime
) -> None:
    outcome = last_look(
        leased("session.booked", attempts=2, now=now, quiet=NIGHTS, quiet_zone="Europe/Madrid")
    )

    assert outcome is not None
    assert outcome.pause_seconds == (end - now).total_seconds()
    step = next_step(outcome, attempts=2, now=now, deadline=now, jitter=1.0)
    assert (step.state, step.reason, step.pause_seconds) == (HELD, "quiet_hours", outcome.pause_seconds)


@settings(max_examples=50)
@given(
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.sampled_from(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_nothing_is_sent_while_it_is_quiet_and_what_was_held_is_sent_when_it_ends(
    since: timedelta, zone: str
) -> None:
    def look(now: datetime) -> Outcome | None:
        return last_look(leased("session.reminder", now=now, quiet=NIGHTS, quiet_zone=zone, **STANDS))

    now = datetime(2026, 1, 1, tzinfo=UTC) + since
    is_quiet = quiet_until([QuietRange.read(each) for each in NIGHTS], ZoneInfo(zone), now) is not None

    held = look(now)

    assert (held is not None) == is_quiet
    if held is not None:
        assert held.pause_seconds is not None
        assert look(now + timedelta(seconds=held.pause_seconds)) is None


def test_what_does_not_say_when_it_begins_is_as_its_booking_is() -> None:
    untold = {name: value for name, value in WHOLE.items() if name != "starts_at"}

    assert looked("session.reminder", **STANDS, payload=untold) is None
