"""Vector search and query explain through the client library."""

import math

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_vector_query import DistanceMeasure
from google.cloud.firestore_v1.query_profile import ExplainOptions
from google.cloud.firestore_v1.vector import Vector

ASKED = (1.0, 2.0)
PLACES = {"here": (1.0, 2.0), "near": (1.0, 3.0), "far": (4.0, 6.0), "opposite": (-1.0, -2.0)}


@pytest.fixture
def places(client: firestore.Client) -> firestore.CollectionReference:
    """Documents with vectors, and some that a search leaves out."""
    collection = client.collection("places")
    for name, vector in PLACES.items():
        collection.document(name).set({"vector": Vector(vector), "open": name != "near"})
    collection.document("longer").set({"vector": Vector([1.0, 2.0, 3.0]), "open": True})
    collection.document("none").set({"vector": [1.0, 2.0], "open": True})
    return collection


def found(
    query: firestore.CollectionReference | firestore.Query, measure: DistanceMeasure, **options: float
) -> dict[str, float]:
    """The distances by name, nearest first."""
    nearest = query.find_nearest(
        "vector",
        Vector(ASKED),
        limit=int(options.pop("limit", 10)),
        distance_measure=measure,
        distance_result_field="distance",
        **options,
    )
    return {document.id: document.get("distance") for document in nearest.get()}


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (DistanceMeasure.EUCLIDEAN, {"here": 0, "near": 1, "opposite": math.sqrt(20), "far": 5}),
        (DistanceMeasure.DOT_PRODUCT, {"far": 16, "near": 7, "here": 5, "opposite": -5}),
        (
            DistanceMeasure.COSINE,
            {
                "here": 0,
                "near": 1 - 7 / math.sqrt(50),
                "far": 1 - 16 / math.sqrt(5 * 52),
                "opposite": 2,
            },
        ),
    ],
)
def test_the_nearest_come_first(
    places: firestore.CollectionReference, measure: DistanceMeasure, expected: dict[str, float]
) -> None:
    distances = found(places, measure)

    assert distances == pytest.approx(expected, abs=1e-12)
    ordered = sorted(
        expected, key=lambda name: expected[name], reverse=measure is DistanceMeasure.DOT_PRODUCT
    )
    assert list(distances) == ordered


def test_filters_limits_and_thresholds_hold(places: firestore.CollectionReference) -> None:
    is_open = places.where(filter=firestore.FieldFilter("open", "==", True))

    assert list(found(is_open, DistanceMeasure.EUCLIDEAN)) == ["here", "opposite", "far"]
    assert list(found(places, DistanceMeasure.EUCLIDEAN, limit=2)) == ["here", "near"]
    assert list(found(places, DistanceMeasure.EUCLIDEAN, distance_threshold=1.0)) == ["here", "near"]
    assert list(found(places, DistanceMeasure.DOT_PRODUCT, distance_threshold=7.0)) == ["far", "near"]


@pytest.mark.parametrize(
    ("vector", "limit", "reason"),
    [([], 1, "1 to 2048 dimensions"), ([0.0] * 2049, 1, "1 to 2048 dimensions"), ([1.0], 1001, "1 and 1000")],
)
def test_an_impossible_search_is_refused(
    places: firestore.CollectionReference, vector: list[float], limit: int, reason: str
) -> None:
    search = places.find_nearest("vector", Vector(vector), limit, DistanceMeasure.COSINE)

    with pytest.raises(exceptions.InvalidArgument, match=reason):
        search.get()


def test_a_query_is_explained_with_its_cost(places: firestore.CollectionReference) -> None:
    query = places.where(filter=firestore.FieldFilter("open", "==", True))

    results = query.get(explain_options=ExplainOptions(analyze=True))
    metrics = results.get_explain_metrics()

    assert len(results) == 5
    assert metrics.plan_summary.indexes_used == [
        {"query_scope": "Collection", "properties": "(open ASC, __name__ ASC)"}
    ]
    assert metrics.execution_stats.results_returned == 5
    assert metrics.execution_stats.read_operations == 5
    assert metrics.execution_stats.debug_stats["index_entries_scanned"] == "5"


def test_a_plan_alone_runs_nothing(places: firestore.CollectionReference) -> None:
    results = places.get(explain_options=ExplainOptions(analyze=False))

    assert len(results) == 0
    assert results.get_explain_metrics().plan_summary.indexes_used
