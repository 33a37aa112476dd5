"""Named moments at which tests may kill or freeze a process; in production reaching one does nothing."""

import signal
from collections.abc import Callable

from courtside.config import Settings

HANDLED = "handled"  # the command's facts are written, nothing says so yet
QUEUED = "queued"  # all that it leaves is written as well, nothing is committed
COMMITTED = "committed"  # the command is committed, nothing is carried out yet
LEASED = "leased"  # work is leased, nothing is rendered
RENDERED = "rendered"  # documents are made from rows, Firestore was not called
WRITTEN = "written"  # Firestore has the documents, Postgres does not know
SETTLED = "settled"  # Postgres knows

# On the way of a command's documents.
ALL = (HANDLED, QUEUED, COMMITTED, LEASED, RENDERED, WRITTEN, SETTLED)

CLAIMED = "claimed"  # deliveries are leased, nothing is sent
SENT = "sent"  # their receivers have answered, Postgres does not know
MARKED = "marked"  # Postgres knows

# On the way of a delivery.
OF_DELIVERIES = (CLAIMED, SENT, MARKED)

PAGED = "paged"  # a page of a broadcast is written, nothing is committed
TURNED = "turned"  # the page is committed

# On the way of a broadcast.
OF_BROADCASTS = (PAGED, TURNED)

_hook: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """Say that the process is at this point."""
    if _hook is not None:
        _hook(point)


def arm(settings: Settings) -> None:
    """Have this process send itself the signal that a test's settings name, once, at the point they name."""
    point, strike = settings.crash_at, settings.crash_signal
    # Without an emulator this is no test, whatever else the environment says.
    if point is None or settings.firestore_emulator is None:
        return

    def hook(reached: str) -> None:
        if reached == point:
            on_reach(None)
            signal.raise_signal(signal.Signals[strike])

    on_reach(hook)


def on_reach(hook: Callable[[str], None] | None) -> None:
    """Have `hook` called at every point from now on; None goes back to nothing."""
    global _hook
    _hook = hook
