"""App Check: whether a call comes from one of our apps, told by a token that Google gave to it."""

from collections.abc import Callable
from typing import Any

from firebase_admin import app_check
from firebase_admin.exceptions import FirebaseError
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError

from courtside.config import Settings
from courtside.edge.auth import firebase_app
from courtside.errors import AppCheckRefused, Unavailable

HEADER = "X-Firebase-AppCheck"
_LONGEST_TOKEN = 8192

# Returns the claims of a token, or raises AppCheckRefused or Unavailable.
VerifyApp = Callable[[str], dict[str, Any]]


def app_verifier(settings: Settings) -> VerifyApp:
    """Verification by the Admin SDK, which caches Google's keys for hours."""
    app = firebase_app(settings.project)

    def verify(token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = app_check.verify_token(token, app=app)
        except PyJWKClientConnectionError as error:
            raise Unavailable("Proofs of apps cannot be verified right now; try again.") from error
        except (ValueError, RecursionError, PyJWKClientError, FirebaseError) as error:
            raise AppCheckRefused(found="refused") from error
        return claims

    return verify


def check_app(token: str | None, mode: str, verifier: Callable[[], VerifyApp]) -> str | None:
    """What was found, for the log: `valid`, `missing`, `refused` or `unverifiable`; None where nobody looks.

    Raises:
        AppCheckRefused: it is enforced, and the token is missing or no good.
        Unavailable: it is enforced, and Google's keys cannot be had.
    """
    if mode == "off":
        return None
    try:
        _require_app(token, verifier)
    except (AppCheckRefused, Unavailable) as error:
        if mode == "enforce":
            raise
        return str(error.details.get("found", "unverifiable"))
    return "valid"


def _require_app(token: str | None, verifier: Callable[[], VerifyApp]) -> None:
    if not token:
        raise AppCheckRefused(found="missing")
    if len(token) > _LONGEST_TOKEN:
        raise AppCheckRefused(found="refused")
    verifier()(token)
