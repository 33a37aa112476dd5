"""Python values as Firestore values, and strategies that make them."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from emulator.wire import Document, LatLng, Value

DATABASE = "projects/demo/databases/(default)"


class Reference(str):
    """The path of a document, as a reference value."""


class Vector(tuple[float, ...]):
    """A vector embedding."""


def value(plain: Any) -> Value:
    """The wire form of a Python value."""
    match plain:
        case None:
            return Value(null_value=0)
        case bool():
            return Value(boolean_value=plain)
        case int():
            return Value(integer_value=plain)
        case float():
            return Value(double_value=plain)
        case Reference():
            return Value(reference_value=f"{DATABASE}/documents/{plain}")
        case str():
            return Value(string_value=plain)
        case bytes():
            return Value(bytes_value=plain)
        case datetime():
            stamped = Value()
            stamped.timestamp_value.FromDatetime(plain.astimezone(UTC))
            return stamped
        case LatLng():
            return Value(geo_point_value=plain)
        case Vector():
            return value({"__type__": "__vector__", "value": list(plain)})
        case list():
            listed = Value()
            listed.array_value.values.extend(map(value, plain))
            listed.array_value.SetInParent()
            return listed
        case dict():
            mapped = Value()
            mapped.map_value.SetInParent()
            for key, item in plain.items():
                mapped.map_value.fields[key].CopyFrom(value(item))
            return mapped
    raise TypeError(f"no Firestore value for {plain!r}")


def document(path: str, fields: dict[str, Any]) -> Document:
    """A document with a resource name and fields."""
    made = Document(name=f"{DATABASE}/documents/{path}")
    for key, item in fields.items():
        made.fields[key].CopyFrom(value(item))
    return made


integers = st.integers(-(1 << 63), (1 << 63) - 1)
near_2_53 = st.integers(-3, 3).flatmap(
    lambda n: st.sampled_from([2**53 + n, float(2**53 + n), 2**62 + n, float(2**62)])
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    integers,
    st.floats(),
    near_2_53,
    st.text(max_size=4),
    st.binary(max_size=4),
    st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.builds(Reference, st.sampled_from(["a/b", "a/b/c/d", "a/bb", "a/__id7__", "a/__id10__"])),
    st.builds(LatLng, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180)),
    st.lists(st.floats(allow_nan=False), max_size=3).map(Vector),
)
arrays = st.lists(scalars, max_size=3)
maps = st.dictionaries(st.text(min_size=1, max_size=2), scalars, max_size=3)
anything = st.one_of(
    scalars,
    arrays,
    maps,
    st.lists(maps, max_size=2),
    st.dictionaries(st.text(min_size=1, max_size=2), arrays),
)
