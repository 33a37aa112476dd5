"""The pause after a failed attempt: doubling, capped, and spread so that failures do not come back together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.db.outbox import MAX_ATTEMPTS, Failure, back_off_seconds


def pause(attempts: int, *, poisoned: bool = False, jitter: float = 1.0) -> float:
    return back_off_seconds(Failure("things/a", "Unavailable", attempts, poisoned), jitter)


@pytest.mark.parametrize(
    ("attempts", "outage", "poison"),
    [(0, 0.5, 0.5), (1, 0.5, 0.5), (2, 1, 1), (5, 8, 8), (6, 15, 16), (11, 15, 300), (12, 15, 300)],
)
def test_pause_doubles_up_to_seconds_in_an_outage_and_minutes_for_poison(
    attempts: int, outage: float, poison: float
) -> None:
    assert (pause(attempts), pause(attempts, poisoned=True)) == (outage, poison)


@given(attempts=st.integers(0, 10**9), poisoned=st.booleans(), jitter=st.floats(0, 1))
def test_jitter_spreads_over_the_upper_half(attempts: int, poisoned: bool, jitter: float) -> None:
    longest = pause(attempts, poisoned=poisoned)

    assert longest / 2 <= pause(attempts, poisoned=poisoned, jitter=jitter) <= longest <= 300


def test_poison_is_given_up_after_minutes_not_days() -> None:
    total = sum(pause(attempt, poisoned=True) for attempt in range(1, MAX_ATTEMPTS + 1))

    assert 600 <= total <= 3_600
