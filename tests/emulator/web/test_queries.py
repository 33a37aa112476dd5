"""Queries mean the same to the emulator and to the SDK, which answers them from its cache when it is offline."""

from typing import Any

import pytest

from tests.emulator.web.browser import Tab


@pytest.mark.parametrize("seed", [1, 2])
def test_random_queries_find_the_same_on_the_server_and_in_a_full_cache(
    tab: Tab, where: dict[str, Any], seed: int
) -> None:
    found = tab.run(
        "([where, seed]) => compareQueries([connect(where), connect(where)], seed, 120)", [where, seed]
    )

    differing = [entry for entry in found["compared"] if entry[1] != entry[2]]
    assert differing == []
    assert len(found["compared"]) > 80
    assert sum(1 for entry in found["compared"] if entry[1]) > 30
