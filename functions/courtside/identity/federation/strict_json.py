"""JSON that means the same to every reader: what parsers differ about is refused."""

import json
import math
from typing import Any, NoReturn


def read_json(text: bytes) -> Any:
    """What UTF-8 text spells.

    Raises:
        ValueError: it is no JSON, gives a name twice, nests too deep, or has a number that JSON has not.
    """
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_read_pairs,
            parse_constant=_refuse_constant,
            parse_float=_read_float,
        )
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def read_object(text: bytes) -> dict[str, Any]:
    """The same, where only an object will do.

    Raises:
        ValueError: as above, or it is none.
    """
    value = read_json(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _read_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _read_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is out of range")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
