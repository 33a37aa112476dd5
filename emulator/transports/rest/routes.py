"""Which RPC a method and path of the REST API stand for.

Source: the HTTP annotations of google/firestore/v1/firestore.proto.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from emulator.core.errors import InvalidArgument, Unimplemented

_DOCUMENTS = re.compile(r"/v1/(projects/[^/]+/databases/[^/]+)/documents((?:/[^/]+)*)(?::([A-Za-z]+))?")
_VERB = re.compile(r"(.*):([A-Za-z]+)")
_DATABASE_VERBS = {
    "batchGet": "BatchGetDocuments",
    "batchWrite": "BatchWrite",
    "beginTransaction": "BeginTransaction",
    "commit": "Commit",
    "rollback": "Rollback",
}
_PARENT_VERBS = {
    "listCollectionIds": "ListCollectionIds",
    "partitionQuery": "PartitionQuery",
    "runAggregationQuery": "RunAggregationQuery",
    "runQuery": "RunQuery",
}


@dataclass(frozen=True, slots=True)
class Route:
    """An RPC with the request fields that the path binds; `body` names the field that the body fills, `*` all."""

    rpc: str
    bound: dict[str, str]
    body: str | None = None


def find_route(method: str, path: str) -> Route | None:
    """The RPC of a request, None if the path is not one of the documents API.

    Unimplemented for a method or verb that nothing serves.
    """
    match = _DOCUMENTS.fullmatch(path)
    if match is None:
        return None
    below, verb = match[2], match[3]
    # Only POST has verbs below documents; in other paths a colon is part of an id.
    if below and method == "POST" and (custom := _VERB.fullmatch(below)):
        below, verb = custom[1], custom[2]
    database = unquote(match[1])
    segments = [_decoded(segment) for segment in below.split("/")[1:]]
    root = f"{database}/documents"
    found = None
    if verb is not None:
        found = _custom(method, database, root, segments, verb)
    elif segments:
        found = _standard(method, root, segments)
    if found is None:
        raise Unimplemented(f"{method} {path} is not supported by this emulator")
    return found


def _decoded(segment: str) -> str:
    decoded = unquote(segment)
    if "/" in decoded:
        raise InvalidArgument(f"the path segment {segment!r} holds a slash")
    return decoded


def _custom(method: str, database: str, root: str, segments: list[str], verb: str) -> Route | None:
    if method != "POST":
        return None
    if verb in _PARENT_VERBS:
        return Route(_PARENT_VERBS[verb], {"parent": "/".join([root, *segments])}, "*")
    if verb in _DATABASE_VERBS and not segments:
        return Route(_DATABASE_VERBS[verb], {"database": database}, "*")
    return None


def _standard(method: str, root: str, segments: list[str]) -> Route | None:
    name = "/".join([root, *segments])
    if len(segments) % 2 == 0:
        return {
            "GET": Route("GetDocument", {"name": name}),
            "PATCH": Route("UpdateDocument", {"document.name": name}, "document"),
            "DELETE": Route("DeleteDocument", {"name": name}),
        }.get(method)
    bound = {"parent": "/".join([root, *segments[:-1]]), "collectionId": segments[-1]}
    return {
        "GET": Route("ListDocuments", bound),
        "POST": Route("CreateDocument", bound, "document"),
    }.get(method)
