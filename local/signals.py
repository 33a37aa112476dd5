"""Ctrl-C and SIGTERM as something to ask about, so that no start or stop is torn apart in the middle."""

import signal
from types import FrameType, TracebackType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """Counts requests to stop while the block runs; the second one means: at once."""

    def __init__(self) -> None:
        self._count = 0

    def __enter__(self) -> Self:
        self._previous = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @property
    def asked(self) -> bool:
        return self._count > 0

    @property
    def hurried(self) -> bool:
        return self._count > 1

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
