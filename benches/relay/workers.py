"""Relay workers as processes of their own, as they run in production."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benches.studio import Studio
from courtside.db.outbox import Backlog, count_backlog
from courtside.db.unit_of_work import read_snapshot
from local.environment import ROOT, backend_environment
from local.processes import ChildProcess, spawn

_START_SECONDS = 30.0
_POLL_SECONDS = 0.1


@contextmanager
def running_workers(studio: Studio, count: int, **variables: str) -> Iterator[list[ChildProcess]]:
    """So many workers while the block runs, each started when it begins, with `variables` in their environment."""
    settings = studio.backends.settings
    environment = backend_environment(
        settings.database_url, str(settings.firestore_emulator), None, settings.project
    )
    pause = {"DOCUMENT_PAUSE_SECONDS": str(settings.document_pause_seconds)}
    command = [sys.executable, "-m", "courtside.relay.worker"]
    with tempfile.TemporaryDirectory(prefix="courtside-bench-") as folder, ExitStack() as stack:
        workers = []
        for index in range(count):
            log = Path(folder) / f"worker-{index}.log"
            worker = spawn("worker", command, log=log, cwd=ROOT, env={**environment, **pause, **variables})
            stack.callback(worker.stop)
            workers.append(worker)
        for worker in workers:
            worker.wait_until(lambda worker=worker: _has_started(worker), _START_SECONDS)  # type: ignore[misc]
        yield workers


def backlog_of(studio: Studio) -> Backlog:
    """What is due now."""
    return read_snapshot(studio.backends.pool, count_backlog)


def wait_until_drained(studio: Studio, timeout_seconds: float) -> None:
    """Return once nothing is due.

    Raises:
        RuntimeError: something is due still, or was given up.
    """
    until = time.monotonic() + timeout_seconds
    while (backlog := backlog_of(studio)).documents or backlog.entries:
        if time.monotonic() > until:
            raise RuntimeError(f"not drained in time: {backlog}")
        time.sleep(_POLL_SECONDS)
    if backlog.dead:
        raise RuntimeError(f"given up: {backlog}")


def _has_started(worker: ChildProcess) -> bool:
    return any("relay worker started" in line for line in worker.last_lines())
