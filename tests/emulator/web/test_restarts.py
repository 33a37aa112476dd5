"""Pages that stay open while the emulator is killed and started again."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from tests.emulator.process import Emulator, named_target, started
from tests.emulator.web.browser import Tab

pytestmark = pytest.mark.skipif(named_target() is not None, reason="kills the emulator")


@pytest.fixture
def doomed() -> Iterator[Emulator]:
    """An emulator that the test kills."""
    with started() as emulator:
        yield emulator


def kill(emulator: Emulator) -> str:
    """Kill it without warning; the port it had."""
    assert emulator.process is not None
    emulator.process.send_signal(signal.SIGKILL)
    emulator.process.wait(5)
    return emulator.address.rpartition(":")[2]


def test_a_page_survives_a_kill_and_a_restart(tab: Tab, project: str, doomed: Emulator) -> None:
    where: dict[str, Any] = {"project": project, "address": doomed.address}
    tab.run("where => { connect(where); watch('rooms', collection(db, 'rooms')); }", where)
    tab.run("setDoc(doc(db, 'rooms/a'), { n: 1 })")
    tab.until("seen.rooms.at(-1)?.documents.a && !seen.rooms.at(-1).pending && !seen.rooms.at(-1).cached")

    port = kill(doomed)
    tab.run("setDoc(doc(db, 'rooms/b'), { n: 2 }), null")
    tab.until("seen.rooms.at(-1).documents.b?.n === 2 && seen.rooms.at(-1).pending")

    with started("--port", port) as restarted, pytest.MonkeyPatch.context() as patch:
        # What was in memory is gone, which the listener is told; what the page still owes arrives.
        tab.until(
            "Object.keys(seen.rooms.at(-1).documents).join() === 'b' && !seen.rooms.at(-1).pending"
            " && !seen.rooms.at(-1).cached",
            seconds=25,
        )
        patch.setenv("FIRESTORE_EMULATOR_HOST", restarted.address)
        client = firestore.Client(project=project, credentials=AnonymousCredentials())
        client.document("rooms/c").set({"n": 3})
        tab.until("seen.rooms.at(-1).documents.c?.n === 3")
        client.close()
