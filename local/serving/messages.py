"""What a route is asked and what it may answer: a reply, or a connection that ends without one."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs

MAX_BODY_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request whose body has been read; header names are in lower case, `connection` counts from 1."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    http_version: str
    connection: int

    def parameter(self, name: str, default: str = "") -> str:
        """The last value of a parameter in the query string."""
        return parse_qs(self.query, keep_blank_values=True).get(name, [default])[-1]


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class HangUp(Enum):
    """No response: what ends instead. Over HTTP/1.1 a stream is its connection."""

    STREAM = "stream"
    CONNECTION = "connection"


Outcome = Reply | HangUp
Route = Callable[[Request], Outcome | Awaitable[Outcome]]


def json_reply(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """A response with a JSON body."""
    return Reply(status, json.dumps(content).encode(), "application/json; charset=UTF-8", headers or {})


def split_target(target: str) -> tuple[str, str]:
    """Path and query string of a request's target."""
    path, _, query = target.partition("?")
    return path, query
