"""What the bench of notifications makes of what it counted."""

import pytest

from benches.notices.flood import Flood
from benches.notices.telling import Told


def test_a_rate_is_set_against_that_of_the_bare_client_beside_it() -> None:
    flood = Flood(100, worker=[400.0, 900.0, 90.0], bare=[500.0, 1_000.0, 1_000.0])

    assert flood.ratio == pytest.approx(0.8)


def test_memory_that_grows_is_seen_in_its_last_third() -> None:
    flat = Flood(100, resident=[100.0, 104.0, 100.0, 104.0, 100.0, 104.0])
    growing = Flood(100, resident=[100.0, 110.0, 120.0, 130.0, 140.0, 150.0])

    assert flat.growth == pytest.approx(1.0)
    assert growing.growth == pytest.approx(145 / 105)


def test_what_was_reached_is_told_by_name() -> None:
    told = Told(bookings=[1.0, 3.0], inboxes=[2.0, 4.0], taken=[5.0, 7.0], marked=[6.0, 8.0])

    assert [latency.p50 for latency in told.latencies().values()] == [2.0, 3.0, 6.0, 7.0]
