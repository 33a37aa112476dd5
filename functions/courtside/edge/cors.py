"""Which web origins may call: exactly those that are configured, and this machine's own beside a local suite.

Calls carry their identity in a header that no browser adds by itself, so there are no cookies to protect: credentials
are never allowed, and a page of a foreign origin can neither send an `application/json` call nor read an answer.
"""

from urllib.parse import urlsplit

from flask import Request, Response

from courtside.config import Settings

_ALLOWED_HEADERS = ", ".join(
    ("authorization", "content-type", "firebase-instance-id-token", "x-firebase-appcheck", "x-firebase-gmpid")
)
_EXPOSED_HEADERS = "X-Request-Id, Retry-After, Idempotent-Replayed"
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def allow_origin(
    request: Request, response: Response, settings: Settings, *, preflight: bool = False
) -> Response:
    """Name the caller's origin in the response if it is one of ours; a browser refuses the others itself.

    `preflight` is for a browser that asks before it calls: it is also told what a call may look like.
    """
    origin = request.headers.get("Origin")
    response.vary.add("Origin")
    if origin is None or not _is_ours(origin, settings):
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
    if preflight:
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        response.headers["Access-Control-Max-Age"] = "3600"
    return response


def _is_ours(origin: str, settings: Settings) -> bool:
    # `null` is the origin of sandboxed frames and files, of anybody: not even a configuration may name it.
    if origin == "null":
        return False
    return origin in settings.allowed_origins or (settings.auth_emulator is not None and _is_local(origin))


def _is_local(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        return (
            parts.hostname in _THIS_MACHINE
            and origin == f"{parts.scheme}://{parts.netloc}"
            and "@" not in origin
        )
    except ValueError:
        return False
