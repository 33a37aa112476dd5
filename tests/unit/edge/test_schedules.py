"""Scheduled functions: what they report, and that a failing job neither leaks nor ends the server."""

import logging
from collections.abc import Callable

import pytest
from flask import Flask, Request
from werkzeug.test import EnvironBuilder

from courtside.backends import Backends
from courtside.config import Settings
from courtside.edge.callables import Runtime
from courtside.edge.schedules import scheduled_function
from tests.log_capture import LogLines


def run(job: Callable[[Backends], int]) -> tuple[int, str]:
    """The status and body with which Cloud Scheduler's call of a job is answered."""
    backends = Backends.of(Settings(project="demo-a", database_url="postgresql://127.0.0.1:1/none"))
    runtime = Runtime(react=_nothing, carry_out=_never, backends_factory=lambda: backends)
    function = scheduled_function("tidy", job, runtime, schedule="every 1 minutes")
    with Flask("test").app_context():
        response = function(Request(EnvironBuilder(method="POST").get_environ()))
    return response.status_code, response.get_data(as_text=True)


def _nothing(uow: object) -> None:
    """No events, no reactions."""


def _never(backends: Backends, work: object) -> bool:
    raise AssertionError("jobs drain nothing themselves")


def test_job_reports_how_much_it_handled(logs: LogLines) -> None:
    status, _ = run(lambda backends: 7)

    assert status == 200
    (line,) = logs.of("schedule")
    assert (line["job"], line["handled"]) == ("tidy", 7)
    assert line["duration_ms"] >= 0


@pytest.mark.parametrize("error", [RuntimeError("secret-text"), SystemExit(3)])
def test_failing_job_is_answered_with_500_and_logged_without_its_text(
    logs: LogLines, error: BaseException
) -> None:
    def fail(backends: Backends) -> int:
        raise error

    status, body = run(fail)

    assert status == 500
    assert "secret-text" not in body + logs.text
    (line,) = logs.of("schedule failed")
    assert (line["job"], line["severity"]) == ("tidy", logging.getLevelName(logging.ERROR))
    assert type(error).__name__ in line["stack_trace"]


def test_job_is_declared_with_its_schedule() -> None:
    backends = Backends.of(Settings(project="demo-a", database_url=""))
    runtime = Runtime(react=_nothing, carry_out=_never, backends_factory=lambda: backends)

    function = scheduled_function("tidy", lambda backends: 0, runtime, schedule="15 3 * * *")

    assert function.__firebase_endpoint__.entryPoint == "tidy"
    assert function.__firebase_endpoint__.scheduleTrigger["schedule"] == "15 3 * * *"
