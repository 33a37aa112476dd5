"""What completed sessions amount to."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.bookings.achievements import achieved, longest_streak

MONDAY = date(2026, 1, 5)


def weeks(*numbers: int) -> list[date]:
    return [MONDAY + timedelta(weeks=number) for number in numbers]


@pytest.mark.parametrize(
    ("sessions", "code"),
    [(1, "first_session"), (10, "sessions_10"), (50, "sessions_50"), (100, "sessions_100")],
)
def test_a_count_is_achieved_with_the_session_that_completes_it(sessions: int, code: str) -> None:
    assert code in achieved(sessions, [])
    assert code not in achieved(sessions - 1, [])


@pytest.mark.parametrize(
    ("length", "code"), [(4, "streak_4_weeks"), (12, "streak_12_weeks"), (26, "streak_26_weeks")]
)
def test_a_streak_is_a_row_of_weeks_without_a_gap(length: int, code: str) -> None:
    assert code in achieved(length, weeks(*range(length)))
    assert code not in achieved(length, weeks(*range(length - 1)))
    assert code not in achieved(length, weeks(*range(length - 1), length))


def test_a_streak_that_ended_stays_achieved() -> None:
    assert "streak_4_weeks" in achieved(5, weeks(0, 1, 2, 3, 9))


def test_a_streak_goes_on_over_the_turn_of_the_year() -> None:
    assert longest_streak([date(2026, 12, 21), date(2026, 12, 28), date(2027, 1, 4)]) == 3


def test_nobody_has_achieved_anything_without_a_session() -> None:
    assert achieved(0, []) == frozenset()


@given(st.sets(st.integers(0, 60)))
def test_the_longest_streak_is_that_of_a_naive_count(numbers: set[int]) -> None:
    naive = max((next(n for n in range(1, 99) if start + n not in numbers) for start in numbers), default=0)

    assert longest_streak(weeks(*sorted(numbers))) == naive


@given(st.integers(0, 120), st.sets(st.integers(0, 60)), st.integers(0, 60))
def test_one_session_more_never_takes_anything_away(sessions: int, numbers: set[int], more: int) -> None:
    before = achieved(sessions, weeks(*sorted(numbers)))

    assert before <= achieved(sessions + 1, weeks(*sorted(numbers | {more})))
