"""What a trigger is about, as the functions host registers it."""

import json
from typing import Any

import pytest

from emulator.core.documents import Change, Record, Version
from emulator.core.errors import InvalidArgument
from emulator.triggers.registrations import Registration, parse_registration
from tests.emulator.values import DATABASE, document

PREFIX = "google.cloud.firestore.document.v1."


def registration(
    document: str = "users/{uid}",
    kind: str = "written",
    *,
    match_type: str = "PATH_PATTERN",
    trigger_id: str = "us-central1-on_change-0",
    **other: Any,
) -> Registration:
    content = {
        "eventType": PREFIX + kind,
        "database": "(default)",
        "namespace": "(default)",
        "document": {"value": document, "matchType": match_type},
        **other,
    }
    return parse_registration("demo", trigger_id, json.dumps(content).encode())


def change(path: str, *, before: bool = True, after: bool = True) -> Change:
    record = Record(path, f"{DATABASE}/documents/{path}")
    version = Version.of(record.key, 1, 1, document(path, {"a": 1}))
    return Change(record, version if before else None, version if after else None)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("users/{uid}", "users/ana"),
        ("/users/{uid}/", "users/ana"),
        ("users/{uid}/posts/{post_id}", "users/ana/posts/p1"),
        ("{kind}/{id}", "users/ana"),
        ("{all=**}", "users/ana/posts/p1"),
        ("users/**", "users/ana/posts/p1"),
        ("users/*", "users/ana"),
        ("users/a*", "users/ana"),
        ("users/{uid=*}", "users/ana"),
        ("users/a.a", "users/a.a"),
    ],
)
def test_pattern_covers_a_document(pattern: str, path: str) -> None:
    assert registration(pattern).concerns(change(path))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("users/{uid}", "users/ana/posts/p1"),
        ("users/{uid}", "trainers/ana"),
        ("users/{uid}/posts/{post_id}", "users/ana"),
        ("users/**", "trainers/ana"),
        ("users/b*", "users/ana"),
        ("users/a.a", "users/ana"),
    ],
)
def test_pattern_leaves_a_document_out(pattern: str, path: str) -> None:
    assert not registration(pattern).concerns(change(path))


def test_exact_path_has_no_wildcards() -> None:
    exact = registration("users/*", match_type="EXACT")

    assert exact.concerns(change("users/*"))
    assert not exact.concerns(change("users/ana"))


@pytest.mark.parametrize(
    ("kind", "concerned"),
    [
        ("created", [True, False, False]),
        ("updated", [False, True, False]),
        ("deleted", [False, False, True]),
        ("written", [True, True, True]),
        ("updated.withAuthContext", [False, True, False]),
    ],
)
def test_event_type_selects_the_kind_of_change(kind: str, concerned: list[bool]) -> None:
    creation, update = change("users/ana", before=False), change("users/ana")
    deletion = change("users/ana", after=False)
    found = registration(kind=kind)

    assert [found.concerns(each) for each in (creation, update, deletion)] == concerned


def test_id_holds_function_and_generation() -> None:
    found = registration(trigger_id="europe-west1-on-change-12")

    assert (found.function, found.generation, found.id) == (
        "europe-west1-on-change", 12, "europe-west1-on-change-12",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"kind": "read"}, "event type"),
        ({"match_type": "GLOB"}, "matchType"),
        ({"document": ""}, "value"),
        ({"document": "users//posts"}, "empty segments"),
        ({"document": "users/{uid"}, "not a wildcard"),
        ({"document": "users/a**b"}, "not a wildcard"),
        ({"trigger_id": "on_change"}, "eventarcTriggerId"),
        ({"trigger_id": ""}, "eventarcTriggerId"),
        ({"namespace": "other"}, "namespace"),
    ],
)
def test_registration_that_cannot_be_served_is_refused_by_name(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidArgument, match=named):
        registration(**wrong)


@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b"{", b'{"eventType": 7}', b"\xff"])
def test_body_that_is_no_registration_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidArgument):
        parse_registration("demo", "f-0", body)
