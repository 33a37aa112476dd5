"""One event of every kind that there is, from which tests change what matters to them."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import main
from courtside.events import Event

assert main  # it imports every domain, and so every event
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
_PEOPLE = {"client_id": "ada", "trainer_id": "tom", "user_id": "ada"}
_VALUES: dict[Any, Any] = {
    UUID: UUID(int=5),
    datetime: AT,
    date: AT.date(),
    str: "word",
    int: 3,
    bool: True,
}


def events_of(base: type[Event] = Event) -> Iterator[type[Event]]:
    """Every kind of event that can happen."""
    for subclass in base.__subclasses__():
        # Other tests, in the same process, have events of their own.
        if "name" in vars(subclass) and subclass.__module__.startswith("courtside."):
            yield subclass
        yield from events_of(subclass)


def happened(kind: Any, /, **changes: Any) -> Any:
    """An event of a kind, whole."""
    hints = get_type_hints(kind)
    values = {
        field.name: _PEOPLE.get(field.name, _value(hints[field.name]))
        for field in fields(kind)
        if field.default is MISSING or field.name in _PEOPLE
    }
    return kind(**{**values, **changes})


def _value(hint: Any) -> Any:
    if get_origin(hint) is tuple:
        (each, *_) = get_args(hint)
        return (_value(each),)
    if isinstance(hint, UnionType):
        return _value(get_args(hint)[0])
    return {} if get_origin(hint) is dict else _VALUES[hint]
