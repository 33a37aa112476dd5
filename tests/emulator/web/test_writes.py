"""Writes of a web client: shown at once, pending until the emulator has them, and never lost on the way."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.cloud import firestore

from tests.emulator.proxy import Proxy, proxied
from tests.emulator.web.browser import Tab


@pytest.fixture
def proxy(host: str) -> Iterator[Proxy]:
    """A way to the emulator that the test can cut."""
    with proxied(host) as between:
        yield between


def test_a_write_is_shown_at_once_and_pending_until_it_is_committed(
    connected: Tab, client: firestore.Client
) -> None:
    connected.run("watch('room', doc(db, 'rooms/a'))")
    connected.until("seen.room.at(-1)?.cached === false")

    connected.run("setDoc(doc(db, 'rooms/a'), { seats: 3, at: serverTimestamp() })")

    connected.until("seen.room.at(-1).documents?.seats === 3 && !seen.room.at(-1).pending")
    first = connected.run("seen.room.find(entry => entry.documents)")
    assert first["pending"]
    assert client.document("rooms/a").get().get("at") is not None


def test_transforms_are_applied_once_each(connected: Tab, client: firestore.Client) -> None:
    client.document("rooms/a").set({"seats": 1, "tags": ["x"]})
    connected.run("watch('room', doc(db, 'rooms/a'))")

    connected.run("""async () => {
      for (let i = 0; i < 20; i += 1) {
        updateDoc(doc(db, 'rooms/a'), { seats: increment(1), tags: arrayUnion(`t${i % 3}`) });
      }
      await waitForPendingWrites(db);
    }""")

    connected.until("!seen.room.at(-1).pending")
    assert client.document("rooms/a").get().to_dict() == {"seats": 21, "tags": ["x", "t0", "t1", "t2"]}
    assert connected.run("seen.room.at(-1).documents.seats") == 21


def test_a_refused_write_is_taken_back(connected: Tab) -> None:
    connected.run("watch('room', doc(db, 'rooms/a'))")
    connected.until("seen.room.at(-1)?.cached === false")

    code = connected.run("updateDoc(doc(db, 'rooms/a'), { seats: 1 }).catch(error => error.code)")

    assert code == "not-found"
    connected.until("seen.room.at(-1).documents === null && !seen.room.at(-1).pending")


def test_a_batch_is_seen_whole(connected: Tab) -> None:
    connected.run("watch('rooms', collection(db, 'rooms'))")
    connected.until("seen.rooms.at(-1)?.cached === false")

    connected.run("""async () => {
      const batch = writeBatch(db);
      for (const id of ['a', 'b', 'c']) batch.set(doc(db, 'rooms', id), { id });
      await batch.commit();
    }""")

    connected.until("!seen.rooms.at(-1).pending && Object.keys(seen.rooms.at(-1).documents).length === 3")
    assert set(connected.run("seen.rooms.map(entry => Object.keys(entry.documents).length)")) <= {0, 3}


def test_a_write_that_was_made_offline_arrives_later(connected: Tab, client: firestore.Client) -> None:
    connected.run("watch('room', doc(db, 'rooms/a'))")
    connected.until("seen.room.at(-1)?.cached === false")
    connected.run("disableNetwork(db)")
    connected.run("setDoc(doc(db, 'rooms/a'), { seats: 3 }), null")
    connected.until("seen.room.at(-1).documents?.seats === 3")
    assert connected.run("seen.room.at(-1).pending")
    assert not client.document("rooms/a").get().exists

    connected.run("enableNetwork(db)")

    connected.until("!seen.room.at(-1).pending && !seen.room.at(-1).cached")
    assert client.document("rooms/a").get().to_dict() == {"seats": 3}


def test_a_page_recovers_when_the_browser_was_offline(connected: Tab, client: firestore.Client) -> None:
    connected.run("watch('rooms', collection(db, 'rooms'))")
    connected.until("seen.rooms.at(-1)?.cached === false")

    connected.go_offline()
    connected.run("setDoc(doc(db, 'rooms/a'), { n: 1 }), null")
    connected.until("seen.rooms.at(-1).documents.a?.n === 1")
    client.document("rooms/b").set({"n": 2})
    connected.go_offline(False)

    connected.until(
        "seen.rooms.at(-1).documents.b?.n === 2 && !seen.rooms.at(-1).pending && !seen.rooms.at(-1).cached"
    )
    assert client.document("rooms/a").get().to_dict() == {"n": 1}


def test_a_page_recovers_when_its_connections_break(
    tab: Tab, where: dict[str, Any], proxy: Proxy, client: firestore.Client
) -> None:
    tab.run(
        "where => { connect(where); watch('rooms', collection(db, 'rooms')); }",
        {**where, "address": proxy.address},
    )
    client.document("rooms/a").set({"n": 1})
    tab.until("seen.rooms.at(-1)?.documents.a?.n === 1 && !seen.rooms.at(-1).cached")

    proxy.cut()
    client.document("rooms/a").set({"n": 2})
    client.document("rooms/b").set({"n": 1})
    tab.run("setDoc(doc(db, 'rooms/c'), { n: 3 }), null")
    tab.until("seen.rooms.at(-1).documents.c?.n === 3 && seen.rooms.at(-1).pending")
    proxy.mend()

    tab.until(
        "seen.rooms.at(-1).documents.a.n === 2 && seen.rooms.at(-1).documents.b && !seen.rooms.at(-1).pending"
    )
    assert client.document("rooms/c").get().to_dict() == {"n": 3}


def test_acknowledged_writes_are_not_sent_again_when_connections_break(
    tab: Tab, where: dict[str, Any], proxy: Proxy, client: firestore.Client
) -> None:
    tab.run(
        "where => { connect(where); watch('room', doc(db, 'rooms/a')); }", {**where, "address": proxy.address}
    )
    tab.until("seen.room.at(-1)?.cached === false")

    for _ in range(3):
        tab.run(
            "for (let i = 0; i < 5; i += 1) setDoc(doc(db, 'rooms/a'), { n: increment(1) }, { merge: true });"
        )
        tab.run("waitForPendingWrites(db)")
        proxy.cut()
        proxy.mend()

    tab.until("seen.room.at(-1).documents.n === 15 && !seen.room.at(-1).pending && !seen.room.at(-1).cached")
    assert client.document("rooms/a").get().get("n") == 15
