"""Structured logs: one JSON line per event, in the fields that Cloud Logging reads, without personal data."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from courtside.edge.redaction import redact, redact_fields

_SEVERITIES = {
    logging.DEBUG: "DEBUG",
    logging.INFO: "INFO",
    logging.WARNING: "WARNING",
    logging.ERROR: "ERROR",
    logging.CRITICAL: "CRITICAL",
}
# `TRACE_ID/SPAN_ID;o=OPTIONS` as Google's front end sends it; `00-TRACE_ID-SPAN_ID-FLAGS` as everybody else does.
_CLOUD_TRACE = re.compile(r"([0-9a-f]{32})(?:/\d{1,20})?(?:;o=\d)?\Z", re.ASCII)
_TRACE_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\Z", re.ASCII)
_CALLERS_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z", re.ASCII)

# What every line tells that is written while a request is handled.
_about_request: ContextVar[dict[str, Any]] = ContextVar("about_request", default={})  # noqa: B039 - never changed


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what callers pass as `extra={"fields": {...}}` becomes top-level fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "severity": _SEVERITIES.get(record.levelno, "INFO"),
            "message": redact(record.getMessage()),
            "logger": record.name,
            **_about_request.get(),
            **redact_fields(getattr(record, "fields", {})),
        }
        if record.exc_info:
            line["stack_trace"] = _trace_without_values(record.exc_info[1])
        return json.dumps(line, default=str)


def configure_logs(level: int = logging.INFO) -> None:
    """Send our own lines to stdout as JSON, and keep secrets out of everybody's; once, however often it is called."""
    logger = logging.getLogger("courtside")
    if not any(isinstance(handler.formatter, JsonLines) for handler in logger.handlers):
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    _redact_all_records()


@contextmanager
def request_context(request_id: str, headers: Any, project: str | None) -> Iterator[None]:
    """While the block runs, each line tells the request it belongs to, and its trace where it has one.

    The id is always ours, as the audit keeps it; one that the caller sent is only told beside it.
    """
    about: dict[str, Any] = {"request_id": request_id}
    sent = headers.get("X-Request-Id", "")
    if _CALLERS_ID.match(sent):
        about["caller_request_id"] = redact(sent)
    trace = _CLOUD_TRACE.match(headers.get("X-Cloud-Trace-Context", "")) or _TRACE_PARENT.match(
        headers.get("traceparent", "")
    )
    if trace and project:
        about["logging.googleapis.com/trace"] = f"projects/{project}/traces/{trace[1]}"
    token = _about_request.set(about)
    try:
        yield
    finally:
        _about_request.reset(token)


def _redact_all_records() -> None:
    """Have every record of this process redacted when it is made, whichever library makes it and whoever writes it."""
    make_record = logging.getLogRecordFactory()
    if getattr(make_record, "redacts", False):
        return

    def make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_record(*args, **kwargs)
        try:
            record.msg, record.args = redact(record.getMessage()), ()
        except Exception:
            # Whoever writes it would complain, and quote all that it could not format.
            record.msg, record.args = "a line that could not be formatted", ()
        if record.exc_info:
            # Formatters take this text, where it is set, instead of making one of the error's own words.
            record.exc_text = _trace_without_values(record.exc_info[1])
        return record

    make_redacted.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make_redacted)


def _trace_without_values(error: BaseException | None) -> str:
    """Frames and types of an error and its causes, outermost first, without a word of their texts.

    Those quote what they choke on: Postgres' DETAIL the whole row, and with it names, addresses and tokens.
    """
    parts = []
    while error is not None:
        parts += [_name_of(error) + "\n", *traceback.format_tb(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "".join(parts)


def _name_of(error: BaseException) -> str:
    """The error's type; for one of Postgres also its SQLSTATE and the constraint, which name no value."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    details = (
        getattr(error, "sqlstate", None),
        getattr(getattr(error, "diag", None), "constraint_name", None),
    )
    return " ".join([kind, *filter(None, details)])
