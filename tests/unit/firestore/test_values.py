"""Python values to Firestore values and back."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from google.cloud.firestore_v1 import _helpers
from google.cloud.firestore_v1.types import document as document_types
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.firestore.values import NotAFirestoreValue, decode_fields, encode_fields

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def encoded(fields: dict[str, Any]) -> Any:
    message = document_types.Document.pb()()
    encode_fields(fields, message.fields)
    return message.fields


@settings(derandomize=True)
@given(st.dictionaries(st.text(min_size=1), values, max_size=4))
def test_what_is_encoded_is_decoded(fields: dict[str, Any]) -> None:
    assert decode_fields(encoded(fields)) == fields


@settings(derandomize=True)
@given(st.dictionaries(st.text(min_size=1), values, max_size=4))
def test_it_is_encoded_as_googles_client_encodes_it(fields: dict[str, Any]) -> None:
    ours, theirs = encoded(fields), _helpers.encode_dict(fields)

    assert {name: value for name, value in ours.items()} == {
        name: type(value).pb(value) for name, value in theirs.items()
    }


def test_a_time_of_any_zone_is_the_same_instant() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    assert decode_fields(encoded({"at": noon}))["at"] == datetime(2026, 7, 1, 10, tzinfo=UTC)


def test_tuples_are_arrays_and_empty_ones_stay() -> None:
    assert decode_fields(encoded({"tags": ("a", "b"), "none": (), "map": {}})) == {
        "tags": ["a", "b"],
        "none": [],
        "map": {},
    }


def test_true_is_not_one() -> None:
    fields = encoded({"flag": True, "count": 1})

    assert fields["flag"].WhichOneof("value_type") == "boolean_value"
    assert fields["count"].WhichOneof("value_type") == "integer_value"


@pytest.mark.parametrize("value", [object(), {1, 2}, datetime(2026, 1, 1)], ids=type)  # noqa: DTZ001
def test_what_firestore_has_no_type_for_is_refused(value: object) -> None:
    with pytest.raises(NotAFirestoreValue):
        encoded({"value": value})
