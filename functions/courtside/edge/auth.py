"""Who is calling: the identity token of a request, verified; roles come from the account, not from the token."""

import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from firebase_admin import App, auth, get_app, initialize_app
from firebase_admin.exceptions import FirebaseError

from courtside.actors import SYSTEM
from courtside.config import Settings
from courtside.db.idempotency import Account
from courtside.errors import (
    AccountBlocked,
    AccountDeleted,
    NotSignedIn,
    SignInAgain,
    TokenRefused,
    TokenRevoked,
    Unavailable,
)
from courtside.ids import is_safe_segment

_BEARER = re.compile(r"Bearer (?P<token>[A-Za-z0-9_.~+/=-]{1,8192})\Z")
_making_app = threading.Lock()
# How long the Admin SDK waits for Firebase; by itself it would for two minutes.
_ANSWER_SECONDS = 10
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_CLOCK_SKEW = timedelta(minutes=1)

# The age of a sign-in up to which dangerous commands are taken.
FRESH_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Caller:
    """Whom the token names; `email` only if its owner has proved it; the sign-in to the second, as tokens tell it."""

    uid: str
    email: str | None
    signed_in_at: datetime = _LONG_AGO


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
        # The SDK decodes before it checks the signature, so anyone can send what nests too deep; and it compares
        # whatever stands where a time should.
        except (ValueError, TypeError, RecursionError, FirebaseError) as error:
            raise TokenRefused from error
        return claims

    return verify


def read_caller(authorization: str | None, verify: VerifyToken) -> Caller:
    """The caller named by an Authorization header.

    Raises:
        NotSignedIn: there is no header.
        TokenRefused: it is not a bearer token, does not verify, its uid is not one that we could store, or it does
            not tell when its sign-in was.
    """
    if not authorization:
        raise NotSignedIn
    match = _BEARER.match(authorization)
    if match is None:
        raise TokenRefused
    claims = verify(match["token"])
    uid = claims.get("uid")
    # What the system does by itself is audited under a name that nobody may have.
    if not isinstance(uid, str) or not is_safe_segment(uid) or uid == SYSTEM.uid:
        raise TokenRefused("This account's id cannot be used here.")
    email = claims.get("email") if claims.get("email_verified") is True else None
    return Caller(uid, email if isinstance(email, str) else None, _read_sign_in(claims.get("auth_time")))


def require_standing(caller: Caller, account: Account) -> None:
    """Ask of every call what may have changed since its token was issued.

    Raises:
        AccountDeleted, AccountBlocked: the account may not act any more.
        TokenRevoked: its sign-in is older than the last time that all were ended.
    """
    if account.deleted:
        raise AccountDeleted
    if account.blocked:
        raise AccountBlocked
    if account.tokens_valid_from is not None and caller.signed_in_at < account.tokens_valid_from:
        raise TokenRevoked


def require_fresh_sign_in(caller: Caller, now: datetime) -> None:
    """Ask for a sign-in of the last minutes: a session that was left open, or stolen, is not enough.

    Raises:
        SignInAgain: it was longer ago.
    """
    if now - caller.signed_in_at > FRESH_FOR:
        raise SignInAgain(max_age_seconds=int(FRESH_FOR.total_seconds()))


def _read_sign_in(seconds: object) -> datetime:
    """The time in a token's `auth_time`, which must be past."""
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise TokenRefused
    try:
        signed_in_at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise TokenRefused from error
    if signed_in_at > datetime.now(UTC) + _CLOCK_SKEW:
        raise TokenRefused
    return signed_in_at


def firebase_app(project: str) -> App:
    """The Admin SDK's app of a project, one in each process."""
    # Under a lock: two first requests would both find no app, and the second to make one would be refused.
    with _making_app:
        try:
            return get_app(project)
        except ValueError:
            return initialize_app(
                options={"projectId": project, "httpTimeout": _ANSWER_SECONDS}, name=project
            )
