"""A browser on a site that uses the Firebase SDK, each test with a profile and a project of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.web.browser import Chromium, Profile, Tab, running_chromium
from tests.emulator.web.site import served


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The site's URL."""
    with served() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The browser."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def profile(chromium: Chromium, site: str) -> Iterator[Profile]:
    """A browser profile of the test's own."""
    made = chromium.new_profile(site)
    yield made
    made.close()


@pytest.fixture
def tab(profile: Profile) -> Tab:
    """An open tab."""
    return profile.open_tab()


@pytest.fixture
def where(host: str, project: str) -> dict[str, Any]:
    """The test's database, as the page is told of it."""
    return {"project": project, "address": host}


@pytest.fixture
def connected(tab: Tab, where: dict[str, Any]) -> Tab:
    """A tab whose `db` is the test's database."""
    tab.run("where => { connect(where); }", where)
    return tab
