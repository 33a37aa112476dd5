"""What must hold once the faults are over, judged from Postgres, Firestore, the screens and the answers."""

from tests.faults.arena import Arena
from tests.faults.bookkeeping import findings
from tests.faults.screens import GROUPS
from tests.integration.relay.drift import documents_of
from tests.integration.relay.recorder import Seen
from tests.integration.relay.rest import wait_until
from tests.soak.violations import violations

_SCREENS_SECONDS = 15.0


def judge(arena: Arena) -> list[str]:
    """One line for each thing that must not be; the load has ended and the relay is at rest."""
    told = arena.load.told
    return [
        *arena.violations,
        *(f"refused without a type: {line}" for line in told.untyped),
        *(f"never answered: {line}" for line in told.unanswered),
        *findings(arena.database_url),
        *violations(arena.world, [told]),
        *_screens_that_differ(arena),
        *arena.screens.regressions(),
    ]


def _screens_that_differ(arena: Arena) -> list[str]:
    """Screens are told last, so they have a while."""
    stored = stored_versions(arena)
    try:
        wait_until(lambda: not arena.screens.differences(stored), "the screens", _SCREENS_SECONDS)
    except AssertionError:
        return arena.screens.differences(stored)
    return []


def stored_versions(arena: Arena) -> dict[str, Seen]:
    """Path → version of every document in Firestore, and None for what the screens saw vanish."""
    stored = {
        path: fields["version"]
        for group in GROUPS
        for path, fields in documents_of(arena.world, group).items()
    }
    return {path: stored.get(path) for path in stored.keys() | arena.screens.shown().keys()}
