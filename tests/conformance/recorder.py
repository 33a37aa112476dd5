"""A pytest plugin that streams what is collected and how each test ends, as JSON lines to a descriptor."""

import json
import os
from typing import Any

import pytest

from tests.conformance.results import Status


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--events-fd", type=int, required=True, help="descriptor to which events are written")
    parser.addoption("--finished", action="append", default=[], help="leave out a test, by its name")
    parser.addoption("--beyond", action="store_true", help="run what the suite spares emulators from, too")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Recorder(config.getoption("events_fd")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties.append(("skip_reason", find_skip_reason(item)))
        if config.getoption("beyond"):
            item.own_markers = [marker for marker in item.own_markers if marker.name != "skipif"]
    finished = set(config.getoption("finished"))
    items[:] = [item for item in items if item.name not in finished]


def find_skip_reason(item: pytest.Item) -> str | None:
    """The reason of the first skip mark that holds; the suite's conditions are booleans, never strings."""
    for marker in item.iter_markers():
        if marker.name == "skip" or (marker.name == "skipif" and marker.args[0]):
            return str(marker.kwargs["reason"])
    return None


class Recorder:
    """Folds the reports of setup, call, subtests and teardown into one outcome per test."""

    def __init__(self, events_fd: int) -> None:
        self._events_fd = events_fd
        self._status: Status = "passed"
        self._seconds = 0.0
        self._message = ""
        self._trace = ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        tests = [{"name": item.name, **dict(item.user_properties)} for item in session.items]
        self._emit({"event": "collected", "tests": tests})

    def pytest_runtest_logstart(self, location: tuple[str, int | None, str]) -> None:
        self._status, self._seconds, self._message, self._trace = "passed", 0.0, "", ""
        self._emit({"event": "started", "name": location[2]})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds += report.duration
        if report.failed:
            self._status = "failed"
            self._message = self._message or describe_failure(report)
            self._trace += report.longreprtext + "\n"
        elif report.skipped and not isinstance(report, pytest.SubtestReport) and self._status == "passed":
            # A skipped subtest is the pipeline half of a query test, whose other half still counts.
            self._status, self._message = "skipped", describe_skip(report)

    def pytest_runtest_logfinish(self, location: tuple[str, int | None, str]) -> None:
        self._emit(
            {
                "event": "finished",
                "name": location[2],
                "status": self._status,
                "seconds": self._seconds,
                "message": self._message,
                "trace": self._trace,
            }
        )

    def _emit(self, event: dict[str, Any]) -> None:
        line = memoryview((json.dumps(event) + "\n").encode())
        while line:
            line = line[os.write(self._events_fd, line) :]


def describe_failure(report: pytest.TestReport) -> str:
    """The first line of what went wrong, with the phase when it was not the test itself."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else report.longreprtext
    first_line = next((line for line in text.splitlines() if line.strip()), "no message")
    return first_line if report.when == "call" else f"{report.when}: {first_line}"


def describe_skip(report: pytest.TestReport) -> str:
    """The reason given at run time; pytest puts it last in (path, line, reason)."""
    return str(report.longrepr[-1]) if isinstance(report.longrepr, tuple) else report.longreprtext
