"""Fixtures of the attacks: one studio for all of them, since none may change it."""

from collections.abc import Iterator

import pytest

from tests.attacks.arena import Arena, open_arena
from tests.attacks.deployed import Deployed, deployed
from tests.integration.databases import migrated_database


@pytest.fixture(scope="session")
def arena(database_url: str, emulator_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A studio behind its doors."""
    with (
        migrated_database(database_url) as url,
        open_arena(url, emulator_host, tmp_path_factory.mktemp("attacks")) as arena,
    ):
        yield arena


# Of a module: what it patches is the whole process's.
@pytest.fixture(scope="module")
def production(arena: Arena) -> Iterator[Deployed]:
    """The same studio as it is deployed."""
    with deployed(arena) as functions:
        yield functions
