"""Leaving, and waiting until nothing is left to remove."""

import time
from typing import Any

from courtside.relay import erasures
from tests.integration.relay.rest import wait_until
from tests.world import World


def delete(world: World, uid: str, **options: Any) -> dict[str, Any]:
    """The answer to a person who deletes the own account."""
    return world.call(uid, "account.delete_account", confirm="DELETE", **options)


def erase(world: World) -> None:
    """Carry every deletion on until it has nothing left to do, and let the relay come to rest."""

    def is_done() -> bool:
        world.relay()
        erasures.carry_on(world.backends, until=time.monotonic() + 10)
        return not world.rows("SELECT FROM erasures WHERE step IS NOT NULL")

    wait_until(is_done, "deletions to finish")
    wait_until(lambda: world.relay() == 0, "the relay to come to rest")


def steps(world: World) -> dict[str, str | None]:
    """Whoever left → what comes next; None when nothing does."""
    return dict(world.rows("SELECT user_id, step FROM erasures"))
