"""Which web origins may call: those that are configured, and any while the local suite runs."""

from flask import Request, Response

from courtside.config import Settings

_ALLOWED_HEADERS = (
    "authorization, content-type, firebase-instance-id-token, x-firebase-appcheck, x-firebase-gmpid"
)


def allow_origin(
    request: Request, response: Response, settings: Settings, *, preflight: bool = False
) -> Response:
    """Name the caller's origin in the response if it is one of ours; a browser refuses the others itself.

    `preflight` is for a browser that asks before it calls: it is also told what a call may look like.
    """
    origin = request.headers.get("Origin")
    response.headers["Vary"] = "Origin"
    if origin is None or not (settings.auth_emulator or origin in settings.allowed_origins):
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "X-Request-Id"
    if preflight:
        response.headers["Access-Control-Allow-Methods"] = "POST"
        response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        response.headers["Access-Control-Max-Age"] = "3600"
    return response
