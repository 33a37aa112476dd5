"""Runs one suite to its end, with a fresh pytest process after each test that hangs or kills its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conformance.pytest_process import PytestProcess, RunOptions, TargetGone, TestOverran
from tests.conformance.results import (
    CannotRun,
    CollectedTest,
    Outcome,
    SuiteName,
    SuiteResult,
    outcome_from_event,
)
from tests.conformance.suite_files import SuiteFiles
from tests.conformance.target import Target

# pytest's exit codes: all passed, some failed, none collected.
COMPLETE = (0, 1, 5)
LOG_LINES = 20


def run_suite(
    suite: SuiteName,
    files: SuiteFiles,
    target: Target,
    options: RunOptions,
    log: Path,
    on_collected: Callable[[list[CollectedTest]], None] = lambda tests: None,
    on_finished: Callable[[Outcome], None] = lambda outcome: None,
) -> SuiteResult:
    """Run a suite; pytest's output goes to `log`, and CannotRun is raised when collecting fails.

    A test that overruns its time or kills pytest has failed, and the run goes on with those after it; it
    ends early only when the emulator is gone or pytest gives up between two tests.
    """
    log.write_bytes(b"")
    follower = _Follower(on_collected, on_finished)
    aborted = None
    while True:
        with PytestProcess(files.module(suite), files, target, options, follower.outcomes, log) as process:
            try:
                for event in process.events():
                    follower.follow(event)
                status = process.wait()
                ending = None if status in COMPLETE else f"pytest ended with status {status}\n{_tail(log)}"
            except TestOverran as overran:
                ending = str(overran)
            except TargetGone as gone:
                ending = aborted = f"while running {follower.running or 'no test'}: {gone}"
        if ending is None or aborted:
            break
        if follower.running is None:
            aborted = ending
            break
        follower.fail_running(ending)
    if aborted and not follower.collected:
        raise CannotRun(f"{suite}: {aborted}")
    return SuiteResult(suite, follower.collected, follower.outcomes, aborted)


class _Follower:
    """What the events of a suite's processes have told so far."""

    def __init__(
        self, on_collected: Callable[[list[CollectedTest]], None], on_finished: Callable[[Outcome], None]
    ) -> None:
        self.collected: list[CollectedTest] = []
        self.outcomes: dict[str, Outcome] = {}
        self.running: str | None = None
        self._on_collected = on_collected
        self._on_finished = on_finished

    def follow(self, event: dict[str, Any]) -> None:
        if event["event"] == "started":
            self.running = event["name"]
        elif event["event"] == "finished":
            self._finish(outcome_from_event(event))
        elif not self.collected:
            # A later process collects only what is left.
            self.collected = [CollectedTest(**test) for test in event["tests"]]
            self._on_collected(self.collected)

    def fail_running(self, reason: str) -> None:
        """Record that the running test took its process with it."""
        if self.running is not None:
            self._finish(Outcome(self.running, "failed", message=reason.splitlines()[0], trace=reason))

    def _finish(self, outcome: Outcome) -> None:
        self.running = None
        self.outcomes[outcome.name] = outcome
        self._on_finished(outcome)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
