"""Structured logs: one JSON line per event, in the fields that Cloud Logging reads, without personal data."""

import json
import logging
import sys
import traceback
from typing import Any

_SEVERITIES = {
    logging.DEBUG: "DEBUG",
    logging.INFO: "INFO",
    logging.WARNING: "WARNING",
    logging.ERROR: "ERROR",
    logging.CRITICAL: "CRITICAL",
}


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what callers pass as `extra={"fields": {...}}` becomes top-level fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "severity": _SEVERITIES.get(record.levelno, "INFO"),
            "message": record.getMessage(),
            "logger": record.name,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["stack_trace"] = _trace_without_values(record.exc_info[1])
        return json.dumps(line, default=str)


def configure_logs(level: int = logging.INFO) -> None:
    """Send Courtside's own log lines to stdout as JSON, once however often it is called."""
    logger = logging.getLogger("courtside")
    if not any(isinstance(handler.formatter, JsonLines) for handler in logger.handlers):
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False


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
