"""`health/{service}` and `stats/{name}`: reports of how a service fares, as admins' screens show them."""

from datetime import datetime
from typing import Any

from courtside.firestore.values import Fields
from courtside.monitoring.model import HealthReport


def project_health(row: HealthReport) -> Fields:
    """Read by staff only; `report` as it was measured, never as it would be now: so repeats write the same."""
    return {**_with_times(row.report), "measured_at": row.measured_at}


def _with_times(value: Any, name: str = "") -> Any:
    """What JSON carries as text under names that end in `_at`, as times again, at any depth."""
    match value:
        case dict():
            return {key: _with_times(inner, key) for key, inner in value.items()}
        case list():
            return [_with_times(inner) for inner in value]
        case str() if name.endswith("_at"):
            return datetime.fromisoformat(value)
    return value
