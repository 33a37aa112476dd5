"""FCM's refusals as it words them: status, canonical code, and the details that tell a sender what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.fcm.shapes import Violation
from local.serving.messages import Reply, json_reply

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_CREDENTIAL = "Expected OAuth 2 access token, login cookie or other valid authentication credential."


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way in which FCM does not accept a message.

    `error_code` is that of `FcmError`, None where Google's front end answers and not FCM; `field` is the one that
    a `BadRequest` names.
    """

    status: int
    canonical: str
    error_code: str | None
    message: str
    field: str | None = None

    def reply(self, headers: dict[str, str] | None = None) -> Reply:
        """The response of FCM; that of a bad gateway is a page, as from any proxy."""
        if self.status == 502:
            page = f"<!DOCTYPE html><html lang=en><title>Error 502</title><p>{self.message}</html>"
            return Reply(502, page.encode(), "text/html; charset=UTF-8", headers or {})
        violations = [Violation(self.field, self.message)] if self.field else []
        details = _details(self.error_code, violations)
        return _error(self.status, self.canonical, self.message, details, headers)


def _argument(message: str, field: str | None = None) -> Refusal:
    return Refusal(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", message, field)


REFUSALS = {
    "INVALID_ARGUMENT": _argument("Request contains an invalid argument."),
    "INVALID_TOKEN": _argument(
        "The registration token is not a valid FCM registration token", "message.token"
    ),
    "UNREGISTERED": Refusal(404, "NOT_FOUND", "UNREGISTERED", "Requested entity was not found."),
    "SENDER_ID_MISMATCH": Refusal(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "SenderId mismatch"),
    "THIRD_PARTY_AUTH_ERROR": Refusal(
        401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", "Auth error from APNS or Web Push Service"
    ),
    "QUOTA_EXCEEDED": Refusal(
        429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "Resource has been exhausted (e.g. check quota)."
    ),
    "INTERNAL": Refusal(500, "INTERNAL", "INTERNAL", "Internal error encountered."),
    "UNAVAILABLE": Refusal(503, "UNAVAILABLE", "UNAVAILABLE", "The service is currently unavailable."),
    "BAD_GATEWAY": Refusal(502, "BAD_GATEWAY", None, "The server encountered a temporary error."),
    "UNAUTHENTICATED": Refusal(
        401,
        "UNAUTHENTICATED",
        None,
        f"Request had invalid authentication credentials. {_CREDENTIAL}",
    ),
    "PERMISSION_DENIED": Refusal(
        403,
        "PERMISSION_DENIED",
        None,
        "Permission 'cloudmessaging.messages.create' denied on resource (or it may not exist).",
    ),
}
"""Name → refusal that can be asked for; all rows of FCM's table of error codes, and what Google answers around it."""


def missing_credential() -> Reply:
    """The answer to a request without a bearer token."""
    message = f"Request is missing required authentication credential. {_CREDENTIAL}"
    metadata = {
        "method": "google.firebase.fcm.v1.FcmService.SendMessage",
        "service": "fcm.googleapis.com",
    }
    info = {"@type": _ERROR_INFO, "reason": "CREDENTIALS_MISSING", "domain": "googleapis.com"}
    challenge = {"www-authenticate": 'Bearer realm="https://accounts.google.com/"'}
    return _error(401, "UNAUTHENTICATED", message, [{**info, "metadata": metadata}], challenge)


def unreadable(violations: Sequence[Violation]) -> Reply:
    """The answer of Google's front end to what is not JSON of this API: FCM has not seen it, so no `FcmError`."""
    message = "\n".join(violation.description for violation in violations)
    return _error(400, "INVALID_ARGUMENT", message, _details(None, violations))


def invalid(violations: Sequence[Violation]) -> Reply:
    """FCM's answer to a message that it can read and does not take."""
    details = _details("INVALID_ARGUMENT", violations)
    return _error(400, "INVALID_ARGUMENT", violations[0].description, details)


def not_found(path: str) -> Reply:
    """The answer to a path that the API does not have."""
    return _error(404, "NOT_FOUND", f"The requested URL {path} was not found on this server.", [])


def _details(error_code: str | None, violations: Sequence[Violation]) -> list[dict[str, Any]]:
    fields = [{"field": found.field, "description": found.description} for found in violations]
    found: list[dict[str, Any]] = []
    if error_code is not None:
        found.append({"@type": _FCM_ERROR, "errorCode": error_code})
    if fields:
        found.append({"@type": _BAD_REQUEST, "fieldViolations": fields})
    return found


def _error(
    status: int,
    canonical: str,
    message: str,
    details: list[dict[str, Any]],
    headers: dict[str, str] | None = None,
) -> Reply:
    error = {"code": status, "message": message, "status": canonical}
    return json_reply({"error": {**error, **({"details": details} if details else {})}}, status, headers)
