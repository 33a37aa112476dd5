"""Waiting until nothing is left to do."""

import time
from collections.abc import Callable

from tests.integration.relay.drift import drift
from tests.world import World

PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.01


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return once the condition holds; fail, naming `what` was waited for, when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still waiting for {what} after {seconds:g} s"
        time.sleep(_POLL_SECONDS)


def left_to_do(world: World) -> int:
    """How many documents and entries are not carried out, given up ones and reports of health left out."""
    ((count,),) = world.rows(
        "SELECT (SELECT count(*) FROM projection"
        " WHERE want > have AND dead_at IS NULL AND path NOT LIKE 'health/%%'"
        ")"
        " + (SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL)"
    )
    return int(count)


def relay_to_rest(world: World) -> None:
    """Relay until nothing is left, however long leases and pauses keep some of it back; then nothing may differ."""

    def is_at_rest() -> bool:
        world.relay()
        return left_to_do(world) == 0

    wait_until(is_at_rest, "the relay to come to rest")
    differences = drift(world)
    assert not differences, "\n".join(differences)
