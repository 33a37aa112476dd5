"""When digests go out: once a date at most, at the hour of the wall, whatever clocks and people do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.notifications import digests
from courtside.notifications.digests import NOT_YET, Due, decide_digest, next_digest_at, since_of
from courtside.notifications.limits import DIGEST_REACHES, DIGESTS_APART

MADRID = "Europe/Madrid"
MONDAY = datetime(2026, 6, 1, 6, tzinfo=UTC)  # 08:00 in Madrid
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ZONES = [MADRID, "UTC", "America/New_York", "Pacific/Apia", "Pacific/Honolulu", "Australia/Lord_Howe"]


def due(**changes: object) -> Due:
    return replace(Due("ada", "daily", MADRID, MONDAY), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "frequency", "expected"),
    [
        (MONDAY - MINUTE, "daily", MONDAY),
        (MONDAY, "daily", MONDAY + DAY),
        (MONDAY - MINUTE, "weekly", MONDAY),
        (MONDAY, "weekly", MONDAY + 7 * DAY),
        # Clocks go back on the night to Sunday: the hour is the wall's.
        (datetime(2026, 10, 24, 6, tzinfo=UTC), "daily", datetime(2026, 10, 25, 7, tzinfo=UTC)),
    ],
)
def test_it_is_the_hour_on_the_wall(now: datetime, frequency: str, expected: datetime) -> None:
    assert next_digest_at(now, ZoneInfo(MADRID), frequency) == expected


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 3, 29), [1]),  # 02:00 is left out: when the clocks have leapt
        (date(2026, 10, 25), [0]),  # 02:00 comes twice: the first time
    ],
)
def test_a_day_without_that_hour_and_one_with_two_have_one_digest(
    day: date, hours: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "DIGEST_HOUR", 2)
    now, zone, found = (
        datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=6),
        ZoneInfo(MADRID),
        [],
    )
    while (now := next_digest_at(now, zone, "daily")).astimezone(zone).date() <= day:
        found += [now.hour] if now.astimezone(zone).date() == day else []

    assert found == hours


def test_a_date_that_a_zone_leaves_out_has_none() -> None:
    zone = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
    first = next_digest_at(datetime(2011, 12, 29, 10, tzinfo=UTC), zone, "daily")
    second = next_digest_at(first, zone, "daily")

    assert [moment.astimezone(zone).date().day for moment in (first, second)] == [29, 31]


def test_who_has_just_chosen_digests_waits_for_the_next() -> None:
    assert decide_digest(due(next_at=NOT_YET), MONDAY + MINUTE) == (False, MONDAY + DAY)


@pytest.mark.parametrize(
    ("late", "is_sent", "next_at"),
    [
        (timedelta(hours=5), True, MONDAY + 7 * DAY),
        # At nine in the evening nobody reads a digest: on the next day then, though it is a Tuesday.
        (timedelta(hours=13), False, MONDAY + DAY),
        (timedelta(hours=25), True, MONDAY + 7 * DAY),
    ],
)
def test_one_that_was_missed_is_made_up_for(late: timedelta, is_sent: bool, next_at: datetime) -> None:
    assert decide_digest(due(digest="weekly"), MONDAY + late) == (is_sent, next_at)


def test_it_tells_what_the_last_one_could_not() -> None:
    sent, failed = MONDAY - DAY, MONDAY - 3 * DAY

    assert since_of(due(), MONDAY) == MONDAY - DAY
    assert since_of(due(digest="weekly"), MONDAY) == MONDAY - 7 * DAY
    assert since_of(due(last_at=sent, last_since=failed, told=True), MONDAY) == sent
    assert since_of(due(last_at=sent, last_since=failed), MONDAY) == failed
    assert since_of(due(last_at=MONDAY - 90 * DAY, told=True), MONDAY) == MONDAY - DIGEST_REACHES


steps = st.lists(
    st.tuples(
        st.sampled_from([1, 7, 60, 500, 3000]).map(lambda minutes: timedelta(minutes=minutes)),
        st.one_of(st.none(), st.sampled_from(ZONES)),
        st.one_of(st.none(), st.sampled_from(["daily", "weekly"])),
    ),
    max_size=40,
)


@given(steps, st.sampled_from(ZONES))
def test_whatever_somebody_sets_there_is_one_a_date_and_never_none_for_long(
    steps: Sequence[tuple[timedelta, str | None, str | None]], zone: str
) -> None:
    mine, now, dates, sent = due(time_zone=zone, next_at=NOT_YET), MONDAY, Counter[date](), [MONDAY]

    def look() -> None:
        nonlocal mine
        if mine.next_at > now:
            return
        is_due, next_at = decide_digest(mine, now)
        mine = replace(mine, next_at=next_at)
        if is_due:
            on = now.astimezone(ZoneInfo(mine.time_zone)).date()
            dates[on] += 1
            assert now - sent[-1] >= DIGESTS_APART or len(sent) == 1
            sent.append(now)
            mine = replace(mine, last_at=now, told=True)

    for step, moved_to, chosen in steps:
        # Looked at each minute, but for an outage; set in between.
        now += step
        mine = replace(mine, time_zone=moved_to or mine.time_zone, digest=chosen or mine.digest)
        if not NOT_YET < mine.next_at <= now:
            zone_now = ZoneInfo(mine.time_zone)
            mine = replace(mine, next_at=next_digest_at(now, zone_now, mine.digest))
        look()
    for _ in range(24 * 9):
        now += timedelta(hours=1)
        look()

    assert now - sent[-1] <= timedelta(days=7, hours=13)
    # A date that somebody has twice by moving has one all the same: the inbox's key says so.
    assert max(dates.values()) <= 2
