"""BSON values are checked when written and take their places in the order of values."""

from itertools import pairwise
from typing import Any

import pytest

from emulator.core.errors import InvalidArgument
from emulator.core.order import encode
from tests.emulator.databases import empty_database, store
from tests.emulator.values import Reference, value

ASCENDING: list[Any] = [
    None,
    {"__min__": None},
    False,
    1,
    {"__decimal128__": "1.5"},
    {"__int__": 2},
    {"__decimal128__": "9007199254740993"},
    "text",
    b"bytes",
    {"__binary__": b"\x01"},
    {"__binary__": b"\x01\x00"},
    {"__binary__": b"\x02"},
    Reference("a/b"),
    {"__oid__": "507f191e810c19729de860ea"},
    {"__oid__": "607F191E810C19729DE860EA"},
    {"__regex__": {"pattern": "a", "options": "i"}},
    {"__regex__": {"pattern": "ab", "options": ""}},
    [],
    {"a": 1},
    {"__max__": None},
]
TIMES = [
    {"__request_timestamp__": {"seconds": seconds, "increment": n}} for seconds, n in ((1, 2), (1, 3), (2, 0))
]


@pytest.mark.parametrize(("smaller", "greater"), [*pairwise(ASCENDING), *pairwise(TIMES)])
def test_sorts_in_its_place(smaller: Any, greater: Any) -> None:
    assert encode(value(smaller)) < encode(value(greater))


def test_numbers_of_all_types_are_equal_when_they_are_the_same() -> None:
    keys = {encode(value(one)) for one in (7, 7.0, {"__int__": 7}, {"__decimal128__": "7.0"})}

    assert len(keys) == 1


@pytest.mark.parametrize(
    ("malformed", "reason"),
    [
        ({"__int__": "1"}, "__int__ must hold a integer"),
        ({"__int__": 1 << 31}, "32 bits"),
        ({"__oid__": "xyz"}, "24 hexadecimal"),
        ({"__binary__": b""}, "subtype"),
        ({"__decimal128__": "one"}, "not a number"),
        ({"__regex__": {"pattern": "a"}}, "pattern and options"),
        ({"__regex__": {"pattern": "a", "options": "l"}}, "Invalid regex option 'l'"),
        ({"__request_timestamp__": {"seconds": 1}}, "seconds and increment"),
        ({"__request_timestamp__": {"seconds": -1, "increment": 0}}, "32 bits"),
        ({"__min__": 1}, "__min__ must hold a null"),
        ({"__min__": None, "x": 1}, "reserved"),
    ],
)
def test_refuses_what_is_malformed(malformed: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidArgument, match=f"field 'x': .*{reason}|{reason}"):
        store(empty_database(), {"a/b": {"x": malformed}})


@pytest.mark.parametrize(
    ("written", "stored"), [("inf", "Infinity"), ("-inf", "-Infinity"), ("nan", "NaN"), ("1.50", "1.50")]
)
def test_decimals_without_a_value_are_stored_by_their_full_name(written: str, stored: str) -> None:
    database = empty_database()
    store(database, {"a/b": {"x": {"__decimal128__": written}}})

    version = database.find("a/b")

    assert version is not None
    assert version.document.fields["x"] == value({"__decimal128__": stored})
