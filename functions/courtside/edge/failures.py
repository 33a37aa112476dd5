"""The one place where errors become what a caller sees."""

from typing import Any

from courtside.errors import Code, CourtsideError

# The HTTP status of each canonical code, as the callable protocol has them.
_HTTP_STATUS = {
    Code.INVALID_ARGUMENT: 400,
    Code.FAILED_PRECONDITION: 400,
    Code.UNAUTHENTICATED: 401,
    Code.PERMISSION_DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.ABORTED: 409,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.UNAVAILABLE: 503,
    Code.INTERNAL: 500,
}


def error_body(error: CourtsideError) -> dict[str, Any]:
    """`{status, message, details: {reason, …}}`: what the Firebase SDKs turn into their error."""
    return {
        "status": error.code.value,
        "message": error.message,
        "details": {"reason": error.reason, **error.details},
    }


def internal_error_body(request_id: str) -> dict[str, Any]:
    """What a caller sees of a bug: nothing but the id under which its trace was logged."""
    return {
        "status": Code.INTERNAL.value,
        "message": "Something went wrong on our side; it was logged under this request id.",
        "details": {"reason": "INTERNAL", "request_id": request_id},
    }


def http_status(body: dict[str, Any]) -> int:
    """The HTTP status that goes with an error body."""
    return _HTTP_STATUS[Code(body["status"])]
