"""The relay beside its floors: how soon a commit is on screens, also when its edge dies; how a backlog is cleared."""

from dataclasses import asdict
from typing import Any

from benches.relay import backlog, commit_rate, crash, latency, wake_ups
from benches.report import Latency, print_json, print_table
from benches.studio import running_studio

_LISTENERS = (1, 100)


def run(*, quick: bool = False) -> None:
    """Measure all parts and print their tables."""
    figures: dict[str, Any] = {}
    figures.update(_commit_to_listener(seconds=2 if quick else 10, rounds=1 if quick else 3))
    figures.update(_recovery(crashes=20 if quick else 200))
    figures.update(_backlog(items=5_000 if quick else 50_000, rounds=1 if quick else 3))
    figures.update(_commit_rates(seconds=2 if quick else 8, rounds=2 if quick else 4))
    figures.update(_wake_ups(seconds=2 if quick else 10))
    print_json("relay", figures)


def _commit_to_listener(seconds: float, rounds: int) -> dict[str, Any]:
    floors, measured = [], {listeners: list[Latency]() for listeners in _LISTENERS}
    with running_studio() as studio:
        days = latency.Days(studio, studio.open(trainers=1, clients=1)["trainer0"])
        days.warm_up()
        for _ in range(rounds):
            floors.append(latency.measure_floors(studio, round(latency.EVENTS_PER_SECOND * seconds)))
            for listeners, latencies in measured.items():
                latencies.append(latency.measure_latency(days, listeners, seconds))
    floor = latency.Floors(
        Latency.median_of([f.commit for f in floors]),
        Latency.median_of([f.round_trip for f in floors]),
        Latency.median_of([f.stream_message for f in floors]),
    )
    reached = {listeners: Latency.median_of(latencies) for listeners, latencies in measured.items()}
    rows = {
        "floor: single-row commit": floor.commit,
        "floor: gRPC round trip between Python processes": floor.round_trip,
        "floor: one message on an open gRPC stream": floor.stream_message,
        **{f"commit → {n} bare Listen stream{'s' * (n > 1)}": each for n, each in reached.items()},
    }
    print_table(
        f"Commit to listener, the edge draining, {latency.EVENTS_PER_SECOND:g} events/s, ms",
        ("", "n", "p50", "p95", "p99", "p50 ÷ floors", "p99 ÷ floors"),
        [_latency_row(name, each, None if "floor" in name else floor) for name, each in rows.items()],
        [f"Medians of {rounds} interleaved runs. The clock starts when COMMIT has returned."],
    )
    return {f"{name}, ms": asdict(each) for name, each in rows.items()} | {
        f"listeners_{n}_{p}_ratio": round(getattr(each, p) / floor.total(p), 2)
        for n, each in reached.items()
        for p in ("p50", "p99")
    }


def _latency_row(name: str, each: Latency, floor: latency.Floors | None) -> tuple[str, ...]:
    cells = (name, str(each.count), f"{each.p50:.2f}", f"{each.p95:.2f}", f"{each.p99:.2f}")
    if floor is None:
        return (*cells, "", "")
    return (*cells, *(f"{getattr(each, p) / floor.total(p):.1f} x" for p in ("p50", "p99")))


def _recovery(crashes: int) -> dict[str, Any]:
    with running_studio() as studio:
        service = studio.open(trainers=1, clients=1)["trainer0"]
        recovery = crash.measure_recovery(studio, service, crashes)
    late = recovery.latency
    print_table(
        "Commit to listener, each edge killed right after its commit, one worker, ms",
        ("", "kills", "p50", "p95", "p99", "lost"),
        [
            (
                "commit → bare Listen stream",
                str(crashes),
                *(f"{v:.0f}" for v in (late.p50, late.p95, late.p99)),
                str(recovery.lost),
            )
        ],
    )
    return {"after_crash, ms": asdict(late), "lost_after_crash": recovery.lost}


def _backlog(items: int, rounds: int) -> dict[str, Any]:
    with running_studio() as studio:
        services = studio.open(backlog.TRAINERS, backlog.CLIENTS)
        drained = backlog.measure_drain(studio, services, items, rounds)
    rows = [("written blindly, 500 to a BatchWrite", f"{drained.blind:.0f}", "1.00")]
    rows += [
        (
            f"drained by {workers} worker{'s' * (workers > 1)}",
            f"{rate:.0f}",
            f"{drained.ratio(workers):.2f}",
        )
        for workers, rate in drained.by_workers.items()
    ]
    print_table(
        f"A backlog of {drained.items} documents",
        ("", "documents/s", "÷ blind"),
        rows,
        [f"Medians of {rounds} interleaved runs; Postgres, emulator and workers share the cores."],
    )
    return {
        "backlog_items": drained.items,
        "blind_per_second": round(drained.blind),
        **{f"drain_{n}_workers_per_second": round(rate) for n, rate in drained.by_workers.items()},
        **{f"drain_{n}_workers_ratio": round(drained.ratio(n), 2) for n in drained.by_workers},
    }


def _commit_rates(seconds: float, rounds: int) -> dict[str, Any]:
    # A command leaves nothing leased to an edge that does not drain.
    with running_studio(drain_deadline_seconds=0.0) as studio:
        services = studio.open(backlog.TRAINERS, commit_rate.CLIENTS)
        rates = commit_rate.measure_commit_rates(studio, services, seconds, rounds)
    off = rates[commit_rate.Relay.OFF].commits
    print_table(
        "Commits a second of one connection, nobody draining, beside",
        ("", "commits/s", "÷ no worker", "relayed/s"),
        [
            (relay.value, f"{each.commits:.0f}", f"{each.commits / off:.2f}", f"{each.relayed:.0f}")
            for relay, each in rates.items()
        ],
        [f"Medians of {rounds} interleaved runs; commits, Postgres, emulator and worker share the cores."],
    )
    return {
        f"commits beside {relay.value}": {**asdict(each), "ratio": round(each.commits / off, 2)}
        for relay, each in rates.items()
    }


def _wake_ups(seconds: int) -> dict[str, Any]:
    with running_studio() as studio:
        studio.open(trainers=1, clients=1)
        woken = {each: wake_ups.measure_wake_up(studio, each, seconds) for each in wake_ups.WakeUp}
    print_table(
        "Ways to wake the worker",
        (
            "",
            *(f"commits/s, {n} connection{'s' * (n > 1)}" for n in wake_ups.CONNECTIONS),
            f"to listener at {wake_ups.RATE}/s, p50 / p99 ms",
        ),
        [
            (
                way.value,
                *(f"{each.commits[n]:.0f}" for n in wake_ups.CONNECTIONS),
                f"{each.latency.p50:.1f} / {each.latency.p99:.1f}",
            )
            for way, each in woken.items()
        ],
        [
            "From just before COMMIT to a bare Listen stream; rates are without a worker, which would share the cores."
        ],
    )
    return {
        f"wake-up by {way.value}": {"commits_per_second": each.commits, "latency_ms": asdict(each.latency)}
        for way, each in woken.items()
    }
