"""Transforms compute what the service computes."""

from math import isnan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.database import Database
from emulator.core.errors import InvalidArgument
from emulator.core.transforms import array_remove, array_union, increment, maximum, minimum
from emulator.wire import DocumentTransform, Value, Write
from tests.emulator import naive
from tests.emulator.databases import empty_database, set_document, store
from tests.emulator.values import arrays, document, integers, value

numbers = st.one_of(integers, st.floats())


def plain(number: Value) -> Any:
    return getattr(number, number.WhichOneof("value_type"))


@given(integers, integers)
def test_integers_add_up_to_the_limits_of_64_bits(left: int, right: int) -> None:
    total = plain(increment(value(left), value(right)))

    assert total == min(max(left + right, -(1 << 63)), (1 << 63) - 1)


@pytest.mark.parametrize(
    ("stored", "operand", "total"),
    [(1, 0.5, 1.5), (0.5, 1, 1.5), (None, 3, 3), ("text", 2.5, 2.5), (1.0, 1, 2.0)],
)
def test_increments_across_types(stored: Any, operand: Any, total: Any) -> None:
    assert increment(value(stored), value(operand)) == value(total)


@given(numbers, numbers)
def test_maximum_and_minimum_are_the_greater_and_the_smaller_number(left: Any, right: Any) -> None:
    for choose, direction in ((maximum, 1), (minimum, -1)):
        chosen = plain(choose(value(left), value(right)))
        if isnan(left) or isnan(right):
            assert isnan(chosen)
        else:
            assert all(naive.compare(chosen, one) * direction >= 0 for one in (left, right))


def test_an_equal_number_of_the_other_type_is_left_as_it_is() -> None:
    assert maximum(value(3), value(3.0)) == value(3)
    assert minimum(value(3.0), value(3)) == value(3.0)


def test_extremes_of_what_is_not_a_number_are_the_operand() -> None:
    assert maximum(None, value(3)) == value(3)
    assert minimum(value("text"), value(3)) == value(3)


@given(arrays, arrays)
def test_union_adds_each_missing_element_once(stored: list[Any], added: list[Any]) -> None:
    elements = array_union(value(stored), map(value, added)).array_value.values

    expected = list(stored)
    for element in added:
        if not any(naive.equal(element, known) for known in expected):
            expected.append(element)
    assert [element.SerializeToString(deterministic=True) for element in elements] == [
        value(one).SerializeToString(deterministic=True) for one in expected
    ]


@given(arrays, arrays)
def test_removal_drops_every_equal_element(stored: list[Any], removed: list[Any]) -> None:
    elements = array_remove(value(stored), map(value, removed)).array_value.values

    expected = [one for one in stored if not any(naive.equal(one, gone) for gone in removed)]
    assert [element.SerializeToString(deterministic=True) for element in elements] == [
        value(one).SerializeToString(deterministic=True) for one in expected
    ]


def test_arrays_from_what_is_none_begin_empty() -> None:
    assert array_union(value("text"), [value(1), value(1)]) == value([1])
    assert array_remove(None, [value(1)]) == value([])


def transformed(database: Database, *transforms: dict[str, Any]) -> Any:
    write = Write(update=document("a/b", {}), update_mask={})
    for transform in transforms:
        write.update_transforms.add(**transform)
    return database.commit([write])


def test_results_come_in_order_with_null_for_arrays() -> None:
    database = empty_database()
    store(database, {"a/b": {"n": 1, "list": [1]}})

    committed = transformed(
        database,
        {"field_path": "n", "increment": value(4)},
        {"field_path": "list", "append_missing_elements": {"values": [value(2)]}},
        {"field_path": "deep.n", "maximum": value(7)},
    )

    assert list(committed.results[0].transform_results) == [value(5), value(None), value(7)]


def test_the_server_time_is_the_commit_time_in_milliseconds() -> None:
    database = empty_database()

    committed = transformed(
        database, {"field_path": "at", "set_to_server_value": DocumentTransform.FieldTransform.REQUEST_TIME}
    )

    stamped = committed.results[0].transform_results[0].timestamp_value
    assert stamped.ToMicroseconds() == committed.time // 1000 * 1000


@pytest.mark.parametrize(
    "transform",
    [
        {"field_path": "x"},
        {"field_path": "x", "increment": value("1")},
        {"field_path": "x", "set_to_server_value": 0},
        {"field_path": "", "increment": value(1)},
    ],
)
def test_refuses_malformed_transforms(transform: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        transformed(empty_database(), transform)


def test_refuses_more_than_500_transforms() -> None:
    with pytest.raises(InvalidArgument, match="500"):
        transformed(empty_database(), *({"field_path": f"f{n}", "increment": value(1)} for n in range(501)))


def test_a_transform_write_keeps_the_other_fields() -> None:
    database = empty_database()
    database.commit([set_document("a/b", {"x": 1, "y": 2})])
    write = Write()
    write.transform.document = document("a/b", {}).name
    write.transform.field_transforms.add(field_path="x", increment=value(1))

    database.commit([write])

    version = database.find("a/b")
    assert version is not None
    assert dict(version.document.fields) == {"x": value(2), "y": value(2)}
