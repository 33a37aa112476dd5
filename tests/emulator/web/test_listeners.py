"""onSnapshot in a browser, over WebChannel."""

from typing import Any

import pytest
from google.cloud import firestore

from tests.emulator.conftest import Clients
from tests.emulator.web.browser import Tab

TRANSPORTS: list[dict[str, Any]] = [
    {"experimentalForceLongPolling": True},
    {"experimentalAutoDetectLongPolling": True},
    {"useFetchStreams": False, "experimentalAutoDetectLongPolling": False},
]


def test_a_document_is_shown_changed_and_removed(connected: Tab, client: firestore.Client) -> None:
    room = client.document("rooms/a")
    room.set({"name": "blue", "seats": 3})
    connected.run("watch('room', doc(db, 'rooms/a'))")
    connected.until("seen.room.at(-1)?.documents?.seats === 3 && !seen.room.at(-1).cached")

    room.update({"seats": 4})
    connected.until("seen.room.at(-1).documents?.seats === 4")

    room.delete()
    connected.until("seen.room.at(-1).documents === null")


def test_a_query_shows_what_enters_changes_and_leaves_it(connected: Tab, client: firestore.Client) -> None:
    rooms = client.collection("rooms")
    rooms.document("a").set({"seats": 1})
    rooms.document("b").set({"seats": 5})
    connected.run("watch('big', query(collection(db, 'rooms'), where('seats', '>', 3), orderBy('seats')))")
    connected.until("'b' in (seen.big.at(-1)?.documents ?? {}) && !seen.big.at(-1).cached")

    rooms.document("a").set({"seats": 9})
    connected.until("seen.big.at(-1).documents.a?.seats === 9")
    rooms.document("b").update({"seats": 4})
    connected.until("seen.big.at(-1).documents.b.seats === 4")
    rooms.document("a").update({"seats": 0})
    connected.until("!('a' in seen.big.at(-1).documents)")

    changes = connected.run("seen.big.flatMap(entry => entry.changes)")
    assert changes == [["added", "b"], ["added", "a"], ["modified", "b"], ["removed", "a"]]


def test_every_value_arrives_as_it_was_written(connected: Tab) -> None:
    values = """({
      nothing: null, yes: true, whole: 2 ** 53 - 1, negative: -0.5, nan: NaN, huge: Infinity, minus: -0,
      text: 'héllo wörld 😀 \\u2028', time: new Timestamp(-62135596800, 1000), place: new GeoPoint(-90, 180),
      bytes: Bytes.fromUint8Array(new Uint8Array([0, 255, 127])), list: [1, 'two', {}], map: { a: { b: [] } },
      reference: doc(db, 'rooms/a'), vector: vector([1, 2.5]), 'a field.`with` marks': 1,
    })"""

    connected.run(f"async () => {{ window.values = {values}; await setDoc(doc(db, 'rooms/a'), values); }}")

    read = "async () => { window.read = (await getDocFromServer(doc(db, 'rooms/a'))).data(); }"
    connected.run(read)
    assert connected.run("Object.keys(values).sort().join() === Object.keys(read).sort().join()")
    for name in connected.run("Object.keys(values)"):
        same = """name => {
          const [written, got] = [values[name], read[name]];
          if (name === 'reference') return refEqual(written, got);
          if (written?.isEqual) return written.isEqual(got);
          if (written === null || typeof written !== 'object') return Object.is(written, got);
          return JSON.stringify(written) === JSON.stringify(got);
        }"""
        assert connected.run(same, name), name


@pytest.mark.parametrize("settings", TRANSPORTS, ids=lambda settings: "+".join(settings))
def test_every_form_of_the_back_channel_works(
    tab: Tab, where: dict[str, Any], client: firestore.Client, settings: dict[str, Any]
) -> None:
    tab.run(
        "where => { connect(where); watch('rooms', collection(db, 'rooms')); }",
        {**where, "settings": settings},
    )

    for number in range(5):
        client.document("rooms/a").set({"number": number})
        tab.until("number => seen.rooms.at(-1)?.documents.a?.number === number", number)
    tab.run("setDoc(doc(db, 'rooms/b'), { number: 7 })")

    tab.until("seen.rooms.at(-1).documents.b?.number === 7 && !seen.rooms.at(-1).pending")


def test_databases_are_apart(connected: Tab, where: dict[str, Any], clients: Clients) -> None:
    connected.run("watch('default', collection(db, 'rooms'))")
    connected.run(
        "where => { connect(where); watch('other', collection(db, 'rooms')); }",
        {**where, "database": "other"},
    )

    clients().document("rooms/a").set({"of": "default"})
    clients("other").document("rooms/b").set({"of": "other"})

    connected.until(
        "'a' in (seen.default.at(-1)?.documents ?? {}) && 'b' in (seen.other.at(-1)?.documents ?? {})"
    )
    assert connected.run("Object.keys(seen.default.at(-1).documents)") == ["a"]
    assert connected.run("Object.keys(seen.other.at(-1).documents)") == ["b"]


def test_a_query_that_cannot_be_served_fails_with_the_reason(connected: Tab) -> None:
    connected.run(
        "watch('bad', query(collection(db, 'rooms'), where('x', 'in', Array.from({ length: 31 }, (_, i) => i))))"
    )

    connected.until("seen.bad.at(-1)?.error === 'invalid-argument'")


def test_many_listeners_share_one_stream(connected: Tab, client: firestore.Client) -> None:
    connected.run(
        "for (let i = 0; i < 100; i += 1) watch(`room${i}`, query(collection(db, 'rooms'), where('n', '==', i)))"
    )
    connected.until("Object.values(seen).every(entries => entries.at(-1) && !entries.at(-1).cached)")

    client.document("rooms/a").set({"n": 42})

    connected.until("'a' in seen.room42.at(-1).documents")
