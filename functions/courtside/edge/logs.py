"""Structured logs: one JSON line per event, in the fields that Cloud Logging reads, without personal data."""

import json
import logging
import sys
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
            line["stack_trace"] = _trace_without_values(self.formatException(record.exc_info))
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


def _trace_without_values(trace: str) -> str:
    """Drop Postgres' DETAIL lines: they quote the row, and with it names and addresses."""
    return "\n".join(line for line in trace.splitlines() if not line.startswith("DETAIL:"))
