"""A command's own process dies inside its transaction."""

from courtside import crash_points
from tests.faults.arena import Arena
from tests.faults.catalogue import row
from tests.integration.relay.rest import wait_until

# From the first row that is written to the answer that is not sent.
_POINTS = (crash_points.HANDLED, crash_points.QUEUED, crash_points.COMMITTED, crash_points.SETTLED)


@row(
    2,
    "kill -9 between INSERT, outbox, COMMIT and reply",
    injected="every command kills its server at one step of its transaction, each step in turn",
    expected="booking and outbox both or neither; whoever asks again gets the one answer",
    invariants="I2 I3",
)
def commands_die_in_their_transaction(arena: Arena) -> int:
    """Under everybody's load, so that dead transactions hold locks that others wait for."""
    before = arena.load.told.repeated
    for point in _POINTS:
        for _ in range(1 if arena.quick else 3):
            arena.start_functions(CRASH_AT=point)
            wait_until(arena.functions.has_ended, "a command to kill its server")
    arena.start_functions()
    arena.act(30)
    return arena.load.told.repeated - before
