"""What is written: a base, and one variation of it after a comma."""

from collections.abc import Mapping
from typing import Any

from tests.rules.matrix.moments import FromNow, Moment, ServerTime

Fields = Mapping[str, Any]

_LONG_AGO = Moment(1_000_000_000)
_BASES: Mapping[str, Fields] = {
    "anything": {"note": "mine now"},
    "booking of cleo": {"client_id": "cleo", "trainer_id": "ana", "status": "confirmed"},
    "access of an admin": {"role": "admin", "blocked": False, "tokens_valid_from_at": None},
    "mark": {"read_at": ServerTime()},
    "presence": {
        "user_id": "cleo",
        "place": "calendar",
        "hidden": False,
        "seen_at": ServerTime(),
        "expires_at": FromNow(30),
    },
}
_OTHER_VALUES: Mapping[str, Fields] = {
    "with extra": {"extra": 1},
    "read_at long ago": {"read_at": _LONG_AGO},
    "place of 200 characters": {"place": "x" * 200},
    "place of 201 characters": {"place": "x" * 201},
    "place a list": {"place": ["calendar"]},
    "hidden a text": {"hidden": "no"},
    "seen_at long ago": {"seen_at": _LONG_AGO},
    "expires_at soon": {"expires_at": FromNow(2)},
    "expires_at long ago": {"expires_at": _LONG_AGO},
    "expires_at in two hours": {"expires_at": FromNow(120)},
}


def payload(described: str) -> Fields:
    """The fields of a cell such as `presence, without place`; KeyError for a base or variation that is unknown."""
    base, _, variation = described.partition(", ")
    fields = _BASES[base]
    if variation.startswith("without "):
        dropped = variation.removeprefix("without ")
        assert dropped in fields, described
        return {name: value for name, value in fields.items() if name != dropped}
    if variation.startswith("user_id of "):
        return {**fields, "user_id": variation.removeprefix("user_id of ")}
    return {**fields, **(_OTHER_VALUES[variation] if variation else {})}
