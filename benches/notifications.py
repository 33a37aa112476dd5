"""Notifications: how soon a commit is in the inbox and at FCM, how fast a flood goes out, and what one costs.

The floor of the first is the booking's own document, of the same commits; that of the flood is the bare HTTP/2 client
that the sender uses too, with the same messages and as many requests at once.
"""

from dataclasses import asdict
from statistics import median
from typing import Any

from benches.notices.costs import Cost, measure_costs
from benches.notices.flood import Flood, measure_flood
from benches.notices.telling import BOOKINGS_PER_SECOND, PAIRS, Told, measure_telling, open_pairs
from benches.report import print_json, print_table
from benches.studio import running_studio
from local.fcm.process import running_fcm

_PUSHED_BOUND_MS = 1_000.0
_RATE_BOUND = 0.7
_GROWTH_BOUND = 1.1


def run(*, quick: bool = False) -> None:
    """Measure all parts on one studio and print their tables."""
    with running_studio({"shared_preload_libraries": "pg_stat_statements"}) as studio, running_fcm() as fcm:
        services = open_pairs(studio)
        # Before anything else tells anybody: people have a cap.
        costs = measure_costs(studio, fcm, services[: PAIRS // 4])
        told = measure_telling(studio, fcm, services, rounds=1 if quick else 4)
        flood = measure_flood(studio, fcm, pushes=5_000 if quick else 100_000, people=PAIRS)
    _print_costs(costs)
    _print_told(told)
    _print_flood(flood)
    print_json("notifications", {**_told_figures(told), **_flood_figures(flood), **_cost_figures(costs)})


def _print_told(told: Told) -> None:
    latencies = told.latencies()
    base, pushed = latencies["commit → booking document"], latencies["commit → push marked as accepted"]
    verdict = "within" if pushed.p99 < _PUSHED_BOUND_MS else "ABOVE"
    print_table(
        f"From commit to people, {median(told.rates):.0f} of {BOOKINGS_PER_SECOND:g} bookings/s, ms",
        ("", "n", "p50", "p95", "p99", "p50 ÷ booking's", "p99 ÷ booking's"),
        [
            (
                name,
                str(each.count),
                *(f"{getattr(each, p):.1f}" for p in ("p50", "p95", "p99")),
                *(f"{getattr(each, p) / getattr(base, p):.2f} x" for p in ("p50", "p99")),
            )
            for name, each in latencies.items()
        ],
        [
            "The clock starts when COMMIT has returned; the edge drains, one worker decides and sends.",
            f"push marked as accepted: p99 {verdict} its bound of {_PUSHED_BOUND_MS:g} ms.",
            f"{told.committed} bookings, {len(told.taken)} pushes.",
        ],
    )


def _told_figures(told: Told) -> dict[str, Any]:
    latencies = {f"{name}, ms": asdict(each) for name, each in told.latencies().items()}
    return {**latencies, "bookings_per_second": round(median(told.rates), 1), "bookings": told.committed}


def _print_flood(flood: Flood) -> None:
    verdict = "within" if flood.ratio >= _RATE_BOUND else "BELOW"
    memory = "flat" if flood.growth <= _GROWTH_BOUND else "GROWING"
    print_table(
        f"{flood.pushes} pushes that are due",
        ("", "pushes/s", "÷ bare"),
        [
            ("a bare HTTP/2 client, ready-made messages", f"{median(flood.bare):.0f}", "1.00"),
            (
                "one worker: leased, rendered, sent, marked",
                f"{median(flood.worker):.0f}",
                f"{flood.ratio:.2f}",
            ),
        ],
        [
            "Medians of interleaved rounds; Postgres, stand-in and sender share the cores.",
            f"The rate is {verdict} its bound of {_RATE_BOUND:.0%} of the bare one; {flood.again} were sent again.",
            f"Resident memory {min(flood.resident):.0f} … {max(flood.resident):.0f} MB,"
            f" last third ÷ first {flood.growth:.3f}: {memory}.",
        ],
    )


def _flood_figures(flood: Flood) -> dict[str, Any]:
    return {
        "pushes": flood.pushes,
        "pushes_per_second": [round(rate) for rate in flood.worker],
        "bare_per_second": [round(rate) for rate in flood.bare],
        "ratio_to_bare": round(flood.ratio, 2),
        "resident_mb": [round(min(flood.resident), 1), round(max(flood.resident), 1)],
        "memory_growth": round(flood.growth, 3),
        "sent_again": flood.again,
    }


def _print_costs(costs: dict[str, Cost]) -> None:
    print_table(
        "The cost of a notification",
        ("", "statements", "transactions", "billed writes"),
        [
            (step, *(f"{getattr(cost, f) / cost.notifications:.2g}" for f in _FIGURES))
            for step, cost in costs.items()
        ],
        ["For each notification; statements without BEGIN and COMMIT, counted by Postgres."],
    )


_FIGURES = ("statements", "transactions", "writes")


def _cost_figures(costs: dict[str, Cost]) -> dict[str, Any]:
    return {f"cost: {step}": asdict(cost) for step, cost in costs.items()}
