"""Which Cloud Functions a module offers, read from the marks that the Firebase decorators leave."""

import inspect
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

REGION = "us-central1"

Kind = Literal["callable", "http", "schedule", "other"]


@dataclass(frozen=True)
class ServedFunction:
    """A function as it would be deployed; `schedule` and `zone` as written, for kind `schedule` alone."""

    name: str
    kind: Kind
    schedule: str | None = None
    zone: str | None = None


def functions_of(module: ModuleType) -> list[ServedFunction]:
    """All functions of a module that carry an endpoint mark, by name, as a deployment would find them."""
    endpoints = (getattr(member, "__firebase_endpoint__", None) for _, member in inspect.getmembers(module))
    return sorted((_describe(endpoint) for endpoint in endpoints if endpoint), key=lambda served: served.name)


def _describe(endpoint: Any) -> ServedFunction:
    if trigger := endpoint.scheduleTrigger:
        zone = trigger.get("timeZone")
        return ServedFunction(endpoint.entryPoint, "schedule", str(trigger["schedule"]), _text_or_none(zone))
    return ServedFunction(endpoint.entryPoint, _kind(endpoint))


def _kind(endpoint: Any) -> Kind:
    if endpoint.callableTrigger is not None:
        return "callable"
    return "http" if endpoint.httpsTrigger is not None else "other"


def _text_or_none(value: object) -> str | None:
    """An option's text; options that were not given are sentinel objects."""
    return value if isinstance(value, str) else None
