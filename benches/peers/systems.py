"""What the bench asks of each system: to commit in three ways, to have listeners, to die and to come back."""

from contextlib import AbstractContextManager
from enum import Enum
from typing import Protocol

from benches.peers.rows import Committed
from benches.streams import Streams


class Load(Enum):
    """How the bench writes, which in ours decides what its listeners listen to."""

    CHANGES = "rows that are always there, changed in turn"
    ADDITIONS = "rows added one by one"
    FLOOD = "rows added a hundred at a time"


BOARDS = 50
"""So many rows take turns, so that none changes more often than once a second."""


class System(Protocol):
    """A way from COMMIT to screens."""

    name: str
    settle_seconds: float
    """How long after a kill its clients may need until they have all that they will ever have."""

    def listening(self, load: Load, listeners: int) -> AbstractContextManager[Streams]:
        """Listeners in processes of their own."""
        ...

    def change(self, index: int) -> Committed:
        """Commit a change of one of the boards, in turn."""
        ...

    def add(self) -> Committed:
        """Commit a new row."""
        ...

    def flood(self, count: int) -> Committed:
        """Commit new rows in one transaction."""
        ...

    def kill(self) -> None:
        """SIGKILL what brings changes to clients."""
        ...

    def start(self) -> None:
        """Start it again, without waiting for it."""
        ...
