"""Vector search gives the nearest documents by each measure."""

from math import dist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import InvalidArgument
from emulator.core.listen.registry import Listeners
from emulator.core.queries.nearest import nearest_of
from emulator.wire import Document, StructuredQuery
from tests.emulator.databases import empty_database, parsed, store, structured_query
from tests.emulator.replica import TARGET_ID, Replica
from tests.emulator.values import Vector, value

DOCUMENTS_WITH_VECTORS: dict[str, dict[str, Any]] = {
    "a/here": {"v": Vector((1.0, 2.0)), "kind": "x"},
    "a/near": {"v": Vector((1.0, 3.0)), "kind": "y"},
    "a/far": {"v": Vector((9.0, 18.0)), "kind": "x"},
    "a/flat": {"v": Vector((1.0,))},
    "a/zero": {"v": Vector((0.0, 0.0))},
    "a/list": {"v": [1.0, 2.0]},
    "a/none": {},
}


def nearest_query(
    vector: tuple[float, ...] = (1.0, 2.0), measure: str = "EUCLIDEAN", limit: int = 10, **options: Any
) -> StructuredQuery:
    query = structured_query("a", options.pop("condition", None))
    find = query.find_nearest
    find.vector_field.field_path = "v"
    find.query_vector.CopyFrom(value(Vector(vector)))
    find.distance_measure = StructuredQuery.FindNearest.DistanceMeasure.Value(measure)
    find.limit.value = limit
    if "threshold" in options:
        find.distance_threshold.value = options["threshold"]
    find.distance_result_field = options.get("result", "")
    return query


def search(
    query: StructuredQuery, stored: dict[str, dict[str, Any]] = DOCUMENTS_WITH_VECTORS
) -> list[Document]:
    database = empty_database()
    store(database, stored)
    asked = parsed(query)
    assert asked.nearest is not None
    return nearest_of(asked.nearest, database.query(asked))


def ids(found: list[Document]) -> list[str]:
    return [document.name.rpartition("/")[2] for document in found]


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("EUCLIDEAN", ["here", "near", "zero", "far"]),
        ("COSINE", ["far", "here", "near"]),
        ("DOT_PRODUCT", ["far", "near", "here", "zero"]),
    ],
)
def test_orders_by_the_measure(measure: str, expected: list[str]) -> None:
    assert ids(search(nearest_query(measure=measure))) == expected


@pytest.mark.parametrize(
    ("measure", "threshold", "expected"),
    [
        ("EUCLIDEAN", 1.0, ["here", "near"]),
        ("COSINE", 0.001, ["far", "here"]),
        ("DOT_PRODUCT", 7.0, ["far", "near"]),
    ],
)
def test_keeps_what_is_within_the_threshold(measure: str, threshold: float, expected: list[str]) -> None:
    assert ids(search(nearest_query(measure=measure, threshold=threshold))) == expected


def test_reports_the_distance_without_touching_the_stored_document() -> None:
    database = empty_database()
    store(database, DOCUMENTS_WITH_VECTORS)
    asked = parsed(nearest_query(limit=2, result="away.by"))
    assert asked.nearest is not None

    found = nearest_of(asked.nearest, database.query(asked))

    assert [one.fields["away"] for one in found] == [value({"by": 0.0}), value({"by": 1.0})]
    stored = database.find("a/here")
    assert stored is not None
    assert "away" not in stored.document.fields


def test_searches_only_what_the_filter_admits() -> None:
    assert ids(search(nearest_query(limit=1, condition=("kind", "==", "y")))) == ["near"]


vectors = st.tuples(*[st.floats(-100, 100)] * 3)


@given(st.lists(vectors, max_size=8), vectors, st.integers(1, 4))
def test_the_nearest_by_euclid_are_those_with_the_least_distances(
    stored: list[tuple[float, ...]], wanted: tuple[float, ...], limit: int
) -> None:
    documents = {f"a/{n}": {"v": Vector(vector)} for n, vector in enumerate(stored)}

    found = search(nearest_query(wanted, limit=limit, result="d"), documents)

    expected = sorted(dist(vector, wanted) for vector in stored)[:limit]
    assert [document.fields["d"].double_value for document in found] == expected


def test_the_cosine_distance_of_a_right_angle_is_one() -> None:
    (found,) = search(nearest_query((1.0, -1.0), "COSINE", result="d"), {"a/b": {"v": Vector((1.0, 1.0))}})

    assert found.fields["d"].double_value == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (nearest_query(limit=0), "within 1 and 1000"),
        (nearest_query(limit=1001), "within 1 and 1000"),
        (nearest_query(measure="DISTANCE_MEASURE_UNSPECIFIED"), "distance measure"),
        (nearest_query(()), "dimensions"),
    ],
)
def test_a_malformed_search_is_refused(query: StructuredQuery, reason: str) -> None:
    with pytest.raises(InvalidArgument, match=reason):
        search(query)


def test_a_search_cannot_be_listened_to() -> None:
    database = empty_database()
    replica = Replica(database, Listeners(database))

    replica.listen_query(nearest_query())

    assert "find_nearest" in replica.removed[TARGET_ID]
