"""Back-pressure: pauses that double, batches that shrink, and both given back."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.firestore.valve import Pressure, Trouble, Valve

PATIENCE = {Trouble.OVERLOADED: 32.0, Trouble.AWAY: 0.5}
courses = st.lists(st.sampled_from([Trouble.OVERLOADED, Trouble.AWAY, None]), max_size=40)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Station:
    """A valve with its clock; pauses are as long as they get."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.valve = Valve(self.clock, lambda: 1.0)

    def fail(self, trouble: Trouble) -> float:
        """Fail once it is open; for how long it closes."""
        self.clock.now += self.valve.closed_seconds
        self.valve.note(trouble)
        return self.valve.closed_seconds


def test_pauses_double_to_their_longest() -> None:
    station = Station()

    assert [station.fail(Trouble.OVERLOADED) for _ in range(7)] == pytest.approx([1, 2, 4, 8, 16, 32, 32])


def test_who_is_only_away_is_looked_for_often() -> None:
    station = Station()

    assert [station.fail(Trouble.AWAY) for _ in range(6)] == pytest.approx([0.1, 0.2, 0.4, 0.5, 0.5, 0.5])


def test_batches_halve_while_firestore_asks_for_less_and_grow_back() -> None:
    station = Station()

    shares = []
    for _ in range(6):
        station.fail(Trouble.OVERLOADED)
        shares.append(station.valve.share)
    for _ in range(8):
        station.valve.note(None)

    assert shares == [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 16, 1 / 16]
    assert station.valve.share == 1.0


def test_a_silence_shrinks_no_batch() -> None:
    station = Station()
    station.fail(Trouble.AWAY)

    assert station.valve.share == 1.0


def test_a_call_that_goes_well_opens_it() -> None:
    station = Station()
    station.fail(Trouble.OVERLOADED)

    station.valve.note(None)

    assert station.valve.closed_seconds == 0


def test_what_was_under_way_when_it_closed_closes_it_no_further() -> None:
    station = Station()
    station.fail(Trouble.OVERLOADED)

    for _ in range(10):
        station.valve.note(Trouble.OVERLOADED)

    assert station.valve.closed_seconds == pytest.approx(1.0)
    assert station.valve.share == 1 / 2


def test_jitter_spreads_a_pause_over_its_upper_half() -> None:
    valve = Valve(Clock(), lambda: 0.0)
    valve.note(Trouble.OVERLOADED)

    assert valve.closed_seconds == pytest.approx(0.5)


@settings(derandomize=True)
@given(courses)
def test_pauses_and_batches_stay_within_their_bounds(course: list[Trouble | None]) -> None:
    pressure = Pressure()
    for trouble in course:
        before, pressure = pressure, pressure.after(trouble)

        assert 1 / 16 <= pressure.share <= 1
        if trouble is None:
            assert pressure.pause_seconds == 0
        else:
            assert 0 < pressure.pause_seconds <= max(PATIENCE[trouble], before.pause_seconds)


@settings(derandomize=True)
@given(courses)
def test_after_any_course_it_is_as_new_when_all_goes_well(course: list[Trouble | None]) -> None:
    pressure = Pressure()
    for trouble in [*course, *[None] * 8]:
        pressure = pressure.after(trouble)

    assert pressure == Pressure()
