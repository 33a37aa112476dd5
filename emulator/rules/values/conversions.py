"""Conversions between types: `int()`, `float()`, `string()` and `path()`."""

import math
import re
from decimal import Decimal

from emulator.rules.values.types import EvaluationError, Path, Value, check_int

_INTEGER = re.compile(r"[+-]?\d+")
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:Infinity|NaN)")


def text_of(value: Value) -> str:
    """A boolean, number, null or string as text; EvaluationError for other types."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float_text(value)
    raise EvaluationError("A value of this type has no text form.")


def _float_text(value: float) -> str:
    """Decimal from 0.001 to 10 million, with an exponent beyond, always with a fraction."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    digits, exponent = f"{Decimal(repr(value)):E}".split("E")
    digits = digits.rstrip("0") if "." in digits else f"{digits}."
    return f"{digits}{'0' if digits[-1] == '.' else ''}E{int(exponent)}"


def to_int(value: str | int | float) -> int:
    """A decimal text, or a float cut towards zero, as an integer."""
    if isinstance(value, str):
        if not _INTEGER.fullmatch(value) or len(value) > 20:
            raise EvaluationError(f"Cannot convert {value[:40]!r} to an integer.")
        return check_int(int(value))
    if isinstance(value, float) and not math.isfinite(value):
        raise EvaluationError(f"Cannot convert {_float_text(value)} to an integer.")
    return check_int(int(value))


def to_float(value: str | int | float) -> float:
    """A text or integer as a float."""
    if isinstance(value, str) and not _FLOAT.fullmatch(value):
        raise EvaluationError(f"Cannot convert {value[:40]!r} to a float.")
    return float(value)


def to_path(text: str) -> Path:
    """The path of a text, with or without a leading slash."""
    return Path(tuple(segment for segment in text.split("/") if segment))


def bind(path: Path, values: dict[str, Value]) -> Path:
    """The path with each `{name}` (and `{name=**}`) that the map has replaced by its value, a string or path."""
    segments: list[str] = []
    for segment in path.segments:
        name = segment[1:-1].removesuffix("=**") if segment[:1] + segment[-1:] == "{}" else None
        segments += path_segments(values[name]) if name in values else [segment]
    return Path(tuple(segments))


def path_segments(value: Value) -> tuple[str, ...]:
    """What a value contributes between `$(` and `)`: a string is one segment, a path all of its own."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Path):
        return value.segments
    raise EvaluationError("A path segment must be a string or a path.")
