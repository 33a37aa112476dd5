"""JSON forms of scripted answers: checked field by field when read, without defaults when shown."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from local.serving.messages import Request
from local.serving.script import BadAnswer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Types = Mapping[str, tuple[type, ...]]


def check_fields(content: object, types: Types) -> dict[str, Any]:
    """The fields of an object that are set; BadAnswer names one that is unknown or of the wrong type."""
    if not isinstance(content, Mapping):
        raise BadAnswer("an answer must be an object")
    given = {name: value for name, value in content.items() if value is not None}
    for name, value in given.items():
        known = types.get(name)
        if known is None:
            raise BadAnswer(f"{name} is not known; known are {', '.join(types)}")
        if not isinstance(value, known) or (isinstance(value, bool) and bool not in known):
            raise BadAnswer(f"{name} has the wrong type")
    return given


def as_form(answer: "DataclassInstance", *always: str) -> dict[str, Any]:
    """A dataclass as an object, without what is at its default, but for fields that are shown `always`."""
    values = {field.name: (getattr(answer, field.name), field.default) for field in fields(answer)}
    return {name: value for name, (value, default) in values.items() if name in always or value != default}


def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in a request's body; ValueError when there is none."""
    content = json.loads(request.body)
    if not isinstance(content, dict):
        raise ValueError("the body must be an object")
    return content
