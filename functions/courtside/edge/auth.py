"""Who is calling: the identity token of a request, verified; roles come from the account, not from the token."""

import re
import threading
from dataclasses import dataclass
from typing import Any, Protocol

from firebase_admin import App, auth, get_app, initialize_app
from firebase_admin.exceptions import FirebaseError

from courtside.config import Settings
from courtside.errors import NotSignedIn, TokenRefused, Unavailable
from courtside.ids import is_safe_segment

_BEARER = re.compile(r"Bearer (?P<token>[A-Za-z0-9_.~+/=-]{1,8192})\Z")
_making_app = threading.Lock()


@dataclass(frozen=True)
class Caller:
    """Whom the token names; `email` only if its owner has proved it."""

    uid: str
    email: str | None


class VerifyToken(Protocol):
    """Checks a token and returns its claims, or raises TokenRefused."""

    def __call__(self, token: str) -> dict[str, Any]: ...


def firebase_verifier(settings: Settings) -> VerifyToken:
    """Verification by the Admin SDK, which caches Google's keys; unsigned tokens pass only under the emulator."""
    app = firebase_app(settings.project)

    def verify(token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = auth.verify_id_token(
                token, app=app, clock_skew_seconds=settings.clock_skew_seconds
            )
        except auth.CertificateFetchError as error:
            # Not the caller's fault: the SDK would have it look like a bad token.
            raise Unavailable("Identity tokens cannot be verified right now; try again.") from error
        # The SDK decodes the token before it checks the signature, so anyone can send one that nests too deep.
        except (ValueError, RecursionError, FirebaseError) as error:
            raise TokenRefused from error
        return claims

    return verify


def read_caller(authorization: str | None, verify: VerifyToken) -> Caller:
    """The caller named by an Authorization header.

    Raises:
        NotSignedIn: there is no header.
        TokenRefused: it is not a bearer token, does not verify, or its uid is not one that we could store.
    """
    if not authorization:
        raise NotSignedIn
    match = _BEARER.match(authorization)
    if match is None:
        raise TokenRefused
    claims = verify(match["token"])
    uid = claims.get("uid")
    if not isinstance(uid, str) or not is_safe_segment(uid):
        raise TokenRefused("This account's id cannot be used here.")
    email = claims.get("email") if claims.get("email_verified") is True else None
    return Caller(uid, email if isinstance(email, str) else None)


def firebase_app(project: str) -> App:
    """The Admin SDK's app of a project, one in each process."""
    # Under a lock: two first requests would both find no app, and the second to make one would be refused.
    with _making_app:
        try:
            return get_app(project)
        except ValueError:
            return initialize_app(options={"projectId": project}, name=project)
