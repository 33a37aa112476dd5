"""What a client asks for, as rules see it, and the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from emulator.rules.values.types import Path, Timestamp, Value

Method = Literal["get", "list", "create", "update", "delete"]


class Unfixed(Enum):
    """A part of a path that a query leaves open."""

    ID = auto()
    """Exactly one segment."""
    PATH = auto()
    """Any number of segments."""


Segments = tuple[str | Unfixed, ...]
"""A path below a database's documents."""


class Resource:
    """A document, read from its stored form when a rule first looks at it."""

    __slots__ = ("_read", "_value")

    def __init__(self, read: Callable[[], Value]) -> None:
        self._read: Callable[[], Value] | None = read
        self._value: Value = None

    @property
    def value(self) -> Value:
        """The map (of `data`, and `id` and `__name__` where known) that rules compute with."""
        if self._read is not None:
            self._value, self._read = self._read(), None
        return self._value


def resource(data: Mapping[str, Value], name: Path | None = None) -> Resource:
    """A document with these fields; without a name it has no `id` and no `__name__`."""
    identity = {} if name is None else {"id": name.segments[-1], "__name__": name}
    return Resource(lambda: {"data": dict(data), **identity})


@dataclass(frozen=True, slots=True)
class Request:
    """One operation on one document, or one query.

    `auth` is None or a map of `uid` and `token`; `resource` the document before the operation, None if there is
    none; `new_resource` the document after a create or update; `query` the limit, offset and order of a list.
    """

    method: Method
    path: Segments
    time: Timestamp
    auth: Mapping[str, Value] | None = None
    resource: Resource | None = None
    new_resource: Resource | None = None
    query: Mapping[str, Value] | None = None
    database: str = "(default)"

    @property
    def segments(self) -> Segments:
        """The path from the root, as match blocks see it."""
        return ("databases", self.database, "documents", *self.path)

    def variable(self) -> dict[str, Value]:
        """The value of `request`."""
        value: dict[str, Value] = {
            "auth": None if self.auth is None else dict(self.auth),
            "method": self.method,
            "time": self.time,
        }
        path = self.segments[:-1] if self.path[-1:] == (Unfixed.ID,) else self.segments
        texts = tuple(segment for segment in path if isinstance(segment, str))
        if len(texts) == len(path):
            value["path"] = Path(texts)
        if self.method == "list":
            value["query"] = dict(self.query or {})
        elif self.method != "get":
            value["resource"] = self.new_resource.value if self.new_resource is not None else None
        return value


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one `allow` statement did not allow: `problem` is None where its condition was false."""

    method: Method
    line: int
    problem: str | None = None

    def __str__(self) -> str:
        return f"{self.problem or 'false'} for '{self.method}' @ L{self.line}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a request; `refusals` name every statement that applied without allowing it."""

    allowed: bool
    refusals: tuple[Refusal, ...] = ()
    debug: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """What a denied client is told."""
        return ", ".join(map(str, self.refusals)) or "No matching allow statements"
