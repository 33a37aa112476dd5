"""Python values to Firestore values and back, on the protobuf messages themselves."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from google.cloud.firestore_v1.types import document as document_types

Fields = Mapping[str, Any]

_Value = document_types.Value.pb()


class NotAFirestoreValue(TypeError):
    """Firestore has no type for this Python value."""


def encode_fields(fields: Fields, into: Any) -> None:
    """Write `fields` into a protobuf map of values."""
    for name, value in fields.items():
        _encode(value, into[name])


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


def _encode(value: object, into: Any) -> None:
    match value:
        case None:
            into.null_value = 0
        case bool():
            into.boolean_value = value
        case int():
            into.integer_value = value
        case float():
            into.double_value = value
        case str():
            into.string_value = value
        case bytes():
            into.bytes_value = value
        case datetime():
            into.timestamp_value.FromDatetime(_aware(value))
        case Mapping():
            into.map_value.SetInParent()
            encode_fields(value, into.map_value.fields)
        case Sequence():
            into.array_value.SetInParent()
            for item in value:
                _encode(item, into.array_value.values.add())
        case _:
            raise NotAFirestoreValue(type(value).__name__)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise NotAFirestoreValue("naive datetime")
    return value.astimezone(UTC)
