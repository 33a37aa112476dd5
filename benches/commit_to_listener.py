"""From the return of a booking's COMMIT to the on_snapshot callback of listeners in another process.

The document is the trainer's day, which every booking and cancellation of that day writes again: here as often as it
changes, whatever Firestore would say of a document so hot. Beside it, in the same run, the floors: a single-row
commit, NOTIFY to a LISTEN, and one gRPC round trip to the emulator.
"""

from dataclasses import asdict

from benches import floors
from benches.relay.latency import DAYS, Days, book_and_cancel
from benches.report import Latency, print_json, print_table
from benches.streams import watching
from benches.studio import PROJECT, running_studio, slot

# Python's own watch class spends about a millisecond on each callback: 100 listeners at the rate of one would
# measure how far their process falls behind. Listeners → events a second.
_EVENTS_PER_SECOND = {1: 50.0, 100: 5.0}


def run(*, quick: bool = False) -> None:
    """Measure with 1 and 100 listeners and print."""
    events = 50 if quick else 500
    with running_studio(document_pause_seconds=0.0) as studio:
        url = studio.backends.settings.database_url
        days = Days(studio, studio.open(trainers=1, clients=1)["trainer0"], count=1)
        commit = floors.commit_floor(url, events)
        round_trip = floors.firestore_round_trip_floor(studio.backends, events)
        notify = floors.notify_floor(url, events, 1 / _EVENTS_PER_SECOND[1])
        measured = {n: _measure(days, n, seconds=events / 50) for n in _EVENTS_PER_SECOND}
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


def _measure(days: Days, listeners: int, *, seconds: float) -> Latency:
    host = str(days.studio.backends.settings.firestore_emulator)
    with watching(host, PROJECT, f"{DAYS}/{slot(0).date()}", listeners) as streams:
        committed = book_and_cancel(days, _EVENTS_PER_SECOND[listeners], seconds)
    return Latency.of(streams.milliseconds_since(committed))
