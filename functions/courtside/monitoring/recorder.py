"""The observer of a process at work: notes at once, counts and saves later, on a thread of its own.

The relay appends a round to a list, which costs a caller nothing; every few seconds the thread counts what is there,
writes it to Postgres, and has `health/relay` made where a worker runs. What is not saved yet is lost with the process.
"""

import atexit
import logging
import os
import platform
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from uuid import uuid4

from courtside.backends import Backends
from courtside.config import settings
from courtside.db.outbox import Backlog
from courtside.db.pool import LazyPool
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.errors import Unavailable
from courtside.monitoring import store
from courtside.monitoring.model import DatabaseClock
from courtside.monitoring.service import publish_relay
from courtside.monitoring.tally import Tally
from courtside.monitoring.telemetry import SILENT, Telemetry, open_telemetry
from courtside.observer import Attribute, Round

_FLUSH_SECONDS = 5.0
# While Postgres is away, this many rounds wait to be counted; later ones are not.
_MOST_ROUNDS = 20_000

log = logging.getLogger(__name__)


class Recorder:
    """Watches one process; its thread starts with the first thing that is noted, after the server has forked."""

    def __init__(self, pool: LazyPool, telemetry: Telemetry = SILENT) -> None:
        self.process = uuid4()
        self._pool = pool
        self._telemetry = telemetry
        self._rounds: deque[Round] = deque()
        self._beat: float | None = None
        self._tally = Tally()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def span(self, name: str, /, **attributes: Attribute) -> AbstractContextManager[None]:
        """A part of the work, as a span of a trace where one is recorded."""
        return self._telemetry.span(name, attributes)

    def answered(self, command: str, code: str, seconds: float) -> None:
        """Note that a call was answered."""
        self._telemetry.answered(command, code, seconds)

    def carried_out(self, round_: Round) -> None:
        """Note what one pass of the relay came to."""
        if len(self._rounds) < _MOST_ROUNDS:
            self._rounds.append(round_)
        self._start()

    def beat(self) -> None:
        """Note that this process's worker came round; whoever beats is a worker."""
        self._beat = time.monotonic()
        self._start()

    def flush(self) -> None:
        """Count and save what was noted, and tell admins how the relay fares if a worker runs here.

        Raises:
            Unavailable: Postgres cannot take it now; it is kept for the next time.
        """
        with self._lock:
            if not self._rounds and self._beat is None:
                return
            clock = run_transaction(self._pool, lambda connection: store.read_clock(Reader(connection)))
            rounds = [self._rounds.popleft() for _ in range(len(self._rounds))]
            self._tally.add(rounds, clock)
            self._telemetry.carried_out(rounds, clock)
            backlog = run_transaction(
                self._pool, lambda connection: self._save(Reader(connection), clock), durable=False
            )
            if backlog is not None:
                self.found(asdict(backlog))

    def found(self, backlog: Mapping[str, float | None]) -> None:
        """Note how far behind the relay is."""
        self._telemetry.found(backlog)

    def close(self) -> None:
        """Save what was noted, and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._telemetry.close()

    def _save(self, reader: Reader, clock: DatabaseClock) -> Backlog | None:
        store.save_tally(reader, self.process, self._tally)
        if self._beat is None:
            return None
        store.save_worker(reader, self.process, _own_name(), clock.time_of(self._beat))
        return publish_relay(reader)

    def _start(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(_FLUSH_SECONDS):
            self._try_to_flush()
        self._try_to_flush()

    def _try_to_flush(self) -> None:
        try:
            self.flush()
        except Unavailable as error:
            log.warning("measurements not saved", extra={"fields": {"error": type(error).__name__}})
        # Whatever is wrong with measuring must stop neither the measuring nor what is measured.
        except Exception:
            log.exception("measuring failed")


def observe(backends: Backends) -> Backends:
    """The same backends, watched: what is noted goes to Postgres, and by OTLP where an endpoint is configured."""
    return replace(backends, observer=Recorder(backends.pool, open_telemetry(backends.settings)))


def open_observed() -> Backends:
    """What a deployed process speaks to, as its environment says, watched until it ends."""
    backends = observe(Backends.of(settings()))
    atexit.register(backends.observer.close)
    return backends


def _own_name() -> str:
    return f"{platform.node()}:{os.getpid()}"
