"""Ours: bookings through the commands, the edge draining, a worker beside it, bare Listen streams as clients."""

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from uuid import uuid4

from benches.peers.rows import Committed
from benches.peers.systems import Load
from benches.relay.latency import DAYS, Days
from benches.streams import Streams, streaming, watching
from benches.studio import PROJECT, Studio, slot
from courtside.backends import Backends
from courtside.config import Settings
from courtside.db.migrate import migrate
from courtside.db.outbox import mark_documents
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.relay.edge_drain import drain_commit
from courtside.relay.wake import wake_worker
from local.emulator import EmulatorServer, is_ready, spawn_emulator
from local.environment import ROOT, backend_environment
from local.ports import free_port
from local.postgres import running_postgres
from local.processes import ChildProcess, spawn

_START_SECONDS = 30.0
_INBOX = "users/client0/inbox"
_TARGETS = {Load.CHANGES: DAYS, Load.ADDITIONS: "bookings", Load.FLOOD: _INBOX}
# Documents alone, as of the peers: `planned_at` says that no e-mail or push is to be decided about.
_NOTIFICATIONS = """
INSERT INTO notifications (id, user_id, type, payload, dedupe_key, created_at, planned_at)
SELECT id, 'client0', 'session.booked', jsonb_build_object('note', repeat('x', 500)), id::text, now(), now()
FROM unnest(%(ids)s::uuid[]) AS id
"""
# An hour on each of the days after those that change, then the next hour on each: a day holds 23 of them.
_FIRST_HOUR_ADDED = 11


class Victim(Enum):
    """What a kill is for."""

    FIRESTORE = "its Firestore killed"
    WORKER = "its worker killed, edges leaving all to it"


class Courtside:
    """A studio, a Firestore and a worker."""

    settle_seconds = 20.0

    def __init__(self, database_url: str, folder: Path, victim: Victim) -> None:
        self.name = f"Courtside: {victim.value}"
        self._folder, self._victim = folder, victim
        self._added = itertools.count()
        self._port = free_port()
        self._emulator = self._start_emulator()
        self._emulator.process.wait_until(lambda: is_ready(self._emulator), _START_SECONDS)
        drain_seconds = 0.0 if victim is Victim.WORKER else 1.5
        self._studio = Studio(
            Backends.of(
                Settings(
                    project=PROJECT,
                    database_url=database_url,
                    firestore_emulator=self._emulator.host,
                    drain_deadline_seconds=drain_seconds,
                )
            )
        )
        self._service = self._studio.open(trainers=1, clients=1)["trainer0"]
        self._days = Days(self._studio, self._service)
        self._worker = self._start_worker()
        self._worker.wait_until(self._is_working, _START_SECONDS)

    def listening(self, load: Load, listeners: int) -> AbstractContextManager[Streams]:
        """Bare Listen streams of the collection that the load changes."""
        return streaming(self._emulator.host, PROJECT, _TARGETS[load], listeners)

    def watching(self, load: Load, listeners: int) -> AbstractContextManager[Streams]:
        """The same by google-cloud-firestore."""
        return watching(self._emulator.host, PROJECT, _TARGETS[load], listeners)

    def change(self, index: int) -> Committed:
        """Book or cancel, on one of the trainer's days; the edge drains."""
        return self._days.change(index)

    def add(self) -> Committed:
        """Book; the edge drains, unless it leaves all to the worker."""
        index = next(self._added)
        hour = 24 * (index % 50) + _FIRST_HOUR_ADDED + index // 50
        outcome = self._studio.run(
            "client0",
            "bookings.book_session",
            service_id=self._service,
            starts_at=slot(hour).isoformat(),
        )
        at = time.time_ns()
        assert outcome.work is not None
        drain_commit(self._studio.backends, outcome.work)
        return {(f"bookings/{outcome.answer['result']['booking_id']}", 1): at}

    def flood(self, count: int) -> Committed:
        """Notify a client of many things in one transaction; the worker brings them."""
        ids = [str(uuid4()) for _ in range(count)]
        paths = [f"{_INBOX}/{id_}" for id_ in ids]

        def insert(reader: Reader) -> None:
            reader.execute(_NOTIFICATIONS, ids=ids)
            mark_documents(reader, paths)

        run_transaction(self._studio.backends.pool, lambda connection: insert(Reader(connection)))
        at = time.time_ns()
        wake_worker(self._studio.backends.pool)
        return {(path, 1): at for path in paths}

    def kill(self) -> None:
        """SIGKILL the victim."""
        (self._worker if self._victim is Victim.WORKER else self._emulator.process).kill()

    def start(self) -> None:
        """Start the victim again, without waiting for it."""
        if self._victim is Victim.WORKER:
            self._worker = self._start_worker()
        else:
            self._emulator = self._start_emulator()

    def close(self) -> None:
        """Stop all of it."""
        self._worker.stop()
        self._studio.backends.close()
        self._emulator.process.stop()

    def _start_emulator(self) -> EmulatorServer:
        options = ["--data", str(self._folder / "firestore")]
        return spawn_emulator(self._port, PROJECT, self._folder / "emulator.log", options)

    def _start_worker(self) -> ChildProcess:
        settings = self._studio.backends.settings
        environment = backend_environment(
            settings.database_url, str(settings.firestore_emulator), None, PROJECT
        )
        command = [sys.executable, "-m", "courtside.relay.worker"]
        return spawn("worker", command, log=self._folder / "worker.log", cwd=ROOT, env=environment)

    def _is_working(self) -> bool:
        return any("relay worker started" in line for line in self._worker.last_lines())


@contextmanager
def running_courtside(folder: Path, victim: Victim) -> Iterator[Courtside]:
    """Ours on a Postgres of its own, with a Firestore that keeps its documents when it dies."""
    with ExitStack() as stack:
        postgres = stack.enter_context(running_postgres(durable=True))
        migrate(postgres.url)
        system = Courtside(postgres.url, folder, victim)
        stack.callback(system.close)
        yield system
