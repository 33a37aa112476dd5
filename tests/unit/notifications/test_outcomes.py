"""What follows from an attempt, for every outcome, moment and chance."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from courtside.notifications.outcomes import (
    ACCEPTED,
    DEAD,
    FAILED,
    UNTRIED,
    WAITING,
    Outcome,
    deadline_of,
    next_step,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
attempts = st.integers(1, 10_000)
jitters = st.floats(0, 1)
deadlines = st.integers(-1_000, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
pauses = st.one_of(st.none(), st.floats(0, 1e9))


@given(attempts, deadlines, jitters, pauses)
def test_what_waits_is_due_again_before_it_expires_or_has_ended(
    number: int, deadline: datetime, jitter: float, pause: float | None
) -> None:
    outcome = Outcome(WAITING, "UNAVAILABLE", pause_seconds=pause)

    step = next_step(outcome, attempts=number, now=NOW, deadline=deadline, jitter=jitter)

    if step.state == WAITING:
        assert NOW + timedelta(seconds=step.pause_seconds) < deadline
        assert step.pause_seconds <= 4_000
    else:
        assert (step.state, step.reason) == (FAILED, "expired")


@given(st.sampled_from([ACCEPTED, FAILED, DEAD]), attempts, deadlines, jitters)
def test_what_has_ended_stays_so_even_after_its_time(
    state: str, number: int, deadline: datetime, jitter: float
) -> None:
    step = next_step(Outcome(state, "X"), attempts=number, now=NOW, deadline=deadline, jitter=jitter)

    assert (step.state, step.reason) == (state, "X")


@given(attempts, deadlines, jitters)
def test_what_had_no_turn_is_due_at_once(number: int, deadline: datetime, jitter: float) -> None:
    step = next_step(UNTRIED, attempts=number, now=NOW, deadline=deadline, jitter=jitter)

    assert (step.state, step.pause_seconds) == (WAITING, 0.0)


def test_pauses_double_from_ten_seconds_to_ten_minutes() -> None:
    steps = [
        next_step(Outcome(WAITING), attempts=n, now=NOW, deadline=NOW + timedelta(days=9), jitter=0.0)
        for n in range(1, 9)
    ]

    assert [step.pause_seconds for step in steps] == [10, 20, 40, 80, 160, 320, 600, 600]


def test_a_push_is_worth_what_its_type_says_and_no_longer_than_the_notification() -> None:
    soon = NOW + timedelta(minutes=5)

    assert deadline_of("push", "waitlist.offered", NOW, None) == NOW + timedelta(hours=1)
    assert deadline_of("push", "waitlist.offered", NOW, soon) == soon
    assert deadline_of("email", "waitlist.offered", NOW, None) == NOW + timedelta(days=2)
