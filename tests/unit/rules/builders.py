"""Rules and requests for tests; a test states only what matters to it."""

from collections.abc import Mapping
from typing import Any

from emulator.rules.access import Documents
from emulator.rules.requests import Method, Request, Resource, Verdict, resource
from emulator.rules.ruleset import Ruleset, compile_rules
from emulator.rules.values.types import Path, Timestamp

NOW = Timestamp(1_790_000_000_123_456_000)
ROOT = ("databases", "(default)", "documents")

Stored = Mapping[str, Mapping[str, Any]]


def rules(body: str, *, version: str = "2") -> Ruleset:
    """Statements inside the documents of any database, compiled."""
    return compile_rules(source(body, version=version))


def source(body: str, *, version: str = "2") -> str:
    """The text of rules whose statements begin on line 4."""
    return (
        f"rules_version = '{version}';\n"
        "service cloud.firestore {\n"
        "match /databases/{database}/documents {\n"
        f"{body}\n"
        "}}\n"
    )


def stored(path: str, data: Mapping[str, Any]) -> Resource:
    """The document at a path."""
    return resource(data, Path((*ROOT, *path.split("/"))))


def documents(contents: Stored | None = None, after: Stored | None = None) -> Documents:
    """What get and exists find, by path."""

    def reader(found: Stored) -> Any:
        return lambda path: stored("/".join(path), found["/".join(path)]) if "/".join(path) in found else None

    return Documents(reader(contents or {}), None if after is None else reader(after))


def request(
    method: Method = "get",
    path: str = "rooms/r1",
    *,
    uid: str | None = None,
    token: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> Request:
    """An operation on the document at a path: `data` is what is stored there, `new` what it will hold."""
    return Request(
        method,
        tuple(path.split("/")),
        NOW,
        auth=None if uid is None else {"uid": uid, "token": dict(token or {})},
        resource=None if data is None else stored(path, data),
        new_resource=None if new is None else stored(path, new),
        query=query,
    )


def verdict(condition: str, asked: Request | None = None, *, found: Documents | None = None) -> Verdict:
    """The verdict of a single condition on one line, for every operation on every document."""
    ruleset = rules(f"match /{{document=**}} {{ allow read, write: if {condition}; }}")
    return ruleset.evaluate(asked or request(), found)


def outcome(condition: str, asked: Request | None = None, *, found: Documents | None = None) -> bool | str:
    """What a condition evaluates to: true, false, or the message of its error."""
    answer = verdict(condition, asked, found=found)
    if answer.allowed:
        return True
    assert len(answer.refusals) == 1
    return answer.refusals[0].problem or False
