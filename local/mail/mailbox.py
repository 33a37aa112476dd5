"""Where mails end up: the newest ones, in memory, by number."""

import time
from collections import deque
from collections.abc import Callable, Sequence

from local.mail.mails import Envelope

DEFAULT_KEPT = 1_000


class Mailbox:
    """The newest `kept` mails; counts of all there ever were."""

    def __init__(self, kept: int = DEFAULT_KEPT) -> None:
        self._mails: deque[Envelope] = deque(maxlen=kept)
        self._number = 0
        self._observers: set[Callable[[], None]] = set()
        self.accepted = 0
        self.refused = 0
        self.clearings = 0
        """How often everything was forgotten."""

    def add(self, sender: str, recipients: Sequence[str], content: bytes, *, user: str, tls: bool) -> None:
        """Keep a mail."""
        self._number += 1
        self.accepted += 1
        self._mails.append(Envelope(self._number, time.time(), sender, tuple(recipients), user, tls, content))
        self._tell()

    def find(self, number: int) -> Envelope | None:
        """A mail by its number, while it is kept."""
        return next((mail for mail in self._mails if mail.number == number), None)

    def mails(self, recipient: str | None = None, after: int = 0) -> list[Envelope]:
        """Those with a number above `after`, oldest first."""
        return [
            mail
            for mail in self._mails
            if mail.number > after and (recipient is None or recipient in mail.recipients)
        ]

    def clear(self) -> None:
        """Forget everything; numbers go on, so that who waits for newer mails is not misled."""
        self._mails.clear()
        self.accepted = self.refused = 0
        self.clearings += 1
        self._tell()

    def observe(self, notice: Callable[[], None]) -> Callable[[], None]:
        """Call `notice` at every change, until what is returned is called."""
        self._observers.add(notice)
        return lambda: self._observers.discard(notice)

    def _tell(self) -> None:
        for notice in list(self._observers):
            notice()
