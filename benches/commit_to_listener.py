"""From the return of a booking's COMMIT to the on_snapshot callback of listeners in another process.

The document is the trainer's day, which every booking and cancellation of that day writes again. Beside it, in the
same run, the floors: a single-row commit, NOTIFY to a LISTEN, and one gRPC round trip to the emulator.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict

from benches import floors
from benches.report import Latency, print_json, print_table
from benches.studio import PROJECT, Studio, running_studio, slot
from courtside.relay.edge_drain import drain_commit

# Python's own watch class spends about a millisecond on each callback: 100 listeners at the rate of one would
# measure how far their process falls behind. Listeners → events a second.
_EVENTS_PER_SECOND = {1: 50.0, 100: 5.0}
# More listeners than this in one Python process would measure that process.
_LISTENERS_PER_PROCESS = 50


def run(*, quick: bool = False) -> None:
    """Measure with 1 and 100 listeners and print."""
    events = 50 if quick else 500
    with running_studio() as studio:
        url = studio.backends.settings.database_url
        service = studio.open(trainers=1, clients=1)["trainer0"]
        commit = floors.commit_floor(url, events)
        round_trip = floors.firestore_round_trip_floor(studio.backends, events)
        notify = floors.notify_floor(url, events, 1 / _EVENTS_PER_SECOND[1])
        measured = {n: _measure(studio, service, n, seconds=events / 50) for n in _EVENTS_PER_SECOND}
    floor = Latency(events, *(getattr(commit, p) + getattr(round_trip, p) for p in ("p50", "p95", "p99")))
    rows = [
        ("floor: single-row commit", commit, None),
        ("floor: commit → LISTEN in another process", notify, None),
        ("floor: gRPC round trip to the emulator", round_trip, None),
        *((_name(n), m, floor) for n, m in measured.items()),
    ]
    print_table(
        "Commit to listener, ms",
        ("", "n", "p50", "p95", "p99", "p50 ÷ floors"),
        [_row(name, latency, base) for name, latency, base in rows],
        [
            "The clock starts when COMMIT has returned. Floors of the ratio: commit + round trip.",
            "n is callbacks: events times listeners.",
        ],
    )
    print_json(
        "commit_to_listener",
        {
            "floor_commit_ms": asdict(commit),
            "floor_notify_ms": asdict(notify),
            "floor_round_trip_ms": asdict(round_trip),
            **{f"listeners_{n}_ms": asdict(m) for n, m in measured.items()},
            **{f"listeners_{n}_p50_ratio": round(m.p50 / floor.p50, 2) for n, m in measured.items()},
        },
    )


def _row(name: str, latency: Latency, base: Latency | None) -> tuple[str, ...]:
    figures = (f"{latency.p50:.2f}", f"{latency.p95:.2f}", f"{latency.p99:.2f}")
    return (name, str(latency.count), *figures, f"{latency.p50 / base.p50:.1f} x" if base else "")


def _name(listeners: int) -> str:
    rate = f"{_EVENTS_PER_SECOND[listeners]:g} events/s"
    return f"commit → on_snapshot: {listeners} listener{'s' * (listeners > 1)}, {rate}"


def _measure(studio: Studio, service: str, listeners: int, *, seconds: float) -> Latency:
    day = f"trainers/trainer0/days/{slot(0).date()}"
    with ExitStack() as stack:
        children = [
            stack.enter_context(_listening(studio, day, min(_LISTENERS_PER_PROCESS, listeners - started)))
            for started in range(0, listeners, _LISTENERS_PER_PROCESS)
        ]
        committed = _book_and_cancel(studio, service, day, _EVENTS_PER_SECOND[listeners], seconds)
        time.sleep(0.5)
        seen = [versions for child in children for versions in _collect(child)]
    return Latency.of(
        [
            (at - committed[version]) / 1e6
            for versions in seen
            for version, at in versions
            if version in committed
        ]
    )


def _book_and_cancel(studio: Studio, service: str, day: str, rate: float, seconds: float) -> dict[int, int]:
    """Commit times in nanoseconds since the epoch, by the version of the day that each commit wants."""
    committed: dict[int, int] = {}
    booking_id: str | None = None
    started = time.monotonic()
    for index in range(round(rate * seconds)):
        time.sleep(max(0.0, started + index / rate - time.monotonic()))
        if booking_id is None:
            content = {"service_id": service, "starts_at": slot(10).isoformat()}
            outcome = studio.run("client0", "bookings.book_session", **content)
        else:
            outcome = studio.run("client0", "bookings.cancel_booking", booking_id=booking_id)
        at = time.time_ns()
        booking_id = outcome.answer["result"]["booking_id"] if booking_id is None else None
        assert outcome.work is not None
        lease = next(lease for lease in outcome.work.documents if lease.path == day)
        # One writer, drained each time: the next version is one above what Firestore has.
        committed[lease.have + 1] = at
        drain_commit(studio.backends, outcome.work)
    return committed


def _listening(studio: Studio, day: str, listeners: int) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-m", "benches.listener_process", PROJECT, day, str(listeners)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "FIRESTORE_EMULATOR_HOST": str(studio.backends.settings.firestore_emulator)},
    )
    assert child.stdout is not None
    if child.stdout.readline().strip() != "ready":
        raise RuntimeError("the listeners did not start")
    return child


def _collect(child: "subprocess.Popen[str]") -> list[list[tuple[int, int]]]:
    output, _ = child.communicate(timeout=60)
    seen: list[list[tuple[int, int]]] = json.loads(output)
    return seen
