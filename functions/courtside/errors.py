"""What can go wrong, as one tree of typed errors.

    CourtsideError
    ├── Refusal                 expected: the caller asked for something that cannot be; nothing changed
    │   ├── InvalidInput        INVALID_ARGUMENT, with the fields at fault
    │   ├── NotSignedIn         UNAUTHENTICATED
    │   ├── TokenRevoked        UNAUTHENTICATED
    │   ├── SignInAgain         FAILED_PRECONDITION, with the most seconds since the sign-in
    │   ├── NotAllowed          PERMISSION_DENIED
    │   ├── ClockNotMovable     PERMISSION_DENIED
    │   ├── CommandIdReused     ALREADY_EXISTS
    │   ├── RateLimited         RESOURCE_EXHAUSTED, with the seconds to wait
    │   ├── AppCheckRefused     UNAUTHENTICATED
    │   └── …                   each domain's own, in its `model.py`
    └── Unavailable             not the caller's fault: try again with the same command id
        └── OutcomeUnknown      the reply to COMMIT was lost: it may or may not have happened

Clients switch on `reason`, which never changes once published; `message` is for people and may.
"""

from enum import StrEnum
from typing import Any, ClassVar


class Code(StrEnum):
    """The canonical status codes that callables answer with."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    ABORTED = "ABORTED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class CourtsideError(Exception):
    """Any error that the edge can name to a caller. The class docstring is the default message."""

    code: ClassVar[Code] = Code.INTERNAL
    reason: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str | None = None, /, **details: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.details = details
        super().__init__(self.message)


class Refusal(CourtsideError):
    """The request was understood and refused; nothing changed."""

    code = Code.FAILED_PRECONDITION
    reason = "REFUSED"


class InvalidInput(Refusal):
    """The input does not have the expected shape."""

    code = Code.INVALID_ARGUMENT
    reason = "INVALID_INPUT"


class MalformedRequest(InvalidInput):
    """The request body is not a callable request: a JSON object with a `data` object."""

    reason = "MALFORMED_REQUEST"


class RequestTooLarge(InvalidInput):
    """The request body is larger or more deeply nested than any command needs."""

    reason = "REQUEST_TOO_LARGE"


class UnknownCommand(Refusal):
    """This function has no command of that name."""

    code = Code.NOT_FOUND
    reason = "UNKNOWN_COMMAND"


class NotSignedIn(Refusal):
    """Sign in first: the request carries no identity token."""

    code = Code.UNAUTHENTICATED
    reason = "TOKEN_MISSING"


class TokenRefused(Refusal):
    """The identity token is expired, malformed, or of another project."""

    code = Code.UNAUTHENTICATED
    reason = "TOKEN_REFUSED"


class TokenRevoked(Refusal):
    """You were signed out since this token's sign-in: sign in again."""

    code = Code.UNAUTHENTICATED
    reason = "TOKEN_REVOKED"


class SignInAgain(Refusal):
    """This asks for a sign-in of the last minutes: sign in again."""

    reason = "SIGN_IN_AGAIN"


class NotAllowed(Refusal):
    """Your role does not include this command."""

    code = Code.PERMISSION_DENIED
    reason = "ROLE_NOT_ALLOWED"


class ClockNotMovable(Refusal):
    """Only a local suite may choose the time at which a command runs."""

    code = Code.PERMISSION_DENIED
    reason = "CLOCK_NOT_MOVABLE"


class AccountBlocked(Refusal):
    """This account is blocked."""

    code = Code.PERMISSION_DENIED
    reason = "ACCOUNT_BLOCKED"


class AccountDeleted(Refusal):
    """This account was deleted."""

    code = Code.PERMISSION_DENIED
    reason = "ACCOUNT_DELETED"


class CommandIdReused(Refusal):
    """This command id was used before, with other content."""

    code = Code.ALREADY_EXISTS
    reason = "COMMAND_ID_REUSED"


class RateLimited(Refusal):
    """Too many calls in too short a time; wait, then send the same again."""

    code = Code.RESOURCE_EXHAUSTED
    reason = "RATE_LIMITED"


class AppCheckRefused(Refusal):
    """This call does not come from one of our apps, or its proof of that has expired."""

    code = Code.UNAUTHENTICATED
    reason = "APP_CHECK_REFUSED"


class Unavailable(CourtsideError):
    """The service cannot answer right now; try again with the same command id."""

    code = Code.UNAVAILABLE
    reason = "TRY_AGAIN"


class Contended(Unavailable):
    """Too many changes met at the same place; try again with the same command id."""

    code = Code.ABORTED
    reason = "CONTENDED"


class OutcomeUnknown(Unavailable):
    """The connection broke while committing; ask again with the same command id to learn what happened."""

    reason = "OUTCOME_UNKNOWN"
