"""Queries are allowed only if their constraints imply the rule."""

from typing import Any

import pytest

from emulator.core.errors import InvalidArgument
from tests.emulator.values import Reference
from tests.unit.rules.builders import rules
from tests.unit.rules.queries import list_verdict, proved, query_of

ROOT = "/databases/$(database)/documents"

PROVED: list[tuple[str, list[Any]]] = [
    ("true", []),
    ("request.auth.uid == 'u1'", []),
    ("resource != null", []),
    # equality
    ("resource.data.owner == 'u1'", [("owner", "==", "u1")]),
    ("resource.data.owner == request.auth.uid", [("owner", "==", "u1"), ("size", ">", 3)]),
    ("resource.data.public == true || resource.data.owner == 'u1'", [("public", "==", True)]),
    ("resource.data.public == true || resource.data.owner == 'u1'", [("owner", "==", "u1")]),
    ("resource.data.n == 1 && resource.data.n == 1.0", [("n", "==", 1)]),
    ("resource.data.n is number && resource.data.n != 2", [("n", "==", 1)]),
    ("resource.data.owner != 'u2' && resource.data.owner is string", [("owner", "==", "u1")]),
    ("resource.data.owner.size() == 2 && resource.data.owner[0] == 'u'", [("owner", "==", "u1")]),
    ("resource.data.a.b == 'x' && resource.data['a']['b'] == 'x'", [("a.b", "==", "x")]),
    ("resource.data.get(['a', 'b'], '') == 'x'", [("a.b", "==", "x")]),
    ("resource.data.get('owner', '') == 'u1'", [("owner", "==", "u1")]),
    ("resource.data.deleted == null", [("deleted", "IS_NULL")]),
    ("math.isNaN(resource.data.n)", [("n", "IS_NAN")]),
    (
        "resource.data.ref == /databases/$(database)/documents/users/u1",
        [("ref", "==", Reference("users/u1"))],
    ),
    ("resource.data.tags == ['a']", [("tags", "==", ["a"])]),
    # in, or
    ("resource.data.state in ['open', 'full']", [("state", "in", ["open", "full"])]),
    ("resource.data.state == 'open' || resource.data.state == 'full'", [("state", "in", ["open", "full"])]),
    (
        "resource.data.state == 'open' || resource.data.owner == 'u1'",
        [{"or": [("state", "==", "open"), ("owner", "==", "u1")]}],
    ),
    (
        "resource.data.owner == 'u1' && resource.data.state != 'gone'",
        [("owner", "==", "u1"), {"or": [("state", "==", "open"), ("state", "==", "full")]}],
    ),
    # ranges
    ("resource.data.n > 5", [("n", ">", 5)]),
    ("resource.data.n > 5", [("n", ">=", 6)]),
    ("resource.data.n >= 5 && resource.data.n < 10", [("n", ">=", 5), ("n", "<", 10)]),
    ("resource.data.n < 10.5 && 4 < resource.data.n", [("n", ">", 5), ("n", "<=", 10)]),
    ("!(resource.data.n < 5)", [("n", ">=", 5)]),
    ("resource.data.n != 4 && resource.data.n is number", [("n", ">", 4)]),
    ("resource.data.name >= 'm' && resource.data.name is string", [("name", ">=", "m")]),
    ("resource.data.n in [1, 2] == false", [("n", ">", 2)]),
    # not equal
    ("resource.data.state != 'gone'", [("state", "!=", "gone")]),
    ("!(resource.data.state in ['gone', 'lost'])", [("state", "not-in", ["gone", "lost"])]),
    ("resource.data.state != null", [("state", "!=", "gone")]),
    ("!(resource.data.state is null)", [("state", "IS_NOT_NULL")]),
    # arrays
    ("'u1' in resource.data.members", [("members", "array-contains", "u1")]),
    ("request.auth.uid in resource.data.members", [("members", "array-contains", "u1")]),
    ("resource.data.members.hasAny(['u1', 'u2'])", [("members", "array-contains", "u1")]),
    ("resource.data.members.hasAny(['u1', 'u2'])", [("members", "array-contains-any", ["u1", "u2"])]),
    (
        "resource.data.members.hasAll(['u1']) && resource.data.members is list",
        [("members", "array-contains", "u1")],
    ),
    ("['u1', 'u2'].hasAny(resource.data.members)", [("members", "array-contains", "u1")]),
    ("'u1' in resource.data.members.toSet()", [("members", "array-contains", "u1")]),
    # existence
    ("'owner' in resource.data", [("owner", "==", "u1")]),
    ("resource.data.keys().hasAll(['owner'])", [("owner", "==", "u1")]),
    ("!('gone' in ['here']) && 'owner' in resource.data.keys()", [("owner", "==", "u1")]),
    # names
    ("room == 'r1' && resource.id == 'r1'", [("__name__", "==", Reference("rooms/r1"))]),
    (
        "resource.__name__ == /databases/$(database)/documents/rooms/r1",
        [("__name__", "==", Reference("rooms/r1"))],
    ),
]

NOT_PROVED: list[tuple[str, list[Any]]] = [
    ("false", []),
    ("resource == null", []),
    ("resource.data.owner == 'u1'", []),
    ("resource.data.owner == 'u1'", [("owner", "==", "u2")]),
    ("resource.data.owner == 'u1'", [("owner", "in", ["u1", "u2"])]),
    ("resource.data.owner == 'u1'", [{"or": [("owner", "==", "u1"), ("public", "==", True)]}]),
    ("resource.data.owner == 'u1'", [("size", ">", 3)]),
    ("resource.data.public == true && resource.data.owner == 'u1'", [("public", "==", True)]),
    ("resource.data.owner != 'u2'", []),
    ("!(resource.data.owner == 'u2')", []),
    ("resource.data.get('public', true)", []),
    ("!('secret' in resource.data)", [("owner", "==", "u1")]),
    ("resource.data.keys().hasOnly(['owner'])", [("owner", "==", "u1")]),
    ("resource.data.size() == 1", [("owner", "==", "u1")]),
    ("resource.data.n is int", [("n", "==", 1)]),
    ("resource.data.n > 5", [("n", ">=", 5)]),
    ("resource.data.n > 5", [("n", ">", 4)]),
    ("resource.data.n < 5", [("n", ">", 4)]),
    ("resource.data.n < 5", [("n", "<=", 5)]),
    ("resource.data.n <= 5", [("n", "<", 6)]),
    ("!(resource.data.n >= 5)", [("n", "<=", 5)]),
    ("resource.data.n == 5", [("n", ">=", 5)]),
    ("resource.data.n is int", [("n", ">", 4)]),
    ("resource.data.n > 'a'", [("n", ">", 4)]),
    ("resource.data.state == 'open'", [("state", "!=", "gone")]),
    ("resource.data.state != 'gone'", [("state", "!=", "lost")]),
    ("resource.data.state is string", [("state", "!=", "gone")]),
    ("'u2' in resource.data.members", [("members", "array-contains", "u1")]),
    ("!('u2' in resource.data.members)", [("members", "array-contains", "u1")]),
    ("resource.data.members == ['u1']", [("members", "array-contains", "u1")]),
    ("resource.data.members.size() == 1", [("members", "array-contains", "u1")]),
    ("resource.data.members.hasAll(['u1', 'u2'])", [("members", "array-contains-any", ["u1", "u2"])]),
    ("resource.data.members.hasOnly(['u1'])", [("members", "array-contains", "u1")]),
    ("resource.data.members[0] == 'u1'", [("members", "array-contains", "u1")]),
    ("room == 'r1'", []),
    ("room != 'r1'", []),
    ("resource.id == 'r1'", []),
    ("room == 'r1'", [("__name__", "==", Reference("rooms/r2"))]),
    ("resource.data.owner == 'u1' ? true : false", []),
    ("resource.data.a == resource.data.b", [("a", "==", 1)]),
    ("[resource.data.a].hasOnly([1])", []),
]


@pytest.mark.parametrize(("condition", "filters"), PROVED)
def test_a_query_is_allowed_when_its_constraints_imply_the_rule(condition: str, filters: list[Any]) -> None:
    assert proved(condition, *filters)


@pytest.mark.parametrize(("condition", "filters"), NOT_PROVED)
def test_a_query_is_denied_when_a_result_could_break_the_rule(condition: str, filters: list[Any]) -> None:
    assert not proved(condition, *filters)


def test_an_ordered_field_exists_in_every_result() -> None:
    assert proved("'starts_at' in resource.data", order={"starts_at": "ASCENDING"})
    assert not proved("'ends_at' in resource.data", order={"starts_at": "ASCENDING"})


def test_limit_offset_and_order_are_known() -> None:
    assert proved("request.query.limit <= 10", limit=10)
    assert not proved("request.query.limit <= 10", limit=11)
    assert not proved("request.query.limit <= 10")
    assert proved("request.query.offset == 0")
    assert not proved("request.query.offset == 0", offset=5)
    assert proved("request.query.orderBy.starts_at == 'DESC'", order={"starts_at": "DESCENDING"})
    assert not proved("request.query.orderBy.starts_at == 'DESC'", order={"starts_at": "ASCENDING"})


def test_documents_at_known_paths_are_read() -> None:
    condition = f"get({ROOT}/teams/$(resource.data.team)).data.open == true"
    found = {"teams/t1": {"open": True}, "teams/t2": {"open": False}}
    assert proved(condition, ("team", "==", "t1"), found=found)
    assert proved(condition, ("team", "in", ["t1"]), found=found)
    assert not proved(condition, ("team", "in", ["t1", "t2"]), found=found)
    assert not proved(condition, found=found)


def test_a_function_absorbs_what_the_query_leaves_open() -> None:
    ruleset = rules("""
        function mayRead(owner) { return request.auth.uid == 'u1' || owner == request.auth.uid; }
        match /rooms/{room} { allow list: if mayRead(resource.data.owner); }
    """)
    assert list_verdict(ruleset, query_of()).allowed


def test_each_alternative_may_be_allowed_by_another_statement() -> None:
    ruleset = rules("""match /rooms/{room} {
        allow list: if resource.data.owner == 'u1';
        allow list: if resource.data.public == true;
    }""")
    either = {"or": [("owner", "==", "u1"), ("public", "==", True)]}
    assert list_verdict(ruleset, query_of(either)).allowed
    assert not list_verdict(
        ruleset, query_of({"or": [("owner", "==", "u1"), ("public", "==", False)]})
    ).allowed


@pytest.mark.parametrize(
    ("pattern", "group", "parent", "expected"),
    [
        ("/rooms/{room}", False, (), True),
        ("/halls/{hall}/rooms/{room}", False, ("halls", "h1"), True),
        ("/halls/h1/rooms/{room}", False, ("halls", "h1"), True),
        ("/halls/h2/rooms/{room}", False, ("halls", "h1"), False),
        ("/rooms/r1", False, (), False),
        ("/{above=**}/rooms/{room}", False, (), True),
        ("/{above=**}/rooms/{room}", True, (), True),
        ("/{above=**}/rooms/{room}", True, ("halls", "h1"), True),
        ("/{document=**}", True, (), True),
        ("/rooms/{room}", True, (), False),
        ("/halls/{hall}/rooms/{room}", True, (), False),
        ("/{above}/rooms/{room}", True, (), False),
        ("/halls/{hall}/{rest=**}", True, ("halls", "h1"), True),
        ("/halls/{hall}/{rest=**}", True, (), False),
        ("/{above=**}/shelves/{shelf}", True, (), False),
    ],
)
def test_a_block_must_match_wherever_results_may_be(
    pattern: str, group: bool, parent: tuple[str, ...], expected: bool
) -> None:
    ruleset = rules(f"match {pattern} {{ allow list: if true; }}")
    assert list_verdict(ruleset, query_of(group=group), parent=parent).allowed is expected


def test_a_filter_of_too_many_alternatives_is_refused() -> None:
    parts = [("state", "in", ["a", "b", "c", "d"])] * 6
    with pytest.raises(InvalidArgument, match="more than 1000 alternatives"):
        proved("true", *parts)


def test_known_wildcards_of_a_query_are_values_and_open_ones_fail() -> None:
    ruleset = rules("match /halls/{hall}/rooms/{room} { allow list: if hall == 'h1' || room == 'r1'; }")
    assert list_verdict(ruleset, query_of(), parent=("halls", "h1")).allowed
    answer = list_verdict(ruleset, query_of(), parent=("halls", "h2"))
    assert answer.message == "The query does not determine the value. for 'list' @ L4"


def test_the_path_of_a_query_is_that_of_its_collection() -> None:
    assert proved("request.path == /databases/$(database)/documents/rooms")


def test_a_denied_query_names_the_property_that_it_leaves_open() -> None:
    ruleset = rules("match /rooms/{room} { allow list: if resource.data.public == true; }")
    answer = list_verdict(ruleset, query_of())
    assert answer.message == "Property public is undefined on object. for 'list' @ L4"


def test_a_query_of_all_collections_needs_a_rule_for_all_documents() -> None:
    everything = query_of(collection="", group=True)
    assert list_verdict(rules("match /{document=**} { allow list; }"), everything).allowed
    assert not list_verdict(rules("match /rooms/{room} { allow list; }"), everything).allowed
