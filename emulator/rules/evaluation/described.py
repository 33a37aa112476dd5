"""Values as text, for `debug` and for coverage reports."""

import json
from typing import Any

from emulator.rules.values.types import (
    Duration,
    LatLng,
    MapDiff,
    Partial,
    Path,
    Timestamp,
    Value,
    ValueSet,
    type_name,
)

MAX_TEXT = 200


def describe(value: Value) -> str:
    """A value after the name of its type, as in `string_value: "alice"`."""
    name = "unknown" if isinstance(value, Partial) else type_name(value)
    return f"{name}_value: {json.dumps(plain(value), ensure_ascii=False)}"


def plain(value: Value) -> Any:
    """A value as JSON knows it; what JSON has no form for becomes text, and long text is cut."""
    match value:
        case str():
            valid = value.encode(errors="replace").decode()
            return valid if len(valid) <= MAX_TEXT else valid[:MAX_TEXT] + "…"
        case list():
            return [plain(item) for item in value]
        case dict():
            return {name: plain(item) for name, item in value.items()}
        case ValueSet():
            return [plain(item) for item in value.by_key.values()]
        case bytes():
            return value[:MAX_TEXT].hex()
        case Path():
            return str(value)
        case Timestamp() | Duration():
            return f"{value.nanos / 1e9:.9f}s"
        case LatLng():
            return [value.latitude, value.longitude]
        case MapDiff():
            return [plain(value.map), plain(value.other)]
        case Partial():
            return "constrained by the query"
    return value
