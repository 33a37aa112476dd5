"""Operations on stored documents as requests: what transports hand to the rules."""

from collections.abc import Mapping
from typing import Any

from emulator.rules.requests import Method, Request
from emulator.rules.values.types import Timestamp, Value
from emulator.rules.wire_values import stored_resource
from emulator.wire import Document

_DATABASE = 3
_PATH = 5
"""Places in a resource name, `projects/{project}/databases/{database}/documents/…`."""


def auth_of(claims: Mapping[str, Any] | None) -> Mapping[str, Value] | None:
    """`request.auth` of the claims of an ID token; None without a token."""
    if claims is None:
        return None
    uid = claims.get("user_id") or claims.get("sub") or claims.get("uid")
    return {"uid": uid, "token": dict(claims)}


def read_request(
    name: str, document: Document | None, time: Timestamp, auth: Mapping[str, Value] | None
) -> Request:
    """Reading one document by its resource name; `document` is None if there is none."""
    return _request("get", name, document, None, time, auth)


def write_request(
    name: str,
    before: Document | None,
    after: Document | None,
    time: Timestamp,
    auth: Mapping[str, Value] | None,
) -> Request:
    """Creating, updating or deleting a document; `after` has its transforms applied, at the same `time`."""
    method: Method = "delete" if after is None else "create" if before is None else "update"
    return _request(method, name, before, after, time, auth)


def _request(
    method: Method,
    name: str,
    before: Document | None,
    after: Document | None,
    time: Timestamp,
    auth: Mapping[str, Value] | None,
) -> Request:
    segments = name.split("/")
    return Request(
        method,
        tuple(segments[_PATH:]),
        time,
        auth,
        None if before is None else stored_resource(before),
        None if after is None else stored_resource(after),
        database=segments[_DATABASE],
    )
