"""Fixtures of the integration tier."""

from collections.abc import Iterator

import pytest

from tests.integration.databases import migrated_database
from tests.integration.refusals import Studio
from tests.world import World


@pytest.fixture(scope="module")
def refusing_studio(database_url: str, emulator_host: str) -> Iterator[Studio]:
    """A studio in which to ask for what cannot be: as nothing changes there, the tests of a module share it."""
    with migrated_database(database_url) as url:
        world = World.of(url, emulator_host)
        try:
            yield Studio.of(world)
        finally:
            world.close()
