"""on_snapshot through the client library."""

import queue
from collections.abc import Iterator
from typing import Any

import pytest
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.emulator.conftest import Clients
from tests.emulator.proxy import proxied

Change = tuple[str, str, dict[str, Any]]


class Screen:
    """What a listener was shown: the changes of each snapshot, and the documents after it."""

    def __init__(self) -> None:
        self._snapshots: queue.Queue[tuple[list[Change], list[str]]] = queue.Queue()
        self.watch: Any = None

    def show(self, documents: list[Any], changes: list[Any], read_time: Any) -> None:
        """The callback."""
        told = [(change.type.name, change.document.id, change.document.to_dict()) for change in changes]
        self._snapshots.put((told, [document.id for document in documents if document.exists]))

    def next(self) -> tuple[list[Change], list[str]]:
        """The next snapshot."""
        return self._snapshots.get(timeout=10)

    def changes(self) -> list[Change]:
        """The changes of the next snapshot."""
        return self.next()[0]


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    if made.watch is not None:
        made.watch.unsubscribe()


def test_a_query_shows_added_modified_and_removed_documents(client: firestore.Client, screen: Screen) -> None:
    rooms = client.collection("rooms")
    rooms.document("a").set({"free": True, "n": 1})
    screen.watch = rooms.where(filter=FieldFilter("free", "==", True)).on_snapshot(screen.show)
    assert screen.changes() == [("ADDED", "a", {"free": True, "n": 1})]

    rooms.document("b").set({"free": True})
    assert screen.changes() == [("ADDED", "b", {"free": True})]
    rooms.document("a").update({"n": 2})
    assert screen.changes() == [("MODIFIED", "a", {"free": True, "n": 2})]
    rooms.document("a").update({"free": False})
    assert [change[:2] for change in screen.changes()] == [("REMOVED", "a")]
    rooms.document("b").delete()
    assert [change[:2] for change in screen.changes()] == [("REMOVED", "b")]


def test_an_empty_result_is_shown_at_once(client: firestore.Client, screen: Screen) -> None:
    screen.watch = client.collection("rooms").on_snapshot(screen.show)

    assert screen.next() == ([], [])


def test_a_batch_is_one_snapshot(client: firestore.Client, screen: Screen) -> None:
    screen.watch = client.collection("rooms").on_snapshot(screen.show)
    screen.next()

    batch = client.batch()
    for name in "abc":
        batch.set(client.document(f"rooms/{name}"), {})
    batch.commit()

    assert screen.next()[1] == ["a", "b", "c"]


def test_a_document_is_shown_from_missing_to_written_to_deleted(
    client: firestore.Client, screen: Screen
) -> None:
    room = client.document("rooms/a")
    screen.watch = room.on_snapshot(screen.show)
    assert screen.next() == ([], [])

    room.set({"x": 1})
    assert screen.changes() == [("ADDED", "a", {"x": 1})]
    room.delete()
    assert [change[:2] for change in screen.changes()] == [("REMOVED", "a")]


def test_a_limited_query_refills(client: firestore.Client, screen: Screen) -> None:
    rooms = client.collection("rooms")
    for n, name in enumerate("abc"):
        rooms.document(name).set({"n": n})
    screen.watch = rooms.order_by("n").limit(2).on_snapshot(screen.show)
    assert screen.next()[1] == ["a", "b"]

    rooms.document("a").delete()

    assert screen.next()[1] == ["b", "c"]


def test_a_collection_group_is_shown_across_parents(client: firestore.Client, screen: Screen) -> None:
    screen.watch = client.collection_group("seats").on_snapshot(screen.show)
    screen.next()

    client.document("rooms/a/seats/1").set({"x": 1})

    assert screen.changes() == [("ADDED", "1", {"x": 1})]


def test_a_listener_whose_stream_dropped_is_told_what_it_missed(
    clients: Clients, client: firestore.Client, host: str, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = client.collection("rooms")
    for name in ("kept", "gone"):
        rooms.document(name).set({"n": 0})
    with proxied(host) as proxy:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", proxy.address)
        screen.watch = clients().collection("rooms").on_snapshot(screen.show)
        screen.next()

        proxy.cut()
        rooms.document("gone").delete()
        rooms.document("new").set({"n": 1})
        proxy.mend()

        assert {change[:2] for change in screen.changes()} == {("REMOVED", "gone"), ("ADDED", "new")}
        rooms.document("kept").update({"n": 1})
        assert [change[:2] for change in screen.changes()] == [("MODIFIED", "kept")]
        screen.watch.unsubscribe()


def test_a_listener_hears_nothing_of_other_databases(
    clients: Clients, client: firestore.Client, screen: Screen
) -> None:
    screen.watch = client.collection("rooms").on_snapshot(screen.show)
    screen.next()

    clients("other").document("rooms/elsewhere").set({})
    client.document("rooms/here").set({})

    assert [change[1] for change in screen.changes()] == ["here"]
