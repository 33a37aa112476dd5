"""Writes: preconditions, masks, atomicity, and what counts as a change."""

from datetime import UTC, datetime
from typing import Any

import pytest

from emulator.core.clock import to_timestamp
from emulator.core.database import Database
from emulator.core.errors import AlreadyExists, FailedPrecondition, FirestoreError, InvalidArgument, NotFound
from emulator.wire import LatLng, Value, Write
from tests.emulator.databases import DOCUMENTS, delete_document, empty_database, set_document, store
from tests.emulator.values import Reference, document, value


@pytest.fixture
def database() -> Database:
    return empty_database()


def fields_of(database: Database, path: str = "a/b") -> dict[str, Value]:
    version = database.find(path)
    assert version is not None
    return dict(version.document.fields)


def masked(path: str, fields: dict[str, Any], *mask: str) -> Write:
    return Write(update=document(path, fields), update_mask={"field_paths": mask})


def conditional(write: Write, **condition: Any) -> Write:
    write.current_document.MergeFrom(type(write.current_document)(**condition))
    return write


def test_a_write_without_mask_replaces_the_document(database: Database) -> None:
    store(database, {"a/b": {"x": 1, "y": 2}})

    store(database, {"a/b": {"z": 3}})

    assert fields_of(database) == {"z": value(3)}


def test_a_masked_write_sets_and_deletes_only_what_the_mask_names(database: Database) -> None:
    store(database, {"a/b": {"x": 1, "y": {"p": 1, "q": 2}, "z": 3}})

    database.commit([masked("a/b", {"y": {"p": 5, "r": 6}, "w": 7}, "y.p", "y.q", "z", "`w`")])

    assert fields_of(database) == {"x": value(1), "y": value({"p": 5}), "w": value(7)}


def test_a_masked_path_through_a_scalar_makes_it_a_map(database: Database) -> None:
    store(database, {"a/b": {"x": 1}})

    database.commit([masked("a/b", {"x": {"y": {"z": 1}}}, "x.y.z")])

    assert fields_of(database) == {"x": value({"y": {"z": 1}})}


def test_an_empty_mask_creates_an_empty_document(database: Database) -> None:
    database.commit([Write(update=document("a/b", {"x": 1}), update_mask={})])

    assert fields_of(database) == {}


@pytest.mark.parametrize(
    ("stored", "condition", "refusal"),
    [
        ({}, {"exists": True}, NotFound),
        ({"a/b": {}}, {"exists": False}, AlreadyExists),
        ({}, {"update_time": to_timestamp(5)}, FailedPrecondition),
        ({"a/b": {}}, {"update_time": to_timestamp(5)}, FailedPrecondition),
        ({"a/b": {}}, {"update_time": to_timestamp(2**52)}, InvalidArgument),
    ],
)
def test_a_precondition_that_does_not_hold_refuses_the_write(
    database: Database,
    stored: dict[str, dict[str, Any]],
    condition: dict[str, Any],
    refusal: type[FirestoreError],
) -> None:
    store(database, stored)

    with pytest.raises(refusal, match="a/b"):
        database.commit([conditional(set_document("a/b", {"x": 1}), **condition)])
    assert (database.find("a/b") is not None) == bool(stored)


def test_a_precondition_on_the_stored_update_time_holds(database: Database) -> None:
    committed = store(database, {"a/b": {}})

    database.commit([conditional(delete_document("a/b"), update_time=to_timestamp(committed.time))])

    assert database.find("a/b") is None


def test_a_refused_write_undoes_the_whole_commit(database: Database) -> None:
    writes = [set_document("a/b", {}), conditional(delete_document("a/missing"), exists=True)]

    with pytest.raises(NotFound):
        database.commit(writes)

    assert database.find("a/b") is None


def test_writes_of_one_commit_see_each_other(database: Database) -> None:
    plus_one = Write(update=document("a/b", {}), update_mask={})
    plus_one.update_transforms.add(field_path="x", increment=value(1))

    database.commit([set_document("a/b", {"x": 1}), plus_one, plus_one])

    assert fields_of(database) == {"x": value(3)}


def test_a_write_that_changes_nothing_keeps_the_update_time(database: Database) -> None:
    first = store(database, {"a/b": {"x": 1}})

    second = store(database, {"a/b": {"x": 1}})

    assert second.time > first.time
    assert second.results[0].update_time == first.results[0].update_time


def test_an_integer_in_place_of_the_equal_double_is_a_change(database: Database) -> None:
    store(database, {"a/b": {"x": 1.0}})

    store(database, {"a/b": {"x": 1}})

    assert fields_of(database)["x"].WhichOneof("value_type") == "integer_value"


def test_create_and_update_times_tell_the_first_and_the_last_change(database: Database) -> None:
    first, last = store(database, {"a/b": {"x": 1}}), store(database, {"a/b": {"x": 2}})

    version = database.find("a/b")

    assert version is not None
    assert (version.created, version.time) == (first.time, last.time)


def test_a_document_made_again_is_created_again(database: Database) -> None:
    store(database, {"a/b": {}})
    database.commit([delete_document("a/b")])
    again = store(database, {"a/b": {}})

    version = database.find("a/b")

    assert version is not None
    assert version.created == again.time


def test_times_are_stored_in_microseconds(database: Database) -> None:
    stamped = value(datetime(2024, 1, 1, tzinfo=UTC))
    stamped.timestamp_value.nanos = 123_456_789
    write = set_document("a/b", {})
    write.update.fields["x"].CopyFrom(stamped)

    database.commit([write])

    assert fields_of(database)["x"].timestamp_value.nanos == 123_456_000


def nested(depth: int) -> Any:
    return {"x": nested(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"": 1}, "must not be empty"),
        ({"__x__": 1}, "reserved"),
        ({"x": {"__type__": "mine"}}, "reserved"),
        ({"x" * 1501: 1}, "longer than 1500"),
        ({"x": [[1]]}, "another array"),
        ({"x": nested(21)}, "deeper than 20"),
        ({"x": LatLng(latitude=91)}, "latitude"),
        ({"x": "y" * 1_048_577}, "maximum allowed size"),
        ({"x": [True] * 600_000, "y": [1] * 60_000}, "maximum allowed size"),
    ],
)
def test_refuses_fields_that_the_service_refuses(
    database: Database, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidArgument, match=reason):
        store(database, {"a/b": fields})


def test_refuses_values_without_a_kind(database: Database) -> None:
    write = set_document("a/b", {})
    write.update.fields["x"].CopyFrom(Value())

    with pytest.raises(InvalidArgument, match=r"field 'x'.*unset"):
        database.commit([write])


@pytest.mark.parametrize("path", ["a", "a/b/c", "a//b/c", "a/__x__", "a/.", "a/..", "a/" + "x" * 1501])
def test_refuses_paths_that_name_no_document(database: Database, path: str) -> None:
    with pytest.raises(InvalidArgument):
        database.commit([Write(delete=f"{DOCUMENTS}/{path}")])


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a/b",
        "projects/demo",
        "projects/other/databases/(default)/documents/a/b",
        "projects/p/databases/d/x/a/b",
    ],
)
def test_refuses_names_that_are_not_in_the_database(database: Database, name: str) -> None:
    with pytest.raises(InvalidArgument):
        database.commit([Write(delete=name)])


def test_a_document_of_a_mebibyte_in_small_values_is_accepted(database: Database) -> None:
    store(database, {"a/b": {"x": [1] * 100_000, "y": Reference("a/b")}})

    assert len(fields_of(database)["x"].array_value.values) == 100_000
