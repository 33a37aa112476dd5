"""Ours beside Socket.IO with LISTEN/NOTIFY and beside Zero: latency, rate, and what a kill loses, in one run."""

import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benches.peers import node
from benches.peers.courtside import Courtside, Victim, running_courtside
from benches.peers.measures import EVENTS_PER_SECOND, Kill, measure_flood, measure_kill, measure_latency
from benches.peers.socket_io import running_socket_io
from benches.peers.systems import BOARDS, System
from benches.peers.zero import running_zero
from benches.report import Latency, print_json, print_table

_LISTENERS = (1, 100)
_OURS = "Courtside, bare Listen streams"
_OUR_PYTHON_CLIENT = "Courtside, google-cloud-firestore on_snapshot"
_NOTES = (
    "From the return of COMMIT to each client. Ours commits a booking with all its documents, theirs one row.",
    "A hundred on_snapshot listeners would measure Python's client, which spends a millisecond on each callback.",
    "Every system has a Postgres of its own that fsyncs; all of them, and the clients, share the cores.",
)


def run(*, quick: bool = False) -> None:
    """Measure and print; without the packages from npm, say so."""
    obstacle = node.install()
    if obstacle is not None:
        print(f"peers: not measured, {obstacle}")
        return
    seconds, rounds, count, kill_seconds = (2.0, 1, 1_000, 6.0) if quick else (10.0, 3, 10_000, 20.0)
    with tempfile.TemporaryDirectory(prefix="courtside-peers-") as folder, ExitStack() as stack:
        ours = stack.enter_context(running_courtside(_made(folder, "ours"), Victim.FIRESTORE))
        peers: list[System] = [
            stack.enter_context(running_socket_io(_made(folder, "socket_io"))),
            stack.enter_context(running_zero(_made(folder, "zero"))),
        ]
        latencies, rates = _interleave(ours, peers, seconds, rounds, count)
        kills = {system.name: measure_kill(system, kill_seconds) for system in (ours, *peers)}
    with (
        tempfile.TemporaryDirectory(prefix="courtside-peers-") as folder,
        running_courtside(Path(folder), Victim.WORKER) as left_to_the_worker,
    ):
        kills[left_to_the_worker.name] = measure_kill(left_to_the_worker, kill_seconds)
    _print_rates(latencies, rates, rounds)
    _print_kills(kills)
    print_json(
        "peers",
        {
            **{f"{name}, {n} listeners, ms": asdict(each) for (name, n), each in latencies.items()},
            **{f"{name}, documents/s": round(rate) for name, rate in rates.items()},
            **{f"{name}, killed": asdict(kill) for name, kill in kills.items()},
        },
    )


def _made(folder: str, name: str) -> Path:
    path = Path(folder) / name
    path.mkdir()
    return path


def _interleave(
    ours: Courtside, peers: list[System], seconds: float, rounds: int, count: int
) -> tuple[dict[tuple[str, int], Latency], dict[str, float]]:
    """Each measure of each system in turn, round after round; the medians of the rounds."""
    latencies: dict[tuple[str, int], list[Latency]] = {}
    rates: dict[str, list[float]] = {}
    for system in (ours, *peers):
        for index in range(2 * BOARDS):
            system.change(index)
    for _ in range(rounds):
        for system in (ours, *peers):
            name = _OURS if system is ours else system.name
            for n in _LISTENERS:
                latencies.setdefault((name, n), []).append(measure_latency(system, n, seconds))
            rates.setdefault(name, []).append(measure_flood(system, count))
        watched = measure_latency(ours, 1, seconds, ours.watching)
        latencies.setdefault((_OUR_PYTHON_CLIENT, 1), []).append(watched)
    return (
        {key: Latency.median_of(runs) for key, runs in latencies.items()},
        {name: median(runs) for name, runs in rates.items()},
    )


def _print_rates(latencies: dict[tuple[str, int], Latency], rates: dict[str, float], rounds: int) -> None:
    names = dict.fromkeys(name for name, _ in latencies)
    rows = []
    for name in names:
        cells = [_percentiles(latencies.get((name, n))) for n in _LISTENERS]
        rows.append((name, *cells, f"{rates[name]:.0f}" if name in rates else "-"))
    print_table(
        f"Commit to client at {EVENTS_PER_SECOND:g} events/s, and sustained to one client",
        ("", *(f"{n} client{'s' * (n > 1)}, p50 / p99 ms" for n in _LISTENERS), "documents/s"),
        rows,
        [f"Medians of {rounds} interleaved runs.", *_NOTES],
    )


def _percentiles(latency: Latency | None) -> str:
    return "-" if latency is None else f"{latency.p50:.1f} / {latency.p99:.1f}"


def _print_kills(kills: dict[str, Kill]) -> None:
    print_table(
        f"What brings changes to clients killed, and started again a second later, at {EVENTS_PER_SECOND:g} events/s",
        ("", "events", "lost", "latest, ms"),
        [(name, str(kill.events), str(kill.lost), f"{kill.latest:.0f}") for name, kill in kills.items()],
        ["The time that it needs to start counts: a second is when its process begins."],
    )
