"""How fast a broadcast goes, when its audience is another one, and what its texts may be made of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from courtside.notifications.broadcasts.policy import is_as_confirmed, next_page_at, pace_of
from courtside.notifications.broadcasts.schemas import Audience, BroadcastText, BroadcastTexts
from courtside.notifications.limits import BROADCAST_PAGE, BROADCASTS_PER_MINUTE

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RATES = st.integers(1, BROADCASTS_PER_MINUTE)


@given(per_minute=RATES | st.integers(1, 10**6), late=st.lists(st.floats(0, 5), max_size=40))
@settings(max_examples=80)
def test_no_minute_has_more_people_than_its_rate(per_minute: int, late: list[float]) -> None:
    pace = pace_of(per_minute)
    delays = iter(late)
    due, told = NOON, list[datetime]()
    while due < NOON + 2 * MINUTE and len(told) < 300:
        now = due + timedelta(seconds=next(delays, 0.0))
        told.append(now)
        due = next_page_at(due, now, pace, behind=timedelta())

    assert pace.people <= BROADCAST_PAGE
    for first in told:
        pages = sum(first <= moment < first + MINUTE for moment in told)
        assert pages * pace.people <= per_minute


@pytest.mark.parametrize(
    ("per_minute", "people", "seconds"), [(6_000, 100, 1.0), (60, 1, 1.0), (59, 1, 60 / 59), (1, 1, 60.0)]
)
def test_a_page_goes_about_each_second(per_minute: int, people: int, seconds: float) -> None:
    pace = pace_of(per_minute)

    assert pace.people == people
    assert pace.pause.total_seconds() == pytest.approx(seconds)


def test_a_sweep_makes_up_for_a_minute_and_no_more() -> None:
    pace = pace_of(6_000)
    now = NOON + timedelta(hours=1)
    due, pages = NOON, 0
    while due <= now:
        due, pages = next_page_at(due, now, pace, behind=MINUTE), pages + 1

    assert pages * pace.people <= 6_000 + pace.people


@pytest.mark.parametrize(
    ("confirmed", "people", "is_right"),
    [
        (3, 8, True),
        (3, 9, False),
        (8, 3, True),
        (9, 3, False),
        (10_000, 10_100, True),
        (10_000, 10_101, False),
    ],
)
def test_a_count_is_confirmed_but_for_a_little(confirmed: int, people: int, is_right: bool) -> None:
    assert is_as_confirmed(confirmed, people) is is_right


@pytest.mark.parametrize(
    "body",
    [
        "two\nlines, a tab\tis hidden",
        "\u202eturned round",
        "zero\u200bwidth",
        "isolated \u2066x\u2069",
        "bell\u0007",
        "line\u2028separator",
        "next\u0085line",
        "a\rb",
        "Z" + "\u0301" * 6 + "algo",
        "ab",
        "x" * 2_001,
    ],
)
def test_hidden_and_turning_characters_are_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        BroadcastText(title="Closed on Monday", body=body)


@pytest.mark.parametrize("title", ["two\nlines", "\u202eturned", "ab", "x" * 121, "   ", "P\u0430ypal"])
def test_a_title_is_one_plain_line(title: str) -> None:
    with pytest.raises(ValidationError):
        BroadcastText(title=title, body="All of the day.")


def test_lines_marks_and_emoji_are_kept() -> None:
    text = BroadcastText(title="Cerrado el miércoles 🎾", body="Uno.\r\n\r\nDos: <b>5 €</b> & más. 👩‍👧")

    assert text.body == "Uno.\n\nDos: <b>5 €</b> & más. 👩‍👧"


@pytest.mark.parametrize(
    "audience",
    [
        {"to": "everybody", "city": "Berlin"},
        {"to": "role"},
        {"to": "role", "role": "client", "city": "Berlin"},
        {"to": "clients_of", "city": "Berlin"},
        {"to": "city"},
        {"to": "city", "city": " "},
        {"to": "nobody"},
        {},
    ],
)
def test_an_audience_has_what_chooses_it_and_nothing_else(audience: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Audience.model_validate(audience)


def test_one_language_is_needed() -> None:
    with pytest.raises(ValidationError):
        BroadcastTexts.model_validate({})
