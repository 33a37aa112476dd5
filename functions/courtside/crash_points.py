"""Named moments at which tests may kill or freeze a process; in production reaching one does nothing."""

from collections.abc import Callable

COMMITTED = "committed"  # the command is committed, nothing is carried out yet
LEASED = "leased"  # work is leased, nothing is rendered
RENDERED = "rendered"  # documents are made from rows, Firestore was not called
WRITTEN = "written"  # Firestore has the documents, Postgres does not know
SETTLED = "settled"  # Postgres knows

ALL = (COMMITTED, LEASED, RENDERED, WRITTEN, SETTLED)

_hook: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """Say that the process is at this point."""
    if _hook is not None:
        _hook(point)


def on_reach(hook: Callable[[str], None] | None) -> None:
    """Have `hook` called at every point from now on; None goes back to nothing."""
    global _hook
    _hook = hook
