"""Protocol buffers in JSON: what a value must look like, told in the words of Google's APIs when it does not.

Field names may be spelt `snake_case` or `camelCase`; what is read comes out in the former. Null is as good as absent.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

_DURATION = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?s")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]{1,9})?(Z|[+-][0-9:]{5})"
)
_NOT_REPEATED = "Proto field is not repeating, cannot start list."


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field of a request."""

    field: str
    description: str


class Shape(Protocol):
    """How values of a field are read; what is wrong is added to `violations`, and the value is then of no use."""

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any: ...


def _wrong(value: Any, path: str, type_name: str, violations: list[Violation], why: str = "") -> None:
    shown = why or json.dumps(value, ensure_ascii=False)
    violations.append(Violation(path, f"Invalid value at '{path}' ({type_name}), {shown}"))


@dataclass(frozen=True, slots=True)
class Text:
    """A string."""

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        if not isinstance(value, str):
            _wrong(value, path, "TYPE_STRING", violations)
        return value


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        if not isinstance(value, bool):
            _wrong(value, path, "TYPE_BOOL", violations)
        return value


@dataclass(frozen=True, slots=True)
class Number:
    """A number, of a 32-bit integer or of floating point."""

    whole: bool

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or (self.whole and (value != int(value) or not -(2**31) <= value < 2**31)):
            _wrong(value, path, "TYPE_INT32" if self.whole else "TYPE_FLOAT", violations)
        return value


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds as text that ends in `s`, up to nanoseconds."""

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        if not isinstance(value, str) or not _DURATION.fullmatch(value):
            name = path.rpartition(".")[2]
            why = f"Field '{name}', Illegal duration format; duration must end with 's'"
            _wrong(value, path, "type.googleapis.com/google.protobuf.Duration", violations, why)
        return value


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A point in time after RFC 3339."""

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
            name = path.rpartition(".")[2]
            why = f"Field '{name}', Invalid time format: {value}"
            _wrong(value, path, "type.googleapis.com/google.protobuf.Timestamp", violations, why)
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """An enumeration; its names may be in any case, which Google's parsers forgive."""

    type_name: str
    names: frozenset[str]

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        if isinstance(value, str) and value.upper() in self.names:
            return value.upper()
        _wrong(value, path, self.type_name, violations)
        return value


@dataclass(frozen=True, slots=True)
class Texts:
    """A map from string to string, such as `data`; a violation names the entry by its place."""

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        if not isinstance(value, dict):
            _wrong(value, path, "Map", violations, "Cannot bind a value that is no object to map field.")
            return {}
        for place, text in enumerate(value.values()):
            if not isinstance(text, str):
                _wrong(text, f"{path}[{place}].value", "TYPE_STRING", violations)
        return value


@dataclass(frozen=True, slots=True)
class AnyObject:
    """A JSON object that the API passes on as it is."""

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        if not isinstance(value, dict):
            _wrong(value, path, "type.googleapis.com/google.protobuf.Struct", violations)
            return {}
        return value


@dataclass(frozen=True, slots=True)
class ListOf:
    """A repeated field."""

    item: Shape

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        # A single value stands for a list of one, as everywhere in Google's APIs.
        values = value if isinstance(value, list) else [value]
        return [self.item.read(item, f"{path}[{n}]", violations) for n, item in enumerate(values)]


@dataclass(frozen=True)
class Composite:
    """A message with fields of its own."""

    type_name: str
    fields: Mapping[str, Shape]
    _names: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spellings = {name: name for name in self.fields} | {camel_case(name): name for name in self.fields}
        object.__setattr__(self, "_names", spellings)

    def read(self, value: Any, path: str, violations: list[Violation]) -> Any:
        if not isinstance(value, dict):
            _wrong(value, path, f"type.googleapis.com/{self.type_name}", violations)
            return {}
        found: dict[str, Any] = {}
        for spelt, content in value.items():
            name = self._names.get(spelt)
            if name is None:
                _unknown(spelt, path, "Cannot find field.", violations)
            elif content is None:
                continue
            elif name in found:
                place = f"{path}.{name}" if path else name
                violations.append(
                    Violation(path, f"Invalid value at '{place}' (oneof), field is already set.")
                )
            else:
                found[name] = self._read_field(spelt, name, content, path, violations)
        return found

    def _read_field(self, spelt: str, name: str, content: Any, path: str, violations: list[Violation]) -> Any:
        shape = self.fields[name]
        if isinstance(content, list) and not isinstance(shape, ListOf):
            _unknown(spelt, path, _NOT_REPEATED, violations)
            return None
        return shape.read(content, f"{path}.{name}" if path else name, violations)


def camel_case(name: str) -> str:
    """`collapse_key` as `collapseKey`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _unknown(name: str, path: str, why: str, violations: list[Violation]) -> None:
    at = f" at '{path}'" if path else ""
    text = f'Invalid JSON payload received. Unknown name "{name}"{at}: {why}'
    violations.append(Violation(path, text))
