"""Bookings per second through HTTP callables, beside a callable that does nothing on the same server, and beside
the same SQL run by pgbench.

Half of the slots that clients ask for are taken already by the end: refusals are part of the load, as they are
in life. Server, database, emulator and load generator share the machine.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from benches.booking_sql import booking_script, run_pgbench
from benches.report import Latency, print_json, print_table
from benches.studio import PROJECT, Studio, running_studio, slot
from benches.tokens import token_of
from local.functions_host.host import FunctionsHost

CONNECTIONS = 8
TRAINERS = 8
CLIENTS = 50
# Within every trainer's horizon of 60 days.
_HOURS = 24 * 55
_SOURCE = Path(__file__).parent / "functions_with_noop"

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Load:
    """What one load came to."""

    per_second: float
    latency: Latency
    reasons: Mapping[str, int]


def run(*, quick: bool = False) -> None:
    """Measure and print."""
    seconds = 2 if quick else 10
    with running_studio() as studio:
        services = studio.open(TRAINERS, CLIENTS)
        with _functions(studio, drain_seconds=1.5) as url:
            noop = _load(f"{url}/noop", [(token_of("client0"), {})] * 100_000, seconds)
            assert set(noop.reasons) == {"ok"}, f"the no-op callable refused: {dict(noop.reasons)}"
            spread = _load(f"{url}/bookings", _bookings(services), seconds)
        with _functions(studio, drain_seconds=0.0) as url:
            undrained = _load(f"{url}/bookings", _bookings(services), seconds)
            one_trainer = _load(f"{url}/bookings", _bookings({"trainer0": services["trainer0"]}), seconds)
        script = booking_script(TRAINERS, CLIENTS, _HOURS)
        database = studio.backends.settings.database_url
        sql = run_pgbench(database, script, clients=CONNECTIONS, seconds=seconds)
    loads = {
        "no-op callable, same server": noop,
        f"book_session, {TRAINERS} trainers, documents drained": spread,
        f"book_session, {TRAINERS} trainers, documents left to the relay": undrained,
        "book_session, one trainer, documents left to the relay": one_trainer,
    }
    print_table(
        f"Bookings through HTTP callables, {CONNECTIONS} connections",
        ("", "calls/s", "p50 ms", "p99 ms", "booked", "refused", "÷ no-op", "÷ SQL"),
        [
            *(_row(name, load, noop.per_second, sql) for name, load in loads.items()),
            ("the same SQL by pgbench", f"{sql:.0f}", "", "", "", "", "", "1.00"),
        ],
        ["Durable commits (fsync on); load generator, server, database and emulator share the cores."],
    )
    figures = {
        name: {"per_second": round(load.per_second), "p99_ms": round(load.latency.p99, 1)}
        for name, load in loads.items()
    }
    print_json(
        "bookings_throughput", {"connections": CONNECTIONS, "pgbench_per_second": round(sql), **figures}
    )


def _row(name: str, load: Load, noop: float, sql: float) -> tuple[str, ...]:
    booked = load.reasons.get("ok", 0)
    refused = sum(load.reasons.values()) - booked
    return (
        name,
        f"{load.per_second:.0f}",
        f"{load.latency.p50:.1f}",
        f"{load.latency.p99:.1f}",
        str(booked),
        str(refused),
        f"{load.per_second / noop:.2f}",
        f"{load.per_second / sql:.2f}",
    )


def _bookings(services: Mapping[str, str]) -> list[Call]:
    chosen = list(services.values())
    tokens = [token_of(f"client{index}") for index in range(CLIENTS)]
    return [
        (
            random.choice(tokens),
            {
                "command": "book_session",
                "command_id": str(uuid4()),
                "service_id": random.choice(chosen),
                "starts_at": slot(random.randrange(_HOURS)).isoformat(),
            },
        )
        for _ in range(10_000)
    ]


def _load(url: str, calls: Sequence[Call], seconds: int) -> Load:
    plan = {"url": url, "connections": CONNECTIONS, "seconds": seconds, "calls": calls}
    result = subprocess.run(
        [sys.executable, "-m", "benches.load_process"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
    )
    measured = json.loads(result.stdout)
    latency = Latency.of(measured["milliseconds"])
    return Load(latency.count / measured["seconds"], latency, measured["reasons"])


@contextmanager
def _functions(studio: Studio, *, drain_seconds: float) -> Iterator[str]:
    settings = studio.backends.settings
    environment = {
        **os.environ,
        "GCLOUD_PROJECT": PROJECT,
        "FUNCTIONS_EMULATOR": "true",
        "DATABASE_URL": settings.database_url,
        "FIRESTORE_EMULATOR_HOST": str(settings.firestore_emulator),
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099",
        "DRAIN_DEADLINE_SECONDS": str(drain_seconds),
    }
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "functions.log"
        host = FunctionsHost(0, environment, log=log, project=PROJECT, source=_SOURCE)
        try:
            host.start()
            yield host.url
        finally:
            host.stop()
