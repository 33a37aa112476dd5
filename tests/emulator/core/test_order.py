"""The byte encoding sorts values exactly as Firestore does."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given

from emulator.core.errors import InvalidArgument
from emulator.core.order import after, bracket, descending, encode
from emulator.wire import LatLng, Value
from tests.emulator import naive
from tests.emulator.values import Reference, Vector, anything, integers, value

ASCENDING: list[Any] = [
    None,
    False,
    True,
    float("nan"),
    float("-inf"),
    -(1 << 63),
    -1.5,
    -1,
    0,
    5e-324,
    1,
    1.5,
    2**53,
    2**53 + 1,
    float(2**53 + 2),
    (1 << 63) - 1,
    float(1 << 63),
    float("inf"),
    "",
    "\x00",
    "a",
    "a\x00",
    "b",
    "é",
    "\uffff",
    "\U00010000",
    b"",
    b"\x00",
    b"\x01",
    b"\xff",
    Reference("a/__id-3__"),
    Reference("a/__id7__"),
    Reference("a/__id10__"),
    Reference("a/b"),
    Reference("a/b/c/d"),
    Reference("a/bb"),
    LatLng(latitude=-1, longitude=5),
    LatLng(latitude=0, longitude=-1),
    [],
    [None],
    [1],
    [1, 1],
    [2],
    Vector((9.0,)),
    Vector((1.0, 2.0)),
    {},
    {"a": 1},
    {"a": 1, "b": 0},
    {"a": 2},
    {"b": None},
]


@pytest.mark.parametrize(("smaller", "greater"), list(pairwise(ASCENDING)))
def test_sorts_neighbours_of_the_documented_order(smaller: Any, greater: Any) -> None:
    assert encode(value(smaller)) < encode(value(greater))


@given(anything, anything)
def test_sorts_like_the_naive_comparator(left: Any, right: Any) -> None:
    keys = encode(value(left)), encode(value(right))

    assert (keys[0] > keys[1]) - (keys[0] < keys[1]) == naive.compare(left, right)


@given(anything, anything)
def test_inverted_keys_sort_the_other_way_round_with_anything_behind_them(left: Any, right: Any) -> None:
    keys = descending(encode(value(left))) + b"\xff", descending(encode(value(right))) + b"\x00"

    if naive.compare(left, right):
        assert (keys[0] < keys[1]) == (naive.compare(left, right) > 0)


@given(integers)
def test_an_integer_that_a_double_can_hold_equals_that_double(number: int) -> None:
    assert (encode(value(number)) == encode(value(float(number)))) == (float(number) == number)


@given(anything, anything)
def test_no_key_is_a_prefix_of_another(left: Any, right: Any) -> None:
    keys = encode(value(left)), encode(value(right))

    assert keys[0] == keys[1] or not keys[0].startswith(keys[1])


@given(anything)
def test_a_bracket_holds_every_value_of_its_type(plain: Any) -> None:
    low, high = bracket(encode(value(plain)))

    assert low <= encode(value(plain)) < high


def test_negative_zero_equals_zero() -> None:
    assert encode(value(-0.0)) == encode(value(0)) == encode(value(0.0))


def test_after_is_the_least_key_behind_all_that_start_alike() -> None:
    assert after(b"a\xff\xff") == b"b"
    assert after(b"ab") == b"ac"


def test_refuses_a_value_without_a_kind() -> None:
    with pytest.raises(InvalidArgument, match="unset"):
        encode(Value())
