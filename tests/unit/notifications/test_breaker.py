"""The circuit breaker: opens after failures in a row, probes, and closes after one success."""

from dataclasses import dataclass

from courtside.notifications.breaker import FAILURES_TO_OPEN, Breaker


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def tripped(clock: Clock) -> Breaker:
    breaker = Breaker(clock=clock)
    for _ in range(FAILURES_TO_OPEN):
        breaker.note(answered=False)
    return breaker


def test_failures_that_are_not_in_a_row_leave_it_closed() -> None:
    breaker = Breaker(clock=Clock())

    for _ in range(FAILURES_TO_OPEN * 2):
        breaker.note(answered=False)
        breaker.note(answered=True)

    assert breaker.allowance(100) == 100


def test_failures_in_a_row_open_it() -> None:
    breaker = tripped(Clock())

    assert breaker.allowance(100) == 0
    assert breaker.closed_seconds == 5.0


def test_what_was_under_way_when_it_opened_opens_it_no_further() -> None:
    breaker = tripped(Clock())

    for _ in range(50):
        breaker.note(answered=False)

    assert breaker.closed_seconds == 5.0


def test_one_probe_decides() -> None:
    clock = Clock()
    breaker = tripped(clock)
    clock.now += 5

    assert breaker.allowance(100) == 1
    breaker.note(answered=False)
    assert (breaker.allowance(100), breaker.closed_seconds) == (0, 10.0)
    clock.now += 10
    assert breaker.allowance(100) == 1
    breaker.note(answered=True)
    assert breaker.allowance(100) == 100


def test_pauses_between_probes_have_an_end() -> None:
    clock = Clock()
    breaker = tripped(clock)

    for _ in range(20):
        clock.now += breaker.closed_seconds
        breaker.note(answered=False)

    assert breaker.closed_seconds == 120.0


def test_who_is_asked_for_a_pause_keeps_it_and_then_sends_all() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)

    breaker.pause(30)
    breaker.pause(10)
    breaker.note(answered=True)

    assert breaker.closed_seconds == 30.0
    clock.now += 30
    assert breaker.allowance(100) == 100


def test_of_several_lanes_one_probes() -> None:
    clock = Clock()
    breaker = tripped(clock)
    clock.now += 5

    assert [breaker.allowance(100) for _ in range(3)] == [1, 0, 0]
    breaker.note(answered=True)
    assert [breaker.allowance(100) for _ in range(2)] == [100, 100]


def test_a_probe_that_nobody_sends_falls_to_the_next() -> None:
    clock = Clock()
    breaker = tripped(clock)
    clock.now += 5

    assert breaker.allowance(100) == 1
    breaker.give_back()
    assert breaker.allowance(100) == 1
    clock.now += 10
    assert breaker.allowance(100) == 1
