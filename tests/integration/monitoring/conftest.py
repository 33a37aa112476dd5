"""A world that is watched as a deployed process is."""

import pytest

from courtside.monitoring.recorder import Recorder, observe
from tests.world import World


@pytest.fixture
def watched(world: World) -> World:
    """An empty studio with a recorder; it saves when a test says so, or when the world is closed."""
    world.backends = observe(world.backends)
    return world


@pytest.fixture
def recorder(watched: World) -> Recorder:
    """The recorder of the watched world."""
    assert isinstance(watched.backends.observer, Recorder)
    return watched.backends.observer
