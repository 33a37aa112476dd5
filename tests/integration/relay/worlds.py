"""Worlds in which nothing is carried out until a test lets somebody do it, and clocks that tests move."""

from collections.abc import Iterator

import pytest

from tests.integration.relay.database_clock import DatabaseClock, movable_clock
from tests.world import World


@pytest.fixture
def clock(empty_database: str) -> Iterator[DatabaseClock]:
    """The time that the world of this test sees; ask for it before the world."""
    with movable_clock(empty_database) as clock:
        yield clock


@pytest.fixture
def idle_world(empty_database: str, emulator_host: str) -> Iterator[World]:
    """A world whose commands only commit: whatever follows is due at once, for whoever comes first."""
    world = World.of(empty_database, emulator_host, lease_seconds=0.0)
    world.drains = False
    try:
        yield world
    finally:
        world.close()
