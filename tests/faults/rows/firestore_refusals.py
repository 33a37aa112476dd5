"""Firestore refuses: for a while, now and then, or after it did what it was asked."""

from tests.faults.arena import Arena
from tests.faults.catalogue import row
from tests.faults.emulator_faults import RELAY_CALLS, WRITES


@row(
    21,
    "Firestore UNAVAILABLE",
    injected="every call of the relay is refused for a while",
    expected="commands go on; the backlog is written once it is over",
    invariants="I3 I8",
)
def firestore_is_unavailable(arena: Arena) -> int:
    """An outage."""
    with arena.faults.ordered({"rpc": RELAY_CALLS, "status": "UNAVAILABLE"}):
        arena.act(150)
    return arena.faults.struck


@row(
    25,
    "applied, reply lost",
    injected="a third of the writes take effect and answer UNAVAILABLE",
    expected="the next attempt finds its own version there and takes note",
    invariants="I3 I4",
)
def firestore_replies_are_lost(arena: Arena) -> int:
    """What was done is reported as failed."""
    with arena.faults.ordered({"rpc": WRITES, "status": "UNAVAILABLE", "applied": True, "probability": 0.3}):
        arena.act(150)
    return arena.faults.struck
