"""Real relay workers as processes that tests kill, freeze and thaw."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from local.environment import backend_environment
from local.processes import ChildProcess, spawn
from tests.integration.relay.rest import wait_until
from tests.world import World

WORKER = "courtside.relay.worker"
UNGUARDED_WORKER = "tests.faults.unguarded_worker"


@dataclass(frozen=True)
class WorkerProcess:
    """One worker."""

    process: ChildProcess

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_until_frozen(self) -> None:
        """Return once it has stopped itself."""
        wait_until(self._is_frozen, "the worker to freeze")

    def thaw(self) -> None:
        """Let it go on where it stopped."""
        self.process.popen.send_signal(signal.SIGCONT)

    def wait_until_killed(self) -> None:
        """Return once it has killed itself."""
        wait_until(self.process.has_ended, "the worker to end")
        assert self.process.kill() == -signal.SIGKILL, self.process.last_lines()

    def reports(self) -> list[dict[str, Any]]:
        """What it logged about the work it carried out, one report a batch."""
        lines = [json.loads(line) for line in self.process.last_lines(1000) if line.startswith("{")]
        return [line for line in lines if line["message"] == "relayed"]

    def wait_for_report(self) -> dict[str, Any]:
        """What it logged about its first batch, once it has."""
        wait_until(self.reports, "the worker to report")
        return self.reports()[0]

    def _is_frozen(self) -> bool:
        assert not self.process.has_ended(), self.process.last_lines()
        return bool(psutil.Process(self.pid).status() == psutil.STATUS_STOPPED)


@contextmanager
def running_worker(
    world: World, folder: Path, *, module: str = WORKER, **variables: str
) -> Iterator[WorkerProcess]:
    """A worker for this world while the block runs; `variables` are added to its environment."""
    settings = world.backends.settings
    assert settings.firestore_emulator is not None
    environment = backend_environment(
        settings.database_url, settings.firestore_emulator, None, settings.project
    )
    log = folder / f"worker-{len(list(folder.glob('worker-*')))}.log"
    process = spawn("worker", [sys.executable, "-m", module], log=log, env={**environment, **variables})
    try:
        yield WorkerProcess(process)
    finally:
        process.kill()
