"""Which match blocks apply to a path, in both versions of the language, and what their wildcards hold."""

import pytest

from emulator.rules.requests import Method
from tests.unit.rules.builders import request, rules


def allowed(body: str, path: str, *, method: Method = "get", version: str = "2") -> bool:
    return rules(body, version=version).evaluate(request(method, path)).allowed


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/rooms/{room}", "rooms/r1", True),
        ("/rooms/{room}", "rooms/r1/notes/n1", False),
        ("/rooms/{room}", "halls/r1", False),
        ("/rooms/r1", "rooms/r1", True),
        ("/rooms/r1", "rooms/r2", False),
        ("/{collection}/{document}", "rooms/r1", True),
        ("/rooms/{room}/notes/{note}", "rooms/r1/notes/n1", True),
        ("/room-types/{type}", "room-types/t", True),
    ],
)
def test_a_block_applies_when_its_whole_path_matches(pattern: str, path: str, expected: bool) -> None:
    assert allowed(f"match {pattern} {{ allow read; }}", path) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "in_version_1", "in_version_2"),
    [
        ("/rooms/{room}/{rest=**}", "rooms/r1", False, True),
        ("/rooms/{room}/{rest=**}", "rooms/r1/notes/n1", True, True),
        ("/rooms/{rest=**}", "rooms/r1/notes/n1", True, True),
        ("/{rest=**}", "rooms/r1", True, True),
        ("/rooms/{rest=**}", "halls/h1", False, False),
    ],
)
def test_a_recursive_wildcard_needs_a_segment_in_version_1_only(
    pattern: str, path: str, in_version_1: bool, in_version_2: bool
) -> None:
    body = f"match {pattern} {{ allow read; }}"
    assert (allowed(body, path, version="1"), allowed(body, path, version="2")) == (
        in_version_1,
        in_version_2,
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("notes/n1", True),
        ("rooms/r1/notes/n1", True),
        ("rooms/r1/shelves/s1/notes/n1", True),
        ("rooms/r1/notes/n1/lines/l1", False),
        ("rooms/r1", False),
    ],
)
def test_a_recursive_wildcard_may_stand_inside_a_path_in_version_2(path: str, expected: bool) -> None:
    assert allowed("match /{above=**}/notes/{note} { allow read; }", path) is expected


def test_nested_blocks_continue_the_path() -> None:
    body = "match /rooms/{room} { match /notes/{note} { allow read: if room == 'r1' && note == 'n1'; } }"
    assert allowed(body, "rooms/r1/notes/n1")
    assert not allowed(body, "rooms/r2/notes/n1")
    assert not allowed(body, "rooms/r1")


def test_blocks_inside_a_recursive_wildcard_apply_at_every_depth() -> None:
    body = "match /{above=**} { match /notes/{note} { allow read: if note == 'n1'; } }"
    assert allowed(body, "notes/n1")
    assert allowed(body, "rooms/r1/notes/n1")
    assert not allowed(body, "rooms/r1/notes/n2")


def test_a_recursive_wildcard_holds_a_path() -> None:
    body = "match /trees/{tree}/{rest=**} { allow read: if rest is path && rest[0] == 'a' && rest == /a/b; }"
    assert allowed(body, "trees/t1/a/b")
    assert not allowed(body, "trees/t1/a/c")


def test_an_inner_wildcard_hides_an_outer_one_of_the_same_name() -> None:
    body = """match /rooms/{id} {
        function outer() { return id; }
        match /notes/{id} { allow read: if id == 'n1' && outer() == 'r1'; }
    }"""
    assert allowed(body, "rooms/r1/notes/n1")
    assert not allowed(body, "rooms/n1/notes/n1")


@pytest.mark.parametrize(
    ("declared", "permitted"),
    [
        ("read", {"get", "list"}),
        ("write", {"create", "update", "delete"}),
        ("get", {"get"}),
        ("list, update", {"list", "update"}),
        ("read, write", {"get", "list", "create", "update", "delete"}),
        ("get, read", {"get", "list"}),
    ],
)
def test_methods_of_an_allow_statement(declared: str, permitted: set[str]) -> None:
    methods: list[Method] = ["get", "list", "create", "update", "delete"]
    body = f"match /rooms/{{room}} {{ allow {declared}: if true; }}"
    assert {method for method in methods if allowed(body, "rooms/r1", method=method)} == permitted


def test_one_statement_that_allows_is_enough() -> None:
    body = """
        match /rooms/{room} { allow read: if false; allow read: if request.missing; allow read: if true; }
        match /{document=**} { allow read: if false; }
    """
    assert allowed(body, "rooms/r1")


def test_overlapping_blocks_all_count() -> None:
    body = "match /rooms/{room} { allow read: if false; } match /{document=**} { allow read: if true; }"
    assert allowed(body, "rooms/r1")


def test_nothing_is_allowed_where_no_block_applies() -> None:
    answer = rules("match /rooms/{room} { allow read; }").evaluate(request(path="halls/h1"))
    assert not answer.allowed
    assert answer.message == "No matching allow statements"


def test_an_allow_statement_may_lack_its_semicolon_before_a_brace() -> None:
    assert allowed("match /rooms/{room} { allow read }", "rooms/r1")


def test_the_name_of_the_database_is_captured() -> None:
    body = "match /rooms/{room} { allow read: if database == '(default)'; }"
    assert allowed(body, "rooms/r1")
