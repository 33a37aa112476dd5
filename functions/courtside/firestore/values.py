"""Python values to Firestore values and back, on the protobuf messages themselves."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Fields = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotAFirestoreValue(TypeError):
    """Firestore has no type for this Python value."""


def encode_fields(fields: Fields, into: Any) -> None:
    """Write `fields` into a protobuf map of values."""
    for name, value in fields.items():
        (_ENCODERS.get(type(value)) or _encoder_of(value))(value, into[name])


def decode_fields(fields: Any) -> dict[str, Any]:
    """A protobuf map of values as a dict."""
    return {name: decode(value) for name, value in fields.items()}


def decode(value: Any) -> Any:
    """One Firestore value as a Python value; a reference is its path, a geopoint a pair of degrees."""
    kind = value.WhichOneof("value_type")
    match kind:
        case "null_value" | None:
            return None
        case "timestamp_value":
            return value.timestamp_value.ToDatetime(tzinfo=UTC)
        case "array_value":
            return [decode(item) for item in value.array_value.values]
        case "map_value":
            return decode_fields(value.map_value.fields)
        case "geo_point_value":
            return (value.geo_point_value.latitude, value.geo_point_value.longitude)
        case _:
            return getattr(value, kind)


def _encoder_of(value: object) -> Callable[[Any, Any], None]:
    """The encoder of a value of a type that is derived from a known one, such as an enum's."""
    for known, encode in _ENCODERS.items():
        if isinstance(value, known):
            return encode
    if isinstance(value, Mapping):
        return _encode_mapping
    if isinstance(value, Sequence):
        return _encode_sequence
    raise NotAFirestoreValue(type(value).__name__)


def _encode_null(value: None, into: Any) -> None:
    into.null_value = 0


def _encode_boolean(value: bool, into: Any) -> None:
    into.boolean_value = value


def _encode_integer(value: int, into: Any) -> None:
    into.integer_value = value


def _encode_double(value: float, into: Any) -> None:
    into.double_value = value


def _encode_string(value: str, into: Any) -> None:
    into.string_value = value


def _encode_bytes(value: bytes, into: Any) -> None:
    into.bytes_value = value


def _encode_timestamp(value: datetime, into: Any) -> None:
    if value.tzinfo is None:
        raise NotAFirestoreValue("naive datetime")
    # FromDatetime takes several times as long, and a day's document with its slots has a hundred instants.
    since = value - _EPOCH
    timestamp = into.timestamp_value
    timestamp.seconds = since.days * 86_400 + since.seconds
    timestamp.nanos = since.microseconds * 1000


def _encode_mapping(value: Mapping[str, Any], into: Any) -> None:
    into.map_value.SetInParent()
    encode_fields(value, into.map_value.fields)


def _encode_sequence(value: Sequence[Any], into: Any) -> None:
    into.array_value.SetInParent()
    values = into.array_value.values
    for item in value:
        (_ENCODERS.get(type(item)) or _encoder_of(item))(item, values.add())


# A boolean is an integer too, so it comes first.
_ENCODERS: dict[type, Callable[[Any, Any], None]] = {
    type(None): _encode_null,
    bool: _encode_boolean,
    int: _encode_integer,
    float: _encode_double,
    str: _encode_string,
    bytes: _encode_bytes,
    datetime: _encode_timestamp,
    dict: _encode_mapping,
    list: _encode_sequence,
    tuple: _encode_sequence,
}
