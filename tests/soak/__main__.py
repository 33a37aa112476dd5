"""Bookers in several processes fight for the same slots while connections are cut and relay workers killed and frozen.

Firestore refuses, loses replies, asks for less and is slow meanwhile; in the end it must agree with Postgres.

    make soak                          ten minutes, at least 100,000 attempts
    make soak ARGS="--minutes 1"       a taste; --seed repeats the choices of an earlier run

Prints attempts, outcomes, what was killed, and every violation of what must hold; ends with 1 if there is one.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from typing import IO, Any

import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from courtside.db.migrate import migrate
from courtside.relay import jobs
from local.emulator import running_emulator
from local.postgres import running_postgres
from tests.faults.emulator_faults import EmulatorFaults
from tests.faults.workers import WorkerProcess, running_worker
from tests.soak.booker import Record, quiet
from tests.soak.studio import Ground, open_studio
from tests.soak.violations import violations
from tests.world import World

PROCESSES = 3
THREADS = 4
_CUT_EVERY_SECONDS = 0.5
_KILL_EVERY_SECONDS = 10.0
_FREEZE_EVERY_SECONDS = 13.0
# Longer than a worker's lease: others take over from it, and it wakes with what they have long written.
_FROZEN_SECONDS = 4.0
_TICK_EVERY_SECONDS = 5.0
_MOST_SHOWN = 20

_FIRESTORE_FAULTS: tuple[dict[str, Any], ...] = (
    {"rpc": "BatchWrite", "status": "UNAVAILABLE", "probability": 0.05},
    {"rpc": "BatchWrite", "status": "DEADLINE_EXCEEDED", "applied": True, "probability": 0.05},
    {"rpc": "BatchWrite", "status": "ABORTED", "probability": 0.03},
    {"rpc": ["BatchWrite", "BatchGetDocuments"], "status": "RESOURCE_EXHAUSTED", "probability": 0.01},
    {"latency_ms": 50, "probability": 0.1},
)

console = Console()


@dataclass
class Damage:
    """What was done to the servers."""

    connections: int = 0
    workers: int = 0
    frozen: int = 0
    calls: int = 0
    _times: dict[str, float] = field(default_factory=dict)

    def is_due(self, what: str, every_seconds: float) -> bool:
        """Whether it is time again for something that happens so often."""
        now = time.monotonic()
        if now - self._times.setdefault(what, now) < every_seconds:
            return False
        self._times[what] = now
        return True


def main() -> int:
    """Soak and report."""
    options = _parse(sys.argv[1:])
    quiet()
    seed = options.seed if options.seed is not None else SystemRandom().randrange(1_000_000)
    with (
        tempfile.TemporaryDirectory(prefix="courtside-soak-") as folder,
        running_postgres(durable=True) as postgres,
        running_emulator() as emulator,
    ):
        migrate(postgres.url)
        world = World.of(postgres.url, emulator.host)
        try:
            ground = open_studio(world)
            faults = EmulatorFaults(emulator.host, seed)
            with faults.ordered(*_FIRESTORE_FAULTS):
                records, damage = _soak(world, ground, options.minutes * 60, seed, Path(folder))
            damage.calls = faults.struck
            started = time.monotonic()
            _come_to_rest(world)
            rested = time.monotonic() - started
            found = violations(world, records)
        finally:
            world.close()
    _report(records, damage, found, seed, rested)
    return 1 if found else 0


def _soak(
    world: World, ground: Ground, seconds: float, seed: int, folder: Path
) -> tuple[list[Record], Damage]:
    random, damage = Random(seed), Damage()
    with ExitStack() as stack:
        bookers = [
            stack.enter_context(_running_booker(world, ground, seconds, seed * 100 + index))
            for index in range(PROCESSES)
        ]
        workers = [_Worker(stack, world, folder) for _ in range(2)]
        with Progress(
            TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console
        ) as bar:
            task = bar.add_task("bookers at work", total=seconds)
            started = time.monotonic()
            while any(booker.poll() is None for booker in bookers):
                bar.update(task, completed=min(seconds, time.monotonic() - started))
                _do_damage(world, workers, random, damage)
                time.sleep(0.1)
        return [_record_of(booker) for booker in bookers], damage


class _Worker:
    """A relay worker that is started again when it was killed."""

    def __init__(self, stack: ExitStack, world: World, folder: Path) -> None:
        self._stack, self._world, self._folder = stack, world, folder
        self._running: WorkerProcess = self._start()
        self._thaw_at: float | None = None

    def kill(self) -> None:
        """SIGKILL, and another in its place."""
        self._running.process.kill()
        self._running = self._start()

    def freeze(self, thaw_at: float) -> None:
        """SIGSTOP, until `thaw_if_due` finds that its time has come."""
        self._running.process.popen.send_signal(signal.SIGSTOP)
        self._thaw_at = thaw_at

    def thaw_if_due(self) -> None:
        """SIGCONT, if it was frozen for long enough."""
        if self._thaw_at is not None and time.monotonic() >= self._thaw_at:
            self._running.process.popen.send_signal(signal.SIGCONT)
            self._thaw_at = None

    def _start(self) -> WorkerProcess:
        return self._stack.enter_context(running_worker(self._world, self._folder))


def _do_damage(world: World, workers: Sequence[_Worker], random: Random, damage: Damage) -> None:
    if damage.is_due("cut", _CUT_EVERY_SECONDS):
        damage.connections += _cut_a_connection(world)
    if damage.is_due("kill", _KILL_EVERY_SECONDS):
        random.choice(workers).kill()
        damage.workers += 1
    if damage.is_due("freeze", _FREEZE_EVERY_SECONDS):
        random.choice(workers).freeze(time.monotonic() + _FROZEN_SECONDS)
        damage.frozen += 1
    for worker in workers:
        worker.thaw_if_due()
    if damage.is_due("tick", _TICK_EVERY_SECONDS):
        _tick(world)


def _cut_a_connection(world: World) -> int:
    """End one of the product's connections, whatever it is doing."""
    with psycopg.connect(world.backends.settings.database_url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM ("
            " SELECT pid FROM pg_stat_activity WHERE application_name = 'courtside' AND pid <> pg_backend_pid()"
            " ORDER BY random() LIMIT 1) AS victim"
        ).fetchone()
    return int(row[0]) if row else 0


def _tick(world: World) -> None:
    """The clock's job, which may lose its connection like everybody else."""
    try:
        jobs.every_minute(world.backends)
    except Exception as error:
        console.print(f"the minute's job failed, and runs again: {type(error).__name__}", style="dim")


def _come_to_rest(world: World) -> None:
    """Let the clock and the relay finish: no faults any more, nothing but time is needed."""
    with console.status("the relay comes to rest"):
        world.rows("UPDATE bookings SET expires_at = now() WHERE expires_at IS NOT NULL RETURNING id")
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            jobs.every_minute(world.backends)
            world.relay()
            (left,) = world.rows(
                "SELECT (SELECT count(*) FROM projection WHERE want > have) "
                "+ (SELECT count(*) FROM outbox WHERE done_at IS NULL) "
                "+ (SELECT count(*) FROM bookings WHERE expires_at < now())"
            )[0]
            if left == 0:
                return
            time.sleep(0.5)


@contextmanager
def _running_booker(
    world: World, ground: Ground, seconds: float, seed: int
) -> Iterator[subprocess.Popen[str]]:
    settings = world.backends.settings
    plan = {
        "database_url": settings.database_url,
        "emulator": settings.firestore_emulator,
        "project": settings.project,
        "seed": seed,
        "seconds": seconds,
        "threads": THREADS,
        "ground": {**asdict(ground), "starts": [start.isoformat() for start in ground.starts()]},
    }
    output: IO[str]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.booker"], stdin=subprocess.PIPE, stdout=output, text=True
        )
        process.output = output  # type: ignore[attr-defined]
        assert process.stdin is not None
        json.dump(plan, process.stdin)
        process.stdin.close()
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def _record_of(booker: subprocess.Popen[str]) -> Record:
    if booker.wait() != 0:
        raise RuntimeError(f"a booker ended with {booker.returncode}")
    output: IO[str] = booker.output  # type: ignore[attr-defined]
    output.seek(0)
    told: dict[str, Any] = json.loads(output.read().splitlines()[-1])
    return Record(**{**told, "outcomes": Counter(told["outcomes"])})


def _report(
    records: Sequence[Record], damage: Damage, found: Sequence[str], seed: int, rested: float
) -> None:
    outcomes: Counter[str] = sum((record.outcomes for record in records), Counter())
    attempts = sum(record.attempts for record in records)
    table = Table(title=f"Soak, seed {seed}", title_justify="left", title_style="bold")
    table.add_column("outcome")
    table.add_column("times", justify="right")
    for outcome, times in outcomes.most_common():
        table.add_row(outcome, f"{times:,}")
    console.print(table)
    repeated = sum(record.repeated for record in records)
    console.print(
        f"{attempts:,} attempts, {repeated:,} sent again, {sum(len(r.sample) for r in records):,} asked twice; "
        f"{damage.connections:,} connections cut, {damage.workers} workers killed and {damage.frozen} frozen, "
        f"{damage.calls:,} calls to Firestore failed or slowed; at rest after {rested:.0f} s"
    )
    for line in found[:_MOST_SHOWN]:
        console.print(line, style="red", markup=False)
    console.print(f"{len(found)} violations", style="bold red" if found else "bold green")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="how long bookers act (default: 10)")
    parser.add_argument("--seed", type=int, help="repeat the choices of an earlier run")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
