"""Keeps the state of the view: connects, connects again after the emulator was gone, follows the date."""

import socket
import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from google.api_core.exceptions import GoogleAPICallError

from local.watch.listening import Listening
from local.watch.options import Options
from local.watch.state import State, disconnect, receive, reconnect

_PROBE_TIMEOUT_SECONDS = 1.0


class Watcher:
    """Call `turn` over and over; `state` is None until there is a trainer to watch."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._listening: Listening | None = None
        self._zone = ZoneInfo("UTC")
        self.state: State | None = None
        self.is_connected = True

    def turn(self, seconds: float) -> None:
        """Wait so long for news at most, and take what there is into the state."""
        self.is_connected = _answers(self._options.firestore)
        if self._listening is None:
            if not (self.is_connected and self._connect()):
                time.sleep(seconds)
        elif not (self.is_connected and self._listening.is_active):
            self._lose()
        elif self.state is not None and self._date() != self.state.on_date:
            self.close()
        if self._listening is not None and self.state is not None:
            for source, documents in self._listening.take(seconds):
                self.state = receive(self.state, source, documents, datetime.now(UTC))

    def close(self) -> None:
        """End the listeners; another `turn` would begin anew."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def _connect(self) -> bool:
        listening = Listening(self._options.project)
        try:
            trainer_id = self._options.trainer or listening.find_trainer()
            if trainer_id is None:
                listening.close()
                return False
            self._zone = listening.find_zone(trainer_id)
        except GoogleAPICallError:
            listening.close()
            return False
        on_date, known = self._date(), self.state
        if known is not None and (known.trainer_id, known.on_date) == (trainer_id, on_date):
            self.state = reconnect(known)
        else:
            self.state = State(trainer_id, on_date)
        listening.listen(trainer_id, on_date, self._zone)
        self._listening = listening
        return True

    def _lose(self) -> None:
        self.close()
        if self.state is not None:
            self.state = disconnect(self.state)

    def _date(self) -> date:
        return self._options.on_date or datetime.now(self._zone).date()


def _answers(host: str) -> bool:
    name, _, port = host.rpartition(":")
    try:
        with socket.create_connection((name, int(port)), _PROBE_TIMEOUT_SECONDS):
            return True
    except OSError:
        return False
