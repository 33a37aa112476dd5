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
    for point in _POINTS:
        arena.start_functions(CRASH_AT=point)
        goal = _deaths(arena) + (2 if arena.quick else 6)
        wait_until(lambda goal=goal: _deaths(arena) >= goal, f"servers to die where {point}")  # type: ignore[misc]
    arena.start_functions()
    arena.act(30)
    return _deaths(arena)


def _deaths(arena: Arena) -> int:
    """How often gunicorn replaced a worker that was killed."""
    return (arena.folder / "functions.log").read_text().count("SIGKILL")
