"""Queries and aggregations through the client library."""

from collections.abc import Iterable
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or

CITIES: dict[str, dict[str, Any]] = {
    "ber": {"name": "Berlin", "country": "de", "people": 3.7, "tags": ["capital", "river"], "at": {"x": 1}},
    "muc": {"name": "München", "country": "de", "people": 1.5, "tags": ["river"], "at": {"x": 2}},
    "par": {"name": "Paris", "country": "fr", "people": 2.1, "tags": ["capital", "river"], "at": {"x": 3}},
    "rom": {"name": "Rom", "country": "it", "people": 2.8, "tags": ["capital"], "mayor": None},
    "zzz": {"name": "Nowhere", "country": None, "people": float("nan"), "tags": []},
}


@pytest.fixture
def cities(client: firestore.Client) -> firestore.CollectionReference:
    collection = client.collection("cities")
    batch = client.batch()
    for name, content in CITIES.items():
        batch.set(collection.document(name), content)
    batch.commit()
    return collection


def ids(query: Any) -> list[str]:
    return [snapshot.id for snapshot in query.stream()]


def has(field: str, operator: str, value: Any) -> FieldFilter:
    return FieldFilter(field, operator, value)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (has("country", "==", "de"), ["ber", "muc"]),
        (has("country", "!=", "de"), ["par", "rom"]),
        (has("people", ">", 2), ["par", "rom", "ber"]),
        (has("people", "<=", 2.1), ["zzz", "muc", "par"]),
        (has("country", "in", ["fr", "it"]), ["par", "rom"]),
        (has("country", "not-in", ["fr", "it"]), ["ber", "muc"]),
        (has("tags", "array_contains", "capital"), ["ber", "par", "rom"]),
        (has("tags", "array_contains_any", ["capital", "river"]), ["ber", "muc", "par", "rom"]),
        (has("mayor", "==", None), ["rom"]),
        (has("country", "!=", None), ["ber", "muc", "par", "rom"]),
        (has("people", "==", float("nan")), ["zzz"]),
        (has("at.x", ">=", 2), ["muc", "par"]),
        (Or([has("country", "==", "it"), has("people", "<", 2)]), ["zzz", "muc", "rom"]),
        (And([has("country", "==", "de"), has("people", ">", 2)]), ["ber"]),
        (
            And(
                [
                    Or([has("country", "==", "de"), has("country", "==", "fr")]),
                    has("tags", "array_contains", "capital"),
                ]
            ),
            ["ber", "par"],
        ),
        (And([has("people", ">", 1), has("name", ">", "N")]), ["rom", "par"]),
    ],
)
def test_filters(cities: firestore.CollectionReference, condition: Any, found: list[str]) -> None:
    assert ids(cities.where(filter=condition)) == found or set(ids(cities.where(filter=condition))) == set(
        found
    )


def test_orders_and_cursors(cities: firestore.CollectionReference) -> None:
    by_people = cities.order_by("people", direction=firestore.Query.DESCENDING)

    assert ids(by_people.limit(2)) == ["ber", "rom"]
    assert ids(by_people.start_after({"people": 2.8})) == ["par", "muc", "zzz"]
    assert ids(by_people.start_at(cities.document("par").get()).end_before({"people": 1.5})) == ["par"]
    assert ids(by_people.offset(3)) == ["muc", "zzz"]
    assert [snapshot.id for snapshot in by_people.limit_to_last(2).get()] == ["muc", "zzz"]


def test_projection(cities: firestore.CollectionReference) -> None:
    (berlin,) = cities.where(filter=has("name", "==", "Berlin")).select(["at.x", "name"]).stream()

    assert berlin.to_dict() == {"name": "Berlin", "at": {"x": 1}}


def test_collection_groups(client: firestore.Client) -> None:
    for path in ("rooms/a/seats/1", "rooms/b/seats/2", "seats/3", "rooms/b/chairs/4"):
        client.document(path).set({"n": int(path[-1])})

    group = client.collection_group("seats")

    assert sorted(ids(group)) == ["1", "2", "3"]
    assert ids(group.where(filter=has("n", ">=", 2)).order_by("n", direction="DESCENDING")) == ["3", "2"]


def test_partitions_cover_a_collection_group(client: firestore.Client) -> None:
    for number in range(9):
        client.document(f"rooms/{number}/seats/s{number}").set({})

    partitions = list(client.collection_group("seats").get_partitions(3))

    assert len(partitions) == 4
    covered = [id for partition in partitions for id in ids(partition.query())]
    assert covered == [f"s{number}" for number in range(9)]


def values(results: Iterable[Any]) -> dict[str, Any]:
    return {one.alias: one.value for result in results for one in result}


def test_aggregations(cities: firestore.CollectionReference) -> None:
    german = cities.where(filter=has("country", "==", "de"))
    query = german.count("n").sum("people", "total").avg("people", "mean")

    assert values(query.get()) == {"n": 2, "total": pytest.approx(5.2), "mean": pytest.approx(2.6)}


def test_a_count_of_a_limited_query(cities: firestore.CollectionReference) -> None:
    assert values(cities.limit(3).count("n").get()) == {"n": 3}


def test_a_query_as_of_an_earlier_time(cities: firestore.CollectionReference) -> None:
    before = cities.document("nyc").set({"country": "us"}).update_time
    cities.document("ber").delete()
    cities.document("lon").set({"country": "gb"})

    found = {snapshot.id for snapshot in cities.stream(read_time=before)}

    assert found == {*CITIES, "nyc"}


def test_a_malformed_query_is_refused_with_a_reason(cities: firestore.CollectionReference) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="non-empty array"):
        ids(cities.where(filter=has("country", "in", [])))


def test_an_unsupported_feature_is_named(cities: firestore.CollectionReference) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match="ExecutePipeline"):
        cities._client.pipeline().collection("cities").execute()
