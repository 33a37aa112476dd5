"""Log lines: JSON for Cloud Logging, one line each, and not a word of what an error quotes."""

import json
import logging
from collections.abc import Iterator

import psycopg
import pytest

from courtside.edge.logs import configure_logs
from tests.log_capture import LogLines

SECRET = "eyJhbGciOiJub25lIn0.secret"

log = logging.getLogger("courtside.test_logs")


def fail_with(error: Exception, cause: Exception | None = None) -> None:
    try:
        raise error from cause
    except type(error):
        log.exception("unhandled", extra={"fields": {"request_id": "r1"}})


def test_line_has_the_fields_of_cloud_logging_and_our_own(logs: LogLines) -> None:
    log.info("call", extra={"fields": {"command": "bookings.book_session", "replayed": False}})

    assert logs.of("call") == [
        {
            "severity": "INFO",
            "message": "call",
            "logger": "courtside.test_logs",
            "command": "bookings.book_session",
            "replayed": False,
        }
    ]


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL])
def test_severity_follows_the_level(logs: LogLines, level: int) -> None:
    log.log(level, "x")

    assert logs.of("x")[0]["severity"] == logging.getLevelName(level)


def test_text_with_line_breaks_stays_one_line(logs: LogLines) -> None:
    log.info('a\n{"severity": "CRITICAL"}\r\u2028b')

    assert len(logs.text.splitlines()) == 1


def test_trace_tells_where_and_what_kind(logs: LogLines) -> None:
    fail_with(KeyError(SECRET), ValueError(SECRET))

    (line,) = logs.of("unhandled")
    assert (line["severity"], line["request_id"]) == ("ERROR", "r1")
    assert "builtins.KeyError" in line["stack_trace"]
    assert "builtins.ValueError" in line["stack_trace"]
    assert "in fail_with" in line["stack_trace"]


@pytest.mark.parametrize(
    "error",
    [
        KeyError(SECRET),
        ValueError(f"invalid literal: {SECRET}"),
        RuntimeError(f"first line\nDETAIL: Key (email)=({SECRET}) exists.\nCONTEXT: $1 = '{SECRET}'"),
        psycopg.errors.UniqueViolation(f"duplicate key\nDETAIL:  Key (email)=({SECRET}) already exists."),
        psycopg.errors.InvalidTextRepresentation(f'invalid input syntax for type uuid: "{SECRET}"'),
    ],
)
def test_text_of_an_error_is_not_logged(logs: LogLines, error: Exception) -> None:
    fail_with(error)
    fail_with(RuntimeError("outer"), cause=error)

    assert len(logs.of("unhandled")) == 2
    assert SECRET not in logs.text


def test_error_of_postgres_tells_its_sqlstate(logs: LogLines) -> None:
    fail_with(psycopg.errors.UniqueViolation("duplicate key"))

    assert "psycopg.errors.UniqueViolation 23505" in logs.of("unhandled")[0]["stack_trace"]


@pytest.fixture
def unconfigured() -> Iterator[None]:
    """A process in which nobody has configured logs yet."""
    logger = logging.getLogger("courtside")
    before = (logger.handlers[:], logger.level, logger.propagate)
    logger.handlers.clear()
    yield
    logger.handlers[:], logger.level, logger.propagate = before


@pytest.mark.usefixtures("unconfigured")
def test_configuring_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    configure_logs()
    log.info("once")

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["message"] == "once"
