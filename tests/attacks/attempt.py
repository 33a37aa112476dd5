"""What an attacker is told, and an attempt as data: its name, who tries it, and how it must be refused."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# A thing of the studio, by its name: `@booking` in an id, a path or a body stands for what the studio calls so.
_NAME = re.compile(r"@([a-z][a-z0-9_]*)")

Names = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What came back: the verdict to compare, and all of the text, headers included."""

    verdict: str
    text: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the answer, which is its last line."""
        body: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return body

    @property
    def result(self) -> dict[str, Any]:
        """What a callable answered, where it was expected to."""
        result: dict[str, Any] = self.body["result"]
        return result


@dataclass(frozen=True)
class Attempt:
    """One attack through one door; `door` picks the function that carries it out."""

    name: str
    refused: str
    door: str
    who: str
    what: str
    content: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


Door = Callable[[Attempt], Answer]


def with_names(value: Any, names: Names) -> Any:
    """The same value, every `@name` that the studio knows replaced by what it stands for."""
    match value:
        case str():
            return _NAME.sub(lambda found: names.get(found[1], found[0]), value)
        case Mapping():
            return {with_names(key, names): with_names(item, names) for key, item in value.items()}
        case Sequence() if not isinstance(value, bytes):
            return [with_names(item, names) for item in value]
        case _:
            return value


def calls(who: str, command: str, refused: str, name: str, /, **content: Any) -> Attempt:
    """A command or query, called over HTTP with the token of `who`."""
    return Attempt(name, refused, "callable", who, command, content)


def asks(who: str, method: str, path: str, name: str, /, **content: Any) -> Attempt:
    """A request of Firestore's REST interface, below the database's documents, that the rules must refuse."""
    return Attempt(name, "PERMISSION_DENIED", "firestore", who, f"{method} {path}", content)


def reads(who: str, path: str, name: str) -> Attempt:
    """One document, asked for by its path."""
    return asks(who, "GET", f"/{path}", name)
