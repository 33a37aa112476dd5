"""REST requests served: an RPC's response as JSON, or its responses as a JSON array."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from emulator.core.errors import FirestoreError, Unimplemented
from emulator.core.rpc.table import RPCS, StreamingRpc
from emulator.service.callers import LABEL_HEADER, Caller
from emulator.service.service import Service
from emulator.transports.http_server import Reply, Request
from emulator.transports.proto_json import to_json
from emulator.transports.rest.requests import parse_request
from emulator.transports.rest.routes import Route, find_route
from emulator.transports.statuses import error_content, http_status

_JSON = "application/json; charset=utf-8"
_PIECE = 64 << 10


def caller_of(request: Request) -> Caller:
    """Who calls, by the headers of a request."""
    return Caller(request.headers.get(LABEL_HEADER, ""), request.headers.get("authorization", ""))


def refusal_reply(refusal: FirestoreError, *, streaming: bool = False) -> Reply:
    """A refusal in the form of Google's APIs, which is within an array where responses would have been."""
    content: Any = error_content(refusal)
    text = json.dumps([content] if streaming else content)
    return Reply(http_status(refusal.code), text.encode(), _JSON)


async def serve_rest(service: Service, request: Request) -> Reply | None:
    """The reply to a request of the documents API; None if the request is not one."""
    streaming = False
    try:
        route = find_route(request.method, request.path)
        if route is None:
            return None
        streaming = isinstance(RPCS[route.rpc], StreamingRpc)
        return await _call(service, route, request, streaming)
    except FirestoreError as refusal:
        return refusal_reply(refusal, streaming=streaming)


async def _call(service: Service, route: Route, request: Request, streaming: bool) -> Reply:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Unimplemented("compressed request bodies are not supported by this emulator")
    message = parse_request(RPCS[route.rpc].request, route, request.query, request.body)
    response = await service.call(route.rpc, message, caller_of(request))
    if streaming:
        return Reply(body=_array(response), content_type=_JSON)
    return Reply(body=to_json(response).encode("ascii"), content_type=_JSON)


async def _array(responses: Iterable[Any]) -> AsyncGenerator[bytes, None]:
    """A JSON array, in pieces between which others get their turn."""
    parts, size, separator = ["["], 1, ""
    for response in responses:
        text = separator + to_json(response)
        parts.append(text)
        separator = ",\n"
        size += len(text)
        if size >= _PIECE:
            yield "".join(parts).encode("ascii")
            parts, size = [], 0
            await asyncio.sleep(0)
    parts.append("]")
    yield "".join(parts).encode("ascii")
