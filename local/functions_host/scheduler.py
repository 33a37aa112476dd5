"""Cloud Scheduler's part: calls each scheduled function when it is due."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from local.functions_host.schedules import Schedule, parse_schedule

_TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True)
class Job:
    """One scheduled function."""

    name: str
    schedule: Schedule


def jobs_of(index: Mapping[str, object]) -> list[Job]:
    """The scheduled functions of what the functions server lists at its root."""
    functions = index["functions"]
    assert isinstance(functions, Sequence)
    return [
        Job(function["name"], parse_schedule(function["schedule"], function["zone"]))
        for function in functions
        if function["kind"] == "schedule"
    ]


def read_index(base_url: str) -> dict[str, object]:
    """What the functions server with this base URL serves."""
    root = httpx.URL(base_url).join("/")
    index: dict[str, object] = httpx.get(root, timeout=10, trust_env=False, verify=False).json()
    return index


class Scheduler:
    """Calls jobs over HTTP from threads of its own; a job that still runs is not called again."""

    def __init__(self, base_url: str, report: Callable[[str], None]) -> None:
        """`report` gets one line for every call that failed."""
        self._base_url = base_url
        self._report = report
        self._threads = ThreadPoolExecutor(thread_name_prefix="schedule")
        self._running: dict[str, Future[None]] = {}
        self._last_minute = _minute(datetime.now(UTC))

    def tick(self, jobs: Sequence[Job], now: datetime) -> None:
        """Call what is due in the minute of `now`, once a minute however often this is asked."""
        minute = _minute(now)
        if minute == self._last_minute:
            return
        self._last_minute = minute
        self.call([job for job in jobs if job.schedule.is_due(minute)], minute)

    def call(self, jobs: Sequence[Job], at: datetime) -> None:
        """Call jobs now, as if `at` were the time they were scheduled for."""
        busy = self.running()
        for job in jobs:
            if job.name not in busy:
                self._running[job.name] = self._threads.submit(self._call, job.name, at)

    def running(self) -> set[str]:
        """The names of the jobs that run now."""
        return {name for name, call in self._running.items() if not call.done()}

    def close(self) -> None:
        """Start nothing more; calls that run end with the server they wait for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _call(self, name: str, at: datetime) -> None:
        headers = {"X-CloudScheduler-JobName": name, "X-CloudScheduler-ScheduleTime": at.isoformat()}
        url = f"{self._base_url}/{name}"
        try:
            answer = httpx.post(url, headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False, verify=False)
        except httpx.TransportError as error:
            self._report(f"{name}: {error or type(error).__name__}")
            return
        if answer.is_error:
            self._report(f"{name}: {answer.status_code} {answer.text[:200]}")


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
