"""Simulates the release day of ten, a hundred and a thousand demo studios, as deployed for one and as it should be.

What it assumes, and where its constants come from, is written in `benches/scale/`; what follows, in docs/scale.md.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from benches.report import print_json, print_table
from benches.scale.day import PACE, WINDOW_SECONDS, Day, Deployment, simulate
from benches.scale.limits import exceeded, uses_of
from benches.scale.load import CLASS_SEATS_PER_WEEK, ONE_TO_ONE_PER_WEEK, Scale, arrivals, busiest
from benches.scale.measured import DOCUMENT_WRITES_PER_SECOND
from benches.scale.pacing import write_paced
from benches.scale.prices import cost_per_thousand_bookings
from benches.scale.queues import percentile, waits

_WEEKS_PER_MONTH = 365 / 12 / 7
SMALL = Deployment(warm=1, database_vcpus=2, database_gib=7.5, workers=1)
# Each with the remedies of what its own size exceeds.
REMEDIED = {
    1: (0.0, SMALL),
    10: (0.0, SMALL),
    100: (120.0, replace(SMALL, warm=2)),
    1_000: (1_800.0, replace(SMALL, warm=8, database_vcpus=4, database_gib=15, workers=2)),
}

_CHANGES_PER_SECOND = (0.5, 1, 2, 5, 20, 100)
_HOT_SECONDS = 60.0
_HOT_COLUMNS = (
    "changes/s",
    "changes",
    "writes",
    "most writes/s",
    "to the screen p50, ms",
    "p99, ms",
    "one write each p99, s",
)


def run(*, quick: bool = False) -> None:
    """Simulate and print; `quick` leaves the largest out."""
    sizes = [times for times in REMEDIED if not (quick and times == max(REMEDIED))]
    as_deployed = [simulate(Scale(times), SMALL) for times in sizes]
    remedied = [simulate_remedied(times) for times in sizes]
    columns = ("", *(f"{times:,} x" for times in sizes))
    print_table("The release day, deployed as for the demo", columns, day_rows(as_deployed))
    print_table(
        "What gives way first, and what is done about it", ("", "used", "remedy"), limit_rows(as_deployed)
    )
    print_table("The release day, with the remedies of its size", columns, day_rows(remedied))
    print_table("Dollars per thousand bookings, with the remedies", columns, cost_rows(remedied))
    print_table(f"One document that changes for {_HOT_SECONDS:.0f} s", _HOT_COLUMNS, hot_rows())
    print_json("scale_sim", {str(day.scale.times): _figures(day) for day in as_deployed})


def simulate_remedied(times: int) -> Day:
    """The day of so many demo studios, with the remedies of that size."""
    stagger_seconds, deployment = REMEDIED[times]
    return simulate(Scale(times, stagger_seconds), deployment)


def day_rows(days: Sequence[Day]) -> list[tuple[str, ...]]:
    """A row for each figure, a cell for each day."""
    rows = {
        "trainers / clients": [f"{d.scale.trainers:,} / {d.scale.clients:,}" for d in days],
        "bookings / calls of the day": [f"{d.traffic.bookings:,} / {d.traffic.calls:,}" for d in days],
        "commits/s, mean": [f"{d.traffic.mean_commits_per_second:.3g}" for d in days],
        "calls/s at the release": [f"{d.traffic.calls_per_second:,.1f}" for d in days],
        "commits/s": [f"{d.traffic.commits_per_second:,.1f}" for d in days],
        "documents and entries/s": [f"{d.traffic.changes_per_second:,.1f}" for d in days],
        "Firestore writes/s": [f"{d.traffic.writes_per_second:,.1f}" for d in days],
        "hottest day: calls/s": [f"{d.hottest.calls_per_second:.1f}" for d in days],
        "  changes/s": [f"{d.hottest.changes_per_second:.1f}" for d in days],
        "  writes/s": [f"{d.hottest.writes_per_second:.1f}" for d in days],
        "  changes / writes": [f"{d.hottest.changes} / {d.hottest.writes}" for d in days],
        "  to the screen p50 / p99, ms": [
            f"{1000 * d.hottest.p50_seconds:.0f} / {1000 * d.hottest.p99_seconds:.0f}" for d in days
        ],
        "instances / connections": [f"{d.serving.instances} / {d.serving.connections}" for d in days],
        "wait for an instance p99, ms": [f"{1000 * d.serving.call_wait_p99_seconds:,.0f}" for d in days],
        "wait if the ramp held p99, s": [f"{d.serving.ramp_wait_p99_seconds:,.1f}" for d in days],
        "listeners / on one day": [f"{d.fan_out.listeners:,} / {d.fan_out.on_one_day:,}" for d in days],
        "deliveries/s": [f"{d.fan_out.deliveries_per_second:,.0f}" for d in days],
    }
    return [(title, *cells) for title, cells in rows.items()]


def limit_rows(days: Sequence[Day]) -> list[tuple[str, ...]]:
    """What each day exceeds, worst first, or what it comes closest to; and what is done about it."""
    rows: list[tuple[str, ...]] = []
    for day in days:
        for use in exceeded(day) or uses_of(day)[:1]:
            used = f"{use.used:,.1f} of {use.limit:,.0f} {use.unit}"
            rows.append((f"{day.scale.times:,} x: {use.name}", used, use.remedy if use.share > 1 else "-"))
    return rows


def cost_rows(days: Sequence[Day]) -> list[tuple[str, ...]]:
    """Dollars per thousand bookings, a cell for each day."""
    weekly = CLASS_SEATS_PER_WEEK + ONE_TO_ONE_PER_WEEK
    costs = [cost_per_thousand_bookings(d, weekly * d.scale.times * _WEEKS_PER_MONTH) for d in days]
    rows = {
        "Firestore, writes": [cost.writes for cost in costs],
        "Firestore, reads": [cost.reads for cost in costs],
        "Cloud Run, calls": [cost.calls for cost in costs],
        "Cloud Run, kept": [cost.kept for cost in costs],
        "Cloud SQL with a standby": [cost.database for cost in costs],
        "together": [cost.total for cost in costs],
    }
    return [(title, *(f"{dollars:,.3f}" for dollars in cells)) for title, cells in rows.items()]


def hot_rows() -> list[tuple[str, ...]]:
    """One document at ever higher rates of change."""
    return [_hot_row(rate) for rate in _CHANGES_PER_SECOND]


def _hot_row(rate: float) -> tuple[str, ...]:
    """Paced and coalesced, beside a queue that writes every change on its own, one a second."""
    changes = arrivals(rate, _HOT_SECONDS, seed=1)
    written = write_paced(changes, PACE)
    queued = waits(changes, [0.0], 1 / DOCUMENT_WRITES_PER_SECOND)
    return (
        f"{rate:g}",
        str(len(changes)),
        str(len(written.times)),
        f"{busiest(written.times, WINDOW_SECONDS):.1f}",
        *(f"{1000 * percentile(written.delays, share):,.0f}" for share in (0.5, 0.99)),
        f"{percentile(queued, 0.99):,.0f}",
    )


def _figures(day: Day) -> dict[str, Any]:
    return {name: asdict(getattr(day, name)) for name in ("traffic", "hottest", "serving", "fan_out")}
