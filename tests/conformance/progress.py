"""Shows how far a suite is: one line that rewrites itself on a terminal, a line now and then elsewhere."""

from typing import TextIO

from tests.conformance.results import Outcome, SuiteName

EVERY = 25


class Progress:
    """Counts outcomes of `total` tests of a suite, and names each failure as it happens."""

    def __init__(self, suite: SuiteName, total: int, stream: TextIO) -> None:
        self._suite = suite
        self._total = total
        self._stream = stream
        self._live = stream.isatty()
        self._done = 0
        self._failed = 0

    def advance(self, outcome: Outcome) -> None:
        self._done += 1
        if outcome.status == "failed":
            self._failed += 1
            self._write(f"{self._suite}  failed  {outcome.name}", stays=True)
        line = f"{self._suite}  {self._done}/{self._total}  {self._failed} failed"
        if self._live:
            self._write(f"{line}  {outcome.name}", stays=False)
        elif self._done % EVERY == 0 or self._done == self._total:
            self._write(line, stays=True)

    def close(self) -> None:
        if self._live:
            self._write("", stays=False)

    def _write(self, text: str, stays: bool) -> None:
        start, end = ("\r\x1b[K", "") if self._live else ("", "\n")
        self._stream.write(start + text[:110] + ("\n" if stays and self._live else end))
        self._stream.flush()
