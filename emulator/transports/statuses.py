"""Refusals as HTTP statuses and in the JSON form of Google's APIs."""

from http import HTTPStatus
from typing import Any

from emulator.core.errors import Code, FirestoreError

_STATUSES = {
    Code.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    Code.FAILED_PRECONDITION: HTTPStatus.BAD_REQUEST,
    Code.OUT_OF_RANGE: HTTPStatus.BAD_REQUEST,
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.ABORTED: HTTPStatus.CONFLICT,
    Code.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    Code.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.UNIMPLEMENTED: HTTPStatus.NOT_IMPLEMENTED,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
}


def http_status(code: Code) -> HTTPStatus:
    """The HTTP status of a canonical code (google/rpc/code.proto says which)."""
    return _STATUSES.get(code, HTTPStatus.INTERNAL_SERVER_ERROR)


def error_content(refusal: FirestoreError) -> dict[str, Any]:
    """`{"error": {code, message, status}}`."""
    status = http_status(refusal.code)
    return {"error": {"code": int(status), "message": refusal.message, "status": refusal.code.name}}
