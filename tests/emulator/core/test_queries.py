"""Queries answered from indexes give what the plain semantics say."""

from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.errors import InvalidArgument
from emulator.core.queries.plan import Lookup, Scan, plan
from tests.emulator import naive
from tests.emulator.databases import (
    delete_document,
    empty_database,
    parsed,
    paths,
    set_document,
    store,
    structured_query,
)
from tests.emulator.values import Reference

FIELDS = ("x", "y", "z")
few = st.one_of(
    st.sampled_from([None, False, True, float("nan"), 0, 1, 1.0, 2, 2.5, "", "p", "q", b"p", {"k": 1}]),
    st.lists(st.sampled_from([None, 1, 1.0, 2, "p"]), max_size=2),
)
documents = st.dictionaries(
    st.sampled_from([f"a/{name}" for name in "bcdefgh"]),
    st.dictionaries(st.sampled_from(FIELDS), few, max_size=3),
)
elements = st.sampled_from([1, 2, "p", None])
comparisons = st.one_of(
    st.tuples(st.sampled_from(FIELDS), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), few),
    st.tuples(st.sampled_from(FIELDS), st.just("array-contains"), elements),
    st.tuples(
        st.sampled_from(FIELDS),
        st.sampled_from(["in", "not-in", "array-contains-any"]),
        st.lists(elements, min_size=1, max_size=3),
    ),
)
composites = st.one_of(
    comparisons,
    st.lists(comparisons, min_size=1, max_size=3).map(lambda parts: ("and", *parts)),
    st.lists(comparisons, min_size=1, max_size=3).map(lambda parts: ("or", *parts)),
)


def disjunctions(condition: tuple[Any, ...]) -> int:
    """How many a condition has in disjunctive normal form."""
    if condition[0] == "and":
        return prod(map(disjunctions, condition[1:]))
    if condition[0] == "or":
        return sum(map(disjunctions, condition[1:]))
    return len(condition[2]) if condition[1] in ("in", "array-contains-any") else 1


# The service refuses a query of more than 30 disjunctions.
conditions = st.one_of(
    composites,
    st.lists(composites, min_size=1, max_size=2).map(lambda parts: ("and", *parts)),
    st.lists(composites, min_size=1, max_size=2).map(lambda parts: ("or", *parts)),
).filter(lambda condition: disjunctions(condition) <= 30)
orders = st.lists(
    st.tuples(st.sampled_from(FIELDS), st.sampled_from([1, -1])), max_size=2, unique_by=lambda order: order[0]
)
windows = st.fixed_dictionaries({"offset": st.integers(0, 2), "limit": st.none() | st.integers(0, 4)})


def inequality_fields(condition: tuple[Any, ...]) -> set[str]:
    if condition[0] in ("and", "or"):
        return set().union(*map(inequality_fields, condition[1:]))
    return {condition[0]} if condition[1] in ("<", "<=", ">", ">=", "!=", "not-in") else set()


def completed(given_orders: list[tuple[str, int]], condition: tuple[Any, ...]) -> list[tuple[str, int]]:
    last = given_orders[-1][1] if given_orders else 1
    missing = inequality_fields(condition) - {field for field, _ in given_orders}
    return [*given_orders, *((field, last) for field in sorted(missing))]


@given(documents, conditions, orders, windows)
@settings(max_examples=300)
def test_finds_what_the_naive_model_finds(
    stored: dict[str, dict[str, Any]],
    condition: tuple[Any, ...],
    wanted_orders: list[tuple[str, int]],
    window: dict[str, Any],
) -> None:
    database = empty_database()
    store(database, stored)
    query = parsed(structured_query("a", condition, wanted_orders, **window))

    expected = naive.run(stored, condition, completed(wanted_orders, condition), **window)
    assert paths(database.query(query)) == expected
    assert database.count(query) == len(expected)


@given(documents, documents, conditions, orders)
def test_finds_what_was_there_at_an_earlier_time(
    before: dict[str, dict[str, Any]],
    after: dict[str, dict[str, Any]],
    condition: tuple[Any, ...],
    wanted_orders: list[tuple[str, int]],
) -> None:
    database = empty_database()
    time = store(database, before).time
    store(database, after)
    database.commit([delete_document(path) for path in list(before)[::2]])
    query = parsed(structured_query("a", condition, wanted_orders, limit=3))

    assert paths(database.query(query, time)) == naive.run(
        before, condition, completed(wanted_orders, condition), limit=3
    )


@given(documents, documents, conditions, orders)
def test_finds_the_same_after_documents_changed_under_an_existing_index(
    before: dict[str, dict[str, Any]],
    after: dict[str, dict[str, Any]],
    condition: tuple[Any, ...],
    wanted_orders: list[tuple[str, int]],
) -> None:
    database = empty_database()
    store(database, before)
    query = parsed(structured_query("a", condition, wanted_orders))
    database.query(query)
    store(database, after)

    assert paths(database.query(query)) == naive.run(
        before | after, condition, completed(wanted_orders, condition)
    )


@given(
    documents,
    st.lists(
        st.tuples(st.sampled_from(FIELDS), st.sampled_from([1, -1])),
        min_size=1,
        max_size=2,
        unique_by=lambda o: o[0],
    ),
    st.lists(few, min_size=1, max_size=2),
    st.booleans(),
    st.lists(few, min_size=1, max_size=2),
    st.booleans(),
)
@settings(max_examples=200)
def test_cursors_cut_where_the_naive_model_cuts(
    stored: dict[str, dict[str, Any]],
    wanted_orders: list[tuple[str, int]],
    start_values: list[Any],
    start_before: bool,
    end_values: list[Any],
    end_before: bool,
) -> None:
    start = start_values[: len(wanted_orders)], start_before
    end = end_values[: len(wanted_orders)], end_before
    condition = (wanted_orders[-1][0], "!=", "never stored")
    database = empty_database()
    store(database, stored)
    query = parsed(structured_query("a", condition, wanted_orders, start=start, end=end))

    assert paths(database.query(query)) == naive.run(stored, condition, wanted_orders, start=start, end=end)


def test_a_cursor_at_a_document_begins_behind_it() -> None:
    database = empty_database()
    store(database, {f"a/{name}": {"x": 1} for name in "bcde"})
    query = parsed(structured_query("a", None, [("x", -1)], start=([1, Reference("a/d")], False)))

    assert paths(database.query(query)) == ["a/c", "a/b"]


def test_a_range_of_names_is_a_range_of_documents() -> None:
    database = empty_database()
    store(database, {f"a/{name}": {} for name in "bcde"})
    condition = ("and", ("__name__", ">=", Reference("a/c")), ("__name__", "<", Reference("a/e")))

    assert paths(database.query(parsed(structured_query("a", condition)))) == ["a/c", "a/d"]


def test_named_documents_are_looked_up_without_an_index() -> None:
    database = empty_database()
    store(database, {f"a/{name}": {"x": name} for name in "bcde"})
    query = parsed(
        structured_query("a", ("__name__", "in", [Reference("a/d"), Reference("a/b"), Reference("a/zz")]))
    )

    assert [type(step) for step in plan(query)] == [Lookup] * 3
    assert paths(database.query(query)) == ["a/b", "a/d"]


def test_a_collection_group_ranges_over_all_parents_or_those_below_one() -> None:
    database = empty_database()
    store(database, {"a/1": {}, "r/1/a/2": {}, "r/1/a/3/a/4": {}, "r/11/a/5": {}, "r/1/b/6": {}})
    group = structured_query("a", all_descendants=True)

    assert paths(database.query(parsed(group))) == ["a/1", "r/1/a/2", "r/1/a/3/a/4", "r/11/a/5"]
    assert paths(database.query(parsed(group, "r/1"))) == ["r/1/a/2", "r/1/a/3/a/4"]


def test_every_descendant_of_a_document_can_be_asked_for() -> None:
    database = empty_database()
    store(database, {"r/1": {}, "r/1/a/2": {}, "r/1/b/3/c/4": {}, "r/2/a/5": {}})

    everything = parsed(structured_query("", all_descendants=True), "r/1")

    assert paths(database.query(everything)) == ["r/1/a/2", "r/1/b/3/c/4"]


def test_an_equality_with_a_range_is_one_scan_without_a_residual() -> None:
    condition = ("and", ("x", "==", 1), ("y", ">", 2), ("y", "<=", 5))

    (step,) = plan(parsed(structured_query("a", condition, [("y", -1)], limit=1)))

    assert isinstance(step, Scan)
    assert step.residual == ()


def test_a_changed_document_moves_in_the_index() -> None:
    database = empty_database()
    store(database, {"a/b": {"x": 1}, "a/c": {"x": 2}})
    query = parsed(structured_query("a", None, [("x", 1)]))
    database.query(query)
    database.commit([set_document("a/b", {"x": 3})])

    assert paths(database.query(query)) == ["a/c", "a/b"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (structured_query("a", ("x", "in", [])), "non-empty array"),
        (structured_query("a", ("x", "not-in", list(range(11)))), "up to 10"),
        (structured_query("a", ("x", "in", list(range(31)))), "up to 30"),
        (
            structured_query("a", ("and", ("x", "in", list(range(6))), ("y", "in", list(range(6))))),
            "disjunctions",
        ),
        (structured_query("a", None, [("x", 1)], start=([1, Reference("a/b"), 3], True)), "more values"),
        (structured_query("a", ("__name__", "==", "b")), "document reference"),
        (structured_query("a", None, [("x", 1), ("x", -1)]), "same field twice"),
        (structured_query("a", ("x..y", "==", 1)), "invalid field path"),
        (structured_query("a/b"), "slash"),
        (structured_query("a", limit=-1), "negative"),
    ],
)
def test_refuses_a_query_that_the_service_refuses(query: Any, reason: str) -> None:
    with pytest.raises(InvalidArgument, match=reason):
        empty_database().query(parsed(query))
