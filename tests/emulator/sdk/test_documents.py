"""Documents through the client library."""

from datetime import UTC, datetime
from math import isnan, nan
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.vector import Vector

from tests.emulator.conftest import Clients


def test_every_kind_of_value_comes_back_as_it_was(client: firestore.Client) -> None:
    room = client.document("rooms/a")
    content = {
        "null": None,
        "yes": True,
        "integer": -(1 << 63),
        "double": 1.5,
        "infinite": float("inf"),
        "time": datetime(2024, 2, 29, 12, 30, 0, 123456, tzinfo=UTC),
        "text": "zwölf \x00 🎾",
        "bytes": b"\x00\xff",
        "reference": client.document("rooms/b"),
        "place": firestore.GeoPoint(52.5, 13.4),
        "list": [1, "two", {"three": 3.0}],
        "map": {"deep": {"deeper": []}, "needs `quotes`": 1},
        "vector": Vector([1.0, 2.0]),
    }

    room.set({**content, "nan": nan})
    stored = room.get().to_dict()

    assert isnan(stored.pop("nan"))
    assert stored == content


def test_a_missing_document_is_reported_as_missing(client: firestore.Client) -> None:
    snapshot = client.document("rooms/missing").get()

    assert not snapshot.exists
    assert snapshot.read_time is not None


def test_create_refuses_what_exists(client: firestore.Client) -> None:
    client.document("rooms/a").create({"x": 1})

    with pytest.raises(exceptions.AlreadyExists, match="rooms/a"):
        client.document("rooms/a").create({"x": 2})


def test_update_refuses_what_does_not_exist(client: firestore.Client) -> None:
    with pytest.raises(exceptions.NotFound, match=r"No document to update.*rooms/a"):
        client.document("rooms/a").update({"x": 1})


def test_update_time_guards_a_write(client: firestore.Client) -> None:
    room = client.document("rooms/a")
    first = room.set({"x": 1})
    room.set({"x": 2})

    with pytest.raises(exceptions.FailedPrecondition, match="does not match"):
        room.update({"x": 3}, option=client.write_option(last_update_time=first.update_time))


def test_merge_keeps_what_it_does_not_name(client: firestore.Client) -> None:
    room = client.document("rooms/a")
    room.set({"x": {"y": 1, "z": 2}, "list": [1]})

    room.set({"x": {"y": 5}, "list": firestore.ArrayUnion([1, 2])}, merge=True)
    room.update({"x.z": firestore.DELETE_FIELD, "n": firestore.Increment(2)})

    assert room.get().to_dict() == {"x": {"y": 5}, "list": [1, 2], "n": 2}


def test_server_times_of_one_commit_are_equal(client: firestore.Client) -> None:
    batch = client.batch()
    for name in "ab":
        batch.set(client.document(f"rooms/{name}"), {"at": firestore.SERVER_TIMESTAMP})
    batch.commit()

    first, second = (client.document(f"rooms/{name}").get().to_dict()["at"] for name in "ab")
    assert first == second


def test_a_batch_is_all_or_nothing(client: firestore.Client) -> None:
    batch = client.batch()
    batch.set(client.document("rooms/a"), {})
    batch.update(client.document("rooms/missing"), {"x": 1})

    with pytest.raises(exceptions.NotFound):
        batch.commit()

    assert not client.document("rooms/a").get().exists


def test_a_bulk_writer_reports_each_write(client: firestore.Client) -> None:
    failed: list[Any] = []
    writer = client.bulk_writer()

    def give_up(failure: Any, writer: Any) -> bool:
        failed.append(failure.code)
        return False

    writer.on_write_error(give_up)
    writer.create(client.document("rooms/a"), {"x": 1})
    writer.update(client.document("rooms/missing"), {"x": 1})
    writer.close()

    assert client.document("rooms/a").get().exists
    assert failed == [5]


def test_get_all_reads_a_mask_of_fields(client: firestore.Client) -> None:
    client.document("rooms/a").set({"x": {"y": 1, "z": 2}, "w": 3})
    names = [client.document(f"rooms/{name}") for name in "ab"]

    found = {snapshot.id: snapshot.to_dict() for snapshot in client.get_all(names, ["x.y"])}

    assert found == {"a": {"x": {"y": 1}}, "b": None}


def test_lists_documents_in_pages_with_those_that_only_have_children(client: firestore.Client) -> None:
    for path in ("rooms/a", "rooms/b/seats/1/marks/x", "rooms/c", "rooms/d/seats/1"):
        client.document(path).set({})

    found = [document.id for document in client.collection("rooms").list_documents(page_size=2)]

    assert found == ["a", "b", "c", "d"]


def test_lists_collections_of_the_root_and_of_documents(client: firestore.Client) -> None:
    for path in ("rooms/a", "rooms/a/seats/1", "rooms/a/notes/1/more/2", "halls/b"):
        client.document(path).set({})

    assert [collection.id for collection in client.collections()] == ["halls", "rooms"]
    assert [collection.id for collection in client.document("rooms/a").collections()] == ["notes", "seats"]


def test_databases_and_projects_are_apart(clients: Clients) -> None:
    here, named, elsewhere = clients(), clients("other"), clients(project="demo-elsewhere")
    here.document("rooms/a").set({"where": "here"})
    named.document("rooms/a").set({"where": "named"})

    assert here.document("rooms/a").get().to_dict() == {"where": "here"}
    assert named.document("rooms/a").get().to_dict() == {"where": "named"}
    assert not elsewhere.document("rooms/a").get().exists


def test_a_document_can_be_read_as_it_was(client: firestore.Client) -> None:
    room = client.document("rooms/a")
    before = room.set({"x": 1}).update_time
    room.set({"x": 2})

    assert room.get(read_time=before).to_dict() == {"x": 1}


def test_a_large_document_is_refused_with_its_size(client: firestore.Client) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="maximum allowed size"):
        client.document("rooms/a").set({"x": "y" * 1_048_577})


def test_the_hierarchy_below_a_document_is_deleted_recursively(client: firestore.Client) -> None:
    for path in ("rooms/a", "rooms/a/seats/1", "rooms/a/seats/1/marks/x", "rooms/b"):
        client.document(path).set({})

    client.recursive_delete(client.document("rooms/a"))

    assert [document.id for document in client.collection("rooms").list_documents()] == ["b"]
