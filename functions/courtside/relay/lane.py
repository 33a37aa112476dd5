"""A lane: a thread of its own beside the worker, for what must hold up neither documents nor other lanes."""

import logging
import threading
from collections.abc import Callable

from courtside.backends import Backends
from courtside.db.unit_of_work import OUTAGES
from courtside.errors import Unavailable

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0


class Lane:
    """Carries out what is due, by `act`, which tells how much there was, until it is stopped."""

    def __init__(self, name: str, backends: Backends, act: Callable[[Backends], int]) -> None:
        self._name, self._backends, self._act = name, backends, act
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for what is under way."""
        self._thread.join(timeout=8)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                done = self._act(self._backends)
            # Only outages: a bug must be seen, not retried for ever.
            except (*OUTAGES, Unavailable) as error:
                fields = {"lane": self._name, "error": type(error).__name__}
                log.warning("lane interrupted", extra={"fields": fields})
                done = 0
            if not done:
                self._stopping.wait(_POLL_SECONDS)
