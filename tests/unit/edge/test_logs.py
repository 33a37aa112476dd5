"""Log lines: JSON for Cloud Logging, one line each, and not a word of what an error quotes."""

import io
import json
import logging
from collections.abc import Iterator

import psycopg
import pytest

from courtside.edge.logs import configure_logs, request_context
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
    logger, make_record = logging.getLogger("courtside"), logging.getLogRecordFactory()
    before = (logger.handlers[:], logger.level, logger.propagate)
    logger.handlers.clear()
    logging.setLogRecordFactory(logging.LogRecord)
    yield
    logging.setLogRecordFactory(make_record)
    logger.handlers[:], logger.level, logger.propagate = before


@pytest.mark.usefixtures("unconfigured")
def test_configuring_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    configure_logs()
    log.info("once")

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["message"] == "once"


@pytest.fixture
def of_a_library(unconfigured: None) -> Iterator[io.StringIO]:
    """What a library writes through a handler of its own, once logs are configured."""
    configure_logs()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    library = logging.getLogger("some_server.access")
    library.addHandler(handler)
    library.propagate = False
    yield stream
    library.removeHandler(handler)


def test_lines_of_libraries_are_redacted_too(of_a_library: io.StringIO) -> None:
    library = logging.getLogger("some_server.access")

    library.warning('%s - "GET %s HTTP/1.1" %d', "127.0.0.1", "/calendar/5ecret.ics?x=1", 200)
    library.warning("%(who)s wrote", {"who": "ada@example.org"})

    assert of_a_library.getvalue().splitlines() == [
        'WARNING 127.0.0.1 - "GET /calendar/[secret].ics?x=1 HTTP/1.1" 200',
        "WARNING [e-mail] wrote",
    ]


def test_traces_of_libraries_quote_nothing(of_a_library: io.StringIO) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("some_server.access").exception("failed")

    assert "builtins.ValueError" in of_a_library.getvalue()
    assert "in test_traces_of_libraries_quote_nothing" in of_a_library.getvalue()
    assert SECRET not in of_a_library.getvalue()


def test_a_line_that_cannot_be_formatted_is_not_quoted(
    of_a_library: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("some_server.access").warning("%d", SECRET)

    assert of_a_library.getvalue() == "WARNING a line that could not be formatted\n"
    assert SECRET not in capsys.readouterr().err


def test_our_own_fields_are_redacted(logs: LogLines) -> None:
    log.info("sent to ada@example.org", extra={"fields": {"to": "ada@example.org", "text": "Hello"}})

    assert json.loads(logs.text)["message"] == "sent to [e-mail]"
    assert json.loads(logs.text)["to"] == "[e-mail]"
    assert json.loads(logs.text)["text"] == "[hidden]"


def test_every_line_of_a_request_tells_which_and_its_trace(logs: LogLines) -> None:
    headers = {"X-Cloud-Trace-Context": f"{'0a' * 16}/123;o=1", "X-Request-Id": "ticket-4711"}

    with request_context("ours", headers, "demo-a"):
        log.info("inside")
    log.info("outside")

    (inside,), (outside,) = logs.of("inside"), logs.of("outside")
    assert (inside["request_id"], inside["caller_request_id"]) == ("ours", "ticket-4711")
    assert inside["logging.googleapis.com/trace"] == f"projects/demo-a/traces/{'0a' * 16}"
    assert outside.keys() == {"severity", "message", "logger"}


def test_a_trace_of_the_w3c_is_one_too(logs: LogLines) -> None:
    with request_context("ours", {"traceparent": f"00-{'0a' * 16}-{'0b' * 8}-01"}, "demo-a"):
        log.info("inside")

    assert logs.of("inside")[0]["logging.googleapis.com/trace"].endswith("0a0a")


@pytest.mark.parametrize("sent", ["", "short", "x" * 65, "a b c d e f", 'a"}\n{"severity', "../../../../x"])
def test_what_is_no_id_is_not_told(logs: LogLines, sent: str) -> None:
    with request_context(
        "ours", {"X-Request-Id": sent, "X-Cloud-Trace-Context": sent, "traceparent": sent}, "demo-a"
    ):
        log.info("inside")

    assert logs.of("inside")[0].keys() == {"severity", "message", "logger", "request_id"}
