"""What lets pages of any origin call the emulator: preflights answered, headers on every reply."""

from dataclasses import replace
from http import HTTPStatus

from emulator.transports.http_server import Reply, Request

METHODS = "GET,POST,PUT,PATCH,DELETE,OPTIONS"
PREFLIGHT_SECONDS = 3600
EXPOSED = "X-HTTP-Session-Id"


def is_preflight(request: Request) -> bool:
    """Whether a browser asks for permission to make a request."""
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def preflight_reply(request: Request) -> Reply:
    """Permission for whatever is asked."""
    headers = {
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": request.headers.get("access-control-request-headers", ""),
        "access-control-max-age": str(PREFLIGHT_SECONDS),
    }
    return Reply(HTTPStatus.OK, headers=headers)


def allow_origin(request: Request, reply: Reply) -> Reply:
    """The reply, readable by the page that made the request."""
    origin = request.headers.get("origin")
    if origin is None:
        return reply
    headers = {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": EXPOSED,
        "vary": "Origin",
    }
    return replace(reply, headers={**reply.headers, **headers})
