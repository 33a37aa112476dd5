"""Worlds: the whole backend against real servers, in the state that a test states."""

from collections.abc import Iterator

import pytest

from tests.world import World


@pytest.fixture
def world(empty_database: str, emulator_host: str) -> Iterator[World]:
    """An empty studio: commands run in this process, as callables run them, and drain into Firestore."""
    world = World.of(empty_database, emulator_host)
    try:
        yield world
    finally:
        world.close()
