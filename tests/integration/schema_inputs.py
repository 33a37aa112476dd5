"""Inputs made from published JSON Schemas: such as they allow, and such as they do not."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from hypothesis import strategies as st

Schema = Mapping[str, Any]
# A field's name → values that are worth trying for it: what no schema tells, such as ids of things that are there.
Hints = Mapping[str, Sequence[Any]]

_SAMPLES: dict[str, Any] = {
    "string": "x",
    "integer": 3,
    "number": 0.5,
    "boolean": True,
    "null": None,
    "array": [],
    "object": {},
}
_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
# Read once: what is made from the same choices must be the same.
_NOW = datetime.now().astimezone().replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Inputs:
    """Makes inputs for one published schema."""

    schema: Schema
    hints: Hints

    @cached_property
    def allowed(self) -> st.SearchStrategy[dict[str, Any]]:
        """What the schema allows; a hint may be more or less than that."""
        return self._object(self.schema)

    @cached_property
    def refused(self) -> st.SearchStrategy[dict[str, Any]]:
        """What was allowed but for one place, at which it is certain that it is not."""
        return self.allowed.flatmap(self._break)

    def hostile(self, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        """What was allowed but for one place, which has a value of these."""

        def replace(content: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
            places = [place for place in self._places(self.schema, content, ()) if place.path]
            if not places:
                return st.just(content)
            return st.tuples(st.sampled_from(places), values).map(lambda it: _put(content, it[0].path, it[1]))

        return self.allowed.flatmap(replace)

    def _resolve(self, schema: Schema) -> Schema:
        if "$ref" in schema:
            return self._resolve(self.schema["$defs"][schema["$ref"].rsplit("/", 1)[-1]])
        return schema

    def _value(self, schema: Schema, name: str = "") -> st.SearchStrategy[Any]:
        schema = self._resolve(schema)
        if "anyOf" in schema:
            return st.one_of(*(self._value(part, name) for part in schema["anyOf"]))
        made = self._typed(schema, name)
        if schema.get("type") in ("null", "array", "object") or name not in self.hints:
            return made
        # Mostly the hint: what is made up gets no further than the first look for it.
        hinted = st.sampled_from(self.hints[name])
        return st.one_of(hinted, hinted, hinted, made)

    def _typed(self, schema: Schema, name: str) -> st.SearchStrategy[Any]:
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        match schema["type"]:
            case "string":
                return _text(schema)
            case "integer":
                return _integers(schema)
            case "number":
                return st.floats(schema.get("minimum", -1e9), schema.get("maximum", 1e9), allow_nan=False)
            case "boolean":
                return st.booleans()
            case "null":
                return st.none()
            case "array":
                items, most = self._value(schema["items"], name), min(schema.get("maxItems", 4), 4)
                return st.lists(
                    items, min_size=schema.get("minItems", 0), max_size=max(most, schema.get("minItems", 0))
                )
            case "object":
                return self._object(schema)
        raise AssertionError(f"no input is made for {schema}")

    def _object(self, schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
        required = set(schema.get("required", ()))
        fields = {name: self._value(part, name) for name, part in schema.get("properties", {}).items()}
        always = {name: made for name, made in fields.items() if name in required}
        others = sorted(fields.keys() - required)
        if not others:
            return st.fixed_dictionaries(always)
        # Few at a time: of many one is sure to be refused.
        chosen = st.lists(st.sampled_from(others), max_size=2)
        return chosen.flatmap(
            lambda names: st.fixed_dictionaries({**always, **{name: fields[name] for name in names}})
        )

    def _break(self, content: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        breaks = [
            (place.path, value)
            for place in self._places(self.schema, content, ())
            for value in self._never_allowed(place)
        ]
        return st.sampled_from(breaks).map(lambda it: _put(content, *it))

    def _places(self, schema: Schema, value: Any, path: tuple[str | int, ...]) -> "Iterator[_Place]":
        """Where the schema says something of a value, from the whole to its parts."""
        schema = self._resolve(schema)
        parts = [self._resolve(part) for part in schema.get("anyOf", [schema])]
        yield _Place(path, value, parts)
        for part in parts:
            if part.get("type") == "object" and isinstance(value, dict):
                for name, field in value.items():
                    if name in part.get("properties", {}):
                        yield from self._places(part["properties"][name], field, (*path, name))
            if part.get("type") == "array" and isinstance(value, list):
                for number, item in enumerate(value):
                    yield from self._places(part["items"], item, (*path, number))

    def _never_allowed(self, place: "_Place") -> Iterator[Any]:
        """Values for a place which none of its schemas allows."""
        types = {part.get("type", "string") for part in place.schemas}
        # A number may be written without a fraction.
        types |= {"integer"} if "number" in types else set()
        if place.path:
            yield from (sample for kind, sample in _SAMPLES.items() if kind not in types)
        if len(types - {"null"}) > 1:
            return
        for part in place.schemas:
            yield from _out_of_bounds(part)
            if part.get("type") == "object" and isinstance(place.value, dict):
                yield {**place.value, "unknown_field": 1}
                for name in part.get("required", ()):
                    yield {key: item for key, item in place.value.items() if key != name}


@dataclass(frozen=True)
class _Place:
    path: tuple[str | int, ...]
    value: Any
    schemas: Sequence[Schema]


def _out_of_bounds(schema: Schema) -> Iterator[Any]:
    match schema.get("type"):
        case "string" if "const" in schema or "enum" in schema:
            yield "no such choice"
        case "string":
            yield "a\0b"
            if "maxLength" in schema:
                yield "x" * (schema["maxLength"] + 1)
            if "pattern" in schema or "format" in schema:
                yield "\u2603 fits no pattern"
        case "integer" | "number":
            yield from (
                schema[bound] + step for bound, step in (("minimum", -1), ("maximum", 1)) if bound in schema
            )
            yield 10**30
        case "array" if "maxItems" in schema:
            yield [{"unknown": 1}] * (schema["maxItems"] + 1)


def _text(schema: Schema) -> st.SearchStrategy[str]:
    match schema.get("format"):
        case "uuid":
            return st.uuids().map(str)
        case "date":
            return st.dates(date(2026, 1, 1), date(2030, 1, 1)).map(date.isoformat)
        case "date-time":
            return st.integers(-400, 400).map(lambda hours: (_NOW + timedelta(hours=hours)).isoformat())
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].removesuffix("$") + r"\Z")
    least, most = schema.get("minLength", 0), schema.get("maxLength", 12)
    return _TEXTS.map(lambda text: (text.strip() + "x" * least)[:most])


def _integers(schema: Schema) -> st.SearchStrategy[int]:
    least = schema.get("minimum", schema.get("exclusiveMinimum", -10) + ("exclusiveMinimum" in schema))
    most = schema.get("maximum", 10**9)
    # Small ones reach more than any.
    return st.integers(least, most) | st.integers(least, min(most, least + 60))


def _put(content: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """A copy of the content with this value at that place."""
    if not path:
        replaced: dict[str, Any] = value
        return replaced
    changed = copy.deepcopy(content)
    target: Any = changed
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return changed
