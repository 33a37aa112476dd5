"""What the simulation concludes: which limit binds where, what remedies do, what a booking costs."""

from functools import cache
from pathlib import Path

import pytest

from benches import scale_sim
from benches.scale.day import Day, simulate
from benches.scale.limits import exceeded, most_connections, uses_of
from benches.scale.load import Scale
from benches.scale.measured import COSTS
from benches.scale.prices import cost_per_thousand_bookings
from benches.scale_sim import REMEDIED, SMALL

# The same for the same size, and the largest takes seconds.
simulate_remedied = cache(scale_sim.simulate_remedied)
HANDLED = "one trainer's day"
SCALE_MD = (Path(__file__).parents[3] / "docs" / "scale.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def hundred() -> Day:
    return simulate(Scale(100), SMALL)


def names(day: Day) -> set[str]:
    return {use.name for use in exceeded(day)}


def test_the_same_day_comes_of_the_same_arguments(hundred: Day) -> None:
    assert simulate(Scale(100), SMALL) == hundred
    assert simulate(Scale(100), SMALL, seed=2) != hundred


def test_ten_studios_need_nothing_more() -> None:
    assert not exceeded(simulate(Scale(10), SMALL))


def test_a_hundred_need_warm_instances_pacing_and_time(hundred: Day) -> None:
    assert names(hundred) == {"warm instances", HANDLED, "Firestore before it has warmed up"}
    assert hundred.serving.call_wait_p99_seconds > 1


@pytest.mark.parametrize("times", REMEDIED)
def test_with_its_remedies_a_size_stays_below_every_limit(times: int) -> None:
    day = simulate_remedied(times)

    assert names(day) <= {HANDLED}
    assert day.serving.call_wait_p99_seconds < 0.1
    assert day.hottest.p99_seconds < 1.2


def test_limits_are_told_worst_first(hundred: Day) -> None:
    shares = [use.share for use in uses_of(hundred)]

    assert shares == sorted(shares, reverse=True)


def test_every_change_is_written_or_coalesced(hundred: Day) -> None:
    traffic = hundred.traffic

    assert traffic.commits < traffic.writes <= traffic.changes
    assert traffic.changes >= min(cost.writes for cost in COSTS.values() if cost.writes) * traffic.commits
    assert traffic.bookings_per_second <= traffic.commits_per_second <= traffic.calls_per_second


def test_listeners_grow_with_the_clients(hundred: Day) -> None:
    ten = simulate(Scale(10), SMALL)

    assert hundred.fan_out.listeners == 10 * ten.fan_out.listeners
    assert hundred.fan_out.on_one_day > ten.fan_out.on_one_day
    assert hundred.fan_out.reads > hundred.traffic.commits


def test_what_is_always_there_is_shared_and_what_is_used_is_not(hundred: Day) -> None:
    few, many = (cost_per_thousand_bookings(hundred, bookings) for bookings in (1_000, 100_000))

    assert few.writes == many.writes == pytest.approx(6 * 1_000 * 0.09 / 100_000, rel=0.1)
    assert few.database == pytest.approx(100 * many.database)
    assert few.database == pytest.approx(2 * 730 * (2 * 0.0413 + 7.5 * 0.007))
    assert few.total == pytest.approx(few.writes + few.reads + few.calls + few.kept + few.database)


def test_connections_follow_the_memory_of_the_machine() -> None:
    assert most_connections(7.5) == 400
    assert most_connections(3.75) == 100
    assert most_connections(1) == 50


def test_the_documentation_has_the_figures_of_the_simulation() -> None:
    as_deployed = [simulate(Scale(times), SMALL) for times in REMEDIED]
    remedied = [simulate_remedied(times) for times in REMEDIED]
    rows = [
        *scale_sim.day_rows(as_deployed),
        *scale_sim.limit_rows(as_deployed),
        *scale_sim.day_rows(remedied),
        *scale_sim.cost_rows(remedied),
        *scale_sim.hot_rows(),
    ]
    written = {tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in SCALE_MD.splitlines()}

    assert not [row for row in rows if tuple(cell.strip() for cell in row) not in written]


def test_the_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    scale_sim.run(quick=True)

    out = capsys.readouterr().out
    assert "100 x" in out
    assert "1,000 x" not in out
    assert '"bench": "scale_sim"' in out
