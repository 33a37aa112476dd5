"""Chromium, driven from an event loop in a thread of its own, so that tests stay plain functions."""

import asyncio
import contextlib
import shutil
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

Result = TypeVar("Result")
CALL_SECONDS = 30.0
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-background-timer-throttling",
    "--no-first-run",
]


class Tab:
    """A page that is open on the site."""

    def __init__(self, chromium: "Chromium", page: Page) -> None:
        self._chromium = chromium
        self._page = page
        self.failures: list[str] = []
        page.on("pageerror", lambda error: self.failures.append(str(error)))

    def run(self, script: str, argument: Any = None) -> Any:
        """What an expression, or a function of the argument, results in; promises are awaited."""
        return self._chromium.run(self._page.evaluate(script, argument))

    def until(self, condition: str, argument: Any = None, seconds: float = 15.0) -> None:
        """Wait until an expression, or a function of the argument, is true on the page."""
        waiting = self._page.wait_for_function(condition, arg=argument, polling=20, timeout=seconds * 1000)
        self._chromium.run(waiting)

    def go_offline(self, offline: bool = True) -> None:
        """Take the network from the page's browser profile, or give it back."""
        self._chromium.run(self._page.context.set_offline(offline))

    def close(self) -> None:
        """Close the tab as a user does."""
        self._chromium.run(self._page.close())


class Profile:
    """A browser profile: its tabs share storage, other profiles' do not."""

    def __init__(self, chromium: "Chromium", context: BrowserContext, site: str) -> None:
        self._chromium = chromium
        self._context = context
        self._site = site
        self._tabs: list[Tab] = []

    def open_tab(self) -> Tab:
        """A tab on the site, its scripts loaded."""
        page = self._chromium.run(self._context.new_page())
        tab = Tab(self._chromium, page)
        self._chromium.run(page.goto(self._site))
        tab.until("window.ready === true")
        self._tabs.append(tab)
        return tab

    def close(self) -> None:
        """Close everything and forget what was stored; fails if a page has failed."""
        self._chromium.run(self._context.close())
        assert [failure for tab in self._tabs for failure in tab.failures] == []


class Chromium:
    """A running browser."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.browser: Browser | None = None

    def run(self, action: Coroutine[Any, Any, Result]) -> Result:
        """The result of an action of the browser's."""
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(CALL_SECONDS)

    def new_profile(self, site: str) -> Profile:
        """An empty profile."""
        assert self.browser is not None
        return Profile(self, self.run(self.browser.new_context()), site)


@contextlib.contextmanager
def running_chromium() -> Iterator[Chromium]:
    """A headless Chromium while the context lasts."""
    executable = shutil.which("chromium")
    assert executable, "Chromium is not installed; make chromium does that"
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    chromium = Chromium(loop)
    try:
        playwright = chromium.run(async_playwright().start())
        launch = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        chromium.browser = chromium.run(launch)
        yield chromium
        chromium.run(chromium.browser.close())
        chromium.run(playwright.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
