"""count, sum and avg over query results."""

from math import inf, isnan, nan
from typing import Any

import pytest

from emulator.core.aggregations import Aggregations, average_of, parse_aggregations, sum_of
from emulator.core.databases import Databases
from emulator.core.errors import InvalidArgument
from emulator.core.paths import parse_database
from emulator.core.rpc.snapshots import Snapshot
from emulator.wire import StructuredAggregationQuery, StructuredQuery, Value
from tests.emulator.databases import parsed, store, structured_query
from tests.emulator.values import DATABASE, value

COUNT: dict[str, Any] = {"count": {}}


def sum_(field: str) -> dict[str, Any]:
    return {"sum": {"field": {"field_path": field}}}


def avg(field: str) -> dict[str, Any]:
    return {"avg": {"field": {"field_path": field}}}


def aggregations(*wanted: dict[str, Any]) -> Aggregations:
    query = StructuredAggregationQuery()
    for one in wanted:
        query.aggregations.add(**one)
    return parse_aggregations(query)


def aggregated(
    stored: dict[str, dict[str, Any]], query: StructuredQuery, *wanted: dict[str, Any]
) -> dict[str, Value]:
    instance = Databases().get(parse_database(DATABASE))
    store(instance.database, stored)
    return aggregations(*wanted).compute(parsed(query), Snapshot(instance))


DOCUMENTS: dict[str, dict[str, Any]] = {
    "a/b": {"x": 5, "y": 1},
    "a/c": {"x": 1.5},
    "a/d": {"x": "text"},
    "a/e": {},
}


def test_sums_and_averages_numbers_and_counts_documents_that_have_the_field() -> None:
    result = aggregated(DOCUMENTS, structured_query("a"), COUNT, sum_("x"), avg("x"))

    assert result == {"field_1": value(3), "field_2": value(6.5), "field_3": value(3.25)}


def test_a_count_alone_counts_every_document() -> None:
    assert aggregated(DOCUMENTS, structured_query("a"), COUNT) == {"field_1": value(4)}


def test_a_count_stops_at_its_bound() -> None:
    assert aggregated(DOCUMENTS, structured_query("a"), {"count": {"up_to": {"value": 2}}}) == {
        "field_1": value(2)
    }


def test_a_limit_keeps_the_documents_with_the_least_values_of_the_summed_field() -> None:
    stored = {f"a/{n}": {"x": 10 - n} for n in range(5)}

    assert aggregated(stored, structured_query("a", limit=2), sum_("x")) == {"field_1": value(13)}


def test_given_and_made_up_aliases_do_not_collide() -> None:
    result = aggregated(DOCUMENTS, structured_query("a"), {**COUNT, "alias": "field_1"}, COUNT)

    assert set(result) == {"field_1", "field_2"}


@pytest.mark.parametrize(
    ("numbers", "total"),
    [
        ([], 0),
        ([1, 2], 3),
        ([1, 2.0], 3.0),
        ([(1 << 63) - 1, 1], float(1 << 63)),
        ([(1 << 63) - 1, 1, -1], (1 << 63) - 1),
        ([inf, 1], inf),
        ([1e308, 1e308], inf),
    ],
)
def test_sums(numbers: list[Any], total: Any) -> None:
    assert sum_of(numbers) == value(total)


def test_nan_makes_sum_and_average_nan() -> None:
    assert isnan(sum_of([1, nan]).double_value)
    assert isnan(average_of([1, nan, inf]).double_value)


def test_an_average_of_nothing_is_null() -> None:
    assert average_of([]) == value(None)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ([], "can not be empty"),
        ([{**COUNT, "alias": "n"}, {**COUNT, "alias": "n"}], "duplicate alias"),
        ([COUNT] * 6, "at most 5"),
        ([{}], "must be count, sum or avg"),
        ([{"count": {"up_to": {"value": 0}}}], "positive"),
        ([sum_("__name__")], "__name__"),
    ],
)
def test_refuses_malformed_aggregations(wanted: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(InvalidArgument, match=reason):
        aggregations(*wanted)
