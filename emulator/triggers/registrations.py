"""Triggers as a functions host registers them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.core.documents import Change
from emulator.core.errors import InvalidArgument
from emulator.core.paths import DatabaseName
from emulator.triggers.patterns import exact, path_pattern

_EVENT_TYPE = re.compile(
    r"google\.cloud\.firestore\.document\.v1\.(created|updated|deleted|written)(\.withAuthContext)?"
)
_ID = re.compile(r"(.+)-(\d+)")
_MATCH_TYPES: dict[str, Callable[[str], re.Pattern[str]]] = {"EXACT": exact, "PATH_PATTERN": path_pattern}


@dataclass(frozen=True, slots=True)
class Registration:
    """One function's interest in the documents of one database; a later generation replaces an earlier one."""

    function: str
    generation: int
    database: DatabaseName
    event_type: str
    document: str
    pattern: re.Pattern[str]

    @property
    def id(self) -> str:
        """The id under which the functions host knows it."""
        return f"{self.function}-{self.generation}"

    @property
    def with_auth_context(self) -> bool:
        """Whether events tell who made the change."""
        return self.event_type.endswith(".withAuthContext")

    def concerns(self, change: Change) -> bool:
        """Whether the function is to hear of a change."""
        kinds = {"written", _kind(change)}
        wanted = _EVENT_TYPE.fullmatch(self.event_type)
        assert wanted is not None
        return wanted[1] in kinds and self.pattern.fullmatch(change.record.path) is not None


def _kind(change: Change) -> str:
    if change.old is None:
        return "created"
    return "deleted" if change.new is None else "updated"


def parse_registration(project: str, trigger_id: str, body: bytes) -> Registration:
    """A trigger from `{"eventType", "database", "namespace", "document": {"value", "matchType"}}`.

    `trigger_id` is `{region}-{function}-{generation}`. InvalidArgument says what is wrong.
    """
    content = _parse_object(body)
    known_as = _ID.fullmatch(trigger_id)
    if known_as is None:
        raise InvalidArgument(f"eventarcTriggerId {trigger_id!r} does not end in a generation")
    event_type = _text(content, "eventType")
    if _EVENT_TYPE.fullmatch(event_type) is None:
        raise InvalidArgument(f"event type {event_type!r} is not one of Firestore documents")
    if content.get("namespace", "(default)") != "(default)":
        raise InvalidArgument(f"namespace {content['namespace']!r} does not exist; there is only (default)")
    document = content.get("document")
    if not isinstance(document, Mapping):
        raise InvalidArgument("document must be an object with value and matchType")
    compile_pattern = _MATCH_TYPES.get(_text(document, "matchType"))
    if compile_pattern is None:
        raise InvalidArgument(f"matchType {document['matchType']!r} is neither EXACT nor PATH_PATTERN")
    path = _text(document, "value")
    database = DatabaseName(project, content.get("database") or "(default)")
    return Registration(
        known_as[1], int(known_as[2]), database, event_type, path.strip("/"), compile_pattern(path)
    )


def _parse_object(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except ValueError as error:
        raise InvalidArgument(f"the body is not JSON: {error}") from None
    if not isinstance(content, Mapping):
        raise InvalidArgument("the body must be an object")
    return content


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"{name} must be a text")
    return value
