"""The fields of every document that everybody may read, with their types: what may be added is declared here first."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import NoneType
from typing import Any

Shape = Any
"""A type or several; or a map of field to shape, or a list of one shape, that of each element."""

_CHARGE: Shape = {"fee_percent": int, "fee_minor": int, "fee_credits": int, "refund_credits": bool}
_LATE_RULE: Shape = {**_CHARGE, "within_minutes": int, "late": bool}
_POLICY: Shape = {
    "cancel": [_LATE_RULE],
    "reschedule": [_LATE_RULE],
    "cancel_closes_minutes": int,
    "reschedule_closes_minutes": int,
    "cooling_off_minutes": int,
    "max_reschedules": (int, NoneType),
    "no_show": _CHARGE,
    "grace_per_month": int,
}
_SERVICE: Shape = {
    "service_id": str,
    "name": str,
    "description": str,
    "duration_minutes": int,
    "capacity": int,
    "price_minor": int,
    "currency": str,
    "credit_price": int,
    "max_seats_per_booking": int,
    "min_notice_minutes": int,
    "horizon_days": int,
    "requires_confirmation": bool,
    "policy": _POLICY,
    "reminders": [int],
}
_SLOT: Shape = {
    "service_id": str,
    "session_id": (str, NoneType),
    "starts_at": datetime,
    "ends_at": datetime,
    "seats_left": int,
    "title": str,
}
_PROJECTED: Shape = {"version": int, "committed_at": datetime}

SHAPES: Mapping[str, Shape] = {
    "trainers": {
        **_PROJECTED,
        "display_name": str,
        "headline": str,
        "bio": str,
        "city": str,
        "specialties": [str],
        "languages": [str],
        "time_zone": str,
        "horizon_days": int,
        "approved_at": datetime,
        "rating_average": (float, NoneType),
        "rating_count": int,
        "services": [_SERVICE],
    },
    "trainers/days": {**_PROJECTED, "trainer_id": str, "date": str, "time_zone": str, "slots": [_SLOT]},
    "trainers/reviews": {
        **_PROJECTED,
        "rating": int,
        "text": str,
        "author": str,
        "service_name": str,
        "created_at": datetime,
        "edited_at": (datetime, NoneType),
        "reply": (str, NoneType),
        "replied_at": (datetime, NoneType),
    },
    "feeds/events": {
        **_PROJECTED,
        "type": str,
        "occurred_at": datetime,
        "payload": {"trainer_id": str, "display_name": str},
    },
}


def differences(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """What a value has that its shape has not, what it lacks, and what is of another type."""
    if isinstance(shape, Mapping):
        found = set(value) if isinstance(value, Mapping) else set()
        yield from (f"{path}.{name} is not declared" for name in sorted(found - set(shape)))
        yield from (f"{path}.{name} is missing" for name in sorted(set(shape) - found))
        for name in sorted(found & set(shape)):
            yield from differences(value[name], shape[name], f"{path}.{name}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for element in value:
            yield from differences(element, shape[0], f"{path}[]")
    elif not any(_is_of(value, each) for each in (shape if isinstance(shape, tuple) else (shape,))):
        yield f"{path} is a {type(value).__name__}"


def _is_of(value: Any, kind: type) -> bool:
    return isinstance(value, datetime) if kind is datetime else type(value) is kind
