"""Changes as CloudEvents, read back with the event library's own types."""

from typing import Any

import pytest
from google.events.cloud.firestore import DocumentEventData

from emulator.core.documents import Change, Record, Version
from emulator.core.paths import parse_database
from emulator.triggers.events import Event, Principal, event_data
from tests.emulator.values import DATABASE, document

NAME = f"{DATABASE}/documents/users/ana"


def change(before: dict[str, Any] | None, after: dict[str, Any] | None) -> Change:
    record = Record("users/ana", NAME)

    def version(fields: dict[str, Any] | None) -> Version | None:
        return None if fields is None else Version.of(record.key, 1, 1, document("users/ana", fields))

    return Change(record, version(before), version(after))


def read(data: bytes) -> DocumentEventData:
    return DocumentEventData.deserialize(data)


def test_update_carries_both_versions() -> None:
    data = read(event_data(change({"name": "Ana"}, {"name": "Anna", "city": "x" * 300})))

    assert data.old_value.fields["name"].string_value == "Ana"
    assert data.value.fields["name"].string_value == "Anna"
    assert data.value.fields["city"].string_value == "x" * 300
    assert data.value.name == NAME


def test_creation_and_deletion_carry_one_version_and_no_mask() -> None:
    created, deleted = read(event_data(change(None, {"a": 1}))), read(event_data(change({"a": 1}, None)))

    parts = ("value", "old_value", "update_mask")
    assert [part in created for part in parts] == [True, False, False]
    assert [part in deleted for part in parts] == [False, True, False]


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ({"a": 1, "b": 1}, {"a": 1, "b": 2}, ["b"]),
        ({"a": 1}, {"a": 1, "new": 1}, ["new"]),
        ({"a": 1, "old": 1}, {"a": 1}, ["old"]),
        ({"m": {"x": 1, "y": {"z": 1}}}, {"m": {"x": 1, "y": {"z": 2}}}, ["m.y.z"]),
        ({"m": {"x": 1}}, {"m": 7}, ["m"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a"]),
        ({"full name": 1}, {"full name": 2}, ["`full name`"]),
    ],
)
def test_mask_names_the_fields_that_an_update_changed(
    before: dict[str, Any], after: dict[str, Any], changed: list[str]
) -> None:
    assert list(read(event_data(change(before, after))).update_mask.field_paths) == changed


def event(principal: Principal | None = None) -> Event:
    database = parse_database(DATABASE)
    return Event("id-1", "google.…written", database, "users/ana", 1_700_000_000_123_456, b"", principal)


def test_headers_hold_what_functions_need() -> None:
    headers = event().headers

    assert headers["ce-subject"] == "documents/users/ana"
    assert headers["ce-document"] == "users/ana"
    assert headers["ce-source"] == f"//firestore.googleapis.com/{DATABASE}"
    assert headers["ce-time"] == "2023-11-14T22:13:20.123456Z"
    assert headers["ce-database"] == "(default)"
    assert {"ce-location", "ce-namespace", "ce-project", "ce-specversion"} <= headers.keys()


def test_author_is_told_only_where_it_is_asked_for() -> None:
    anonymous, known = event().headers, event(Principal("api_key", "uid-1")).headers

    assert not {"ce-authtype", "ce-authid"} & anonymous.keys()
    assert (known["ce-authtype"], known["ce-authid"]) == ("api_key", "uid-1")
