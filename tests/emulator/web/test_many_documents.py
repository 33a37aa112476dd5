"""One listener with as many documents as a page can bear."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from google.cloud import firestore

from local.documents import open_client
from tests.emulator.web.browser import Tab

DOCUMENTS = 30_000
SECONDS = 28.0
"""Long enough for a busy machine; the time itself is printed."""


@pytest.fixture(scope="module")
def filled(host: str) -> Iterator[firestore.Client]:
    """A project with a collection of many documents."""
    client = open_client(f"demo-{uuid4().hex[:12]}", host)
    for start in range(0, DOCUMENTS, 2000):
        batch = client.batch()
        for number in range(start, start + 2000):
            fields = {"number": number, "name": f"room {number}", "open": True, "tags": ["a", "b"]}
            batch.set(client.document(f"rooms/{number:05d}"), fields)
        batch.commit()
    yield client
    client.close()


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="stream"),
        pytest.param({"experimentalForceLongPolling": True}, id="polling", marks=pytest.mark.long),
    ],
)
def test_a_listener_gets_thirty_thousand_documents(
    tab: Tab, host: str, filled: firestore.Client, settings: dict[str, Any], record_property: Any
) -> None:
    where = {"project": filled.project, "address": host, "settings": settings}
    tab.run("where => { connect(where); }", where)
    begun = time.perf_counter()

    tab.run("""() => {
      window.shown = [];
      onSnapshot(collection(db, 'rooms'), all => shown.push([all.size, all.docChanges().length]));
    }""")
    tab.until("documents => shown.at(-1)?.[0] === documents", DOCUMENTS, seconds=SECONDS)
    record_property("seconds", round(time.perf_counter() - begun, 2))
    filled.document("rooms/00007").update({"number": begun})
    tab.until("shown.length > 1")

    assert tab.run("shown") == [[DOCUMENTS, DOCUMENTS], [DOCUMENTS, 1]]
