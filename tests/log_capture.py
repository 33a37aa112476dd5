"""The log lines that the product writes, as Cloud Logging would read them."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from courtside.edge.logs import JsonLines


class LogLines:
    """What was logged since the capture began."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        """All of it, as it was written."""
        return self._stream.getvalue()

    def take(self) -> str:
        """All of it, and nothing of that again."""
        text = self.text
        self._stream.seek(0)
        self._stream.truncate()
        return text

    def of(self, message: str) -> list[dict[str, Any]]:
        """The lines with this message, parsed."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["message"] == message]


@contextmanager
def captured_logs() -> Iterator[LogLines]:
    """Everything that any logger of this process writes, formatted as in production."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(), logging.getLogger("courtside")]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.addHandler(handler)
    try:
        yield LogLines(stream)
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
