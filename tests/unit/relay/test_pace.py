"""How often the relay looks, and how long it waits after a failure."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.db.outbox import MAX_ATTEMPTS, Failure, back_off_seconds
from courtside.relay.worker import next_poll_seconds


def test_polls_become_rarer_while_there_is_nothing_and_frequent_once_there_is() -> None:
    polls = [0.05]
    for _ in range(6):
        polls.append(next_poll_seconds(polls[-1], found_work=False))

    assert polls == [0.05, 0.1, 0.2, 0.25, 0.25, 0.25, 0.25]
    assert next_poll_seconds(polls[-1], found_work=True) == 0.05


@settings(derandomize=True)
@given(attempts=st.integers(0, 10**6), jitter=st.floats(0, 1), poisoned=st.booleans())
def test_a_pause_is_within_its_bounds(attempts: int, jitter: float, poisoned: bool) -> None:
    pause = back_off_seconds(Failure("a/b", "error", attempts, poisoned), jitter)

    assert 0.25 <= pause <= (300 if poisoned else 15)


@pytest.mark.parametrize("poisoned", [True, False])
def test_pauses_grow_with_attempts(poisoned: bool) -> None:
    pauses = [back_off_seconds(Failure("a/b", "error", n, poisoned), 0.5) for n in range(1, MAX_ATTEMPTS + 1)]

    assert all(earlier <= later for earlier, later in pairwise(pauses))
    assert pauses[0] == 0.375


def test_jitter_spreads_a_pause_over_its_upper_half() -> None:
    failure = Failure("a/b", "error", 3, poisoned=True)

    assert (back_off_seconds(failure, 0), back_off_seconds(failure, 1)) == (1.0, 2.0)


def test_poison_is_tried_for_about_half_an_hour() -> None:
    total = sum(back_off_seconds(Failure("a/b", "error", n, True), 1) for n in range(1, MAX_ATTEMPTS))

    assert 600 < total < 2400
