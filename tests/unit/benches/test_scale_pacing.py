"""A hot document: what is written when, and that nothing which changed is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benches.scale.pacing import Pace, write_paced

PACE = Pace(burst=5, pause_seconds=1.0, poll_seconds=0.0, write_seconds=0.0)
SLOW = Pace(burst=3, pause_seconds=0.5, poll_seconds=0.05, write_seconds=0.02)
changes = st.lists(st.floats(0, 60), min_size=1, max_size=200).map(sorted)


def test_a_document_that_rarely_changes_is_written_each_time() -> None:
    written = write_paced([0.0, 10.0, 20.0], PACE)

    assert written.times == [0.0, 10.0, 20.0]
    assert written.delays == [0.0, 0.0, 0.0]


def test_after_a_burst_it_is_written_once_a_pause_with_all_that_changed() -> None:
    written = write_paced([n / 100 for n in range(300)], PACE)

    assert written.times == pytest.approx([0, 0.01, 0.02, 0.03, 0.04, 1.0, 2.0, 3.0], abs=0.05)
    assert max(written.delays) <= 1.0


def test_what_changes_while_a_write_is_under_way_is_written_right_after() -> None:
    written = write_paced([0.0, 0.001, 0.002], SLOW)

    assert written.times == pytest.approx([0.02, 0.04])
    assert written.delays == pytest.approx([0.02, 0.039, 0.038])


def test_a_paced_write_waits_for_the_next_poll() -> None:
    written = write_paced([0.0, 0.03, 0.06, 0.09], SLOW)

    assert written.times[3] - written.times[0] == pytest.approx(0.5 + 0.05 + 0.02)


@given(changes)
def test_every_change_is_seen_within_a_pause_a_poll_and_two_writes(changed: list[float]) -> None:
    written = write_paced(changed, SLOW)

    assert len(written.delays) == len(changed)
    assert min(written.delays) >= SLOW.write_seconds - 1e-9
    longest = SLOW.pause_seconds + SLOW.poll_seconds + 2 * SLOW.write_seconds
    assert max(written.delays) <= longest + 1e-9


@given(changes)
def test_no_stretch_of_time_has_more_than_a_burst_and_one_write_a_pause(changed: list[float]) -> None:
    times = write_paced(changed, SLOW).times

    for first, start in enumerate(times):
        for last in range(first, len(times)):
            allowed = SLOW.burst + (times[last] - start) / SLOW.pause_seconds
            assert last - first + 1 <= allowed + 1e-6
