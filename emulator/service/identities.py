"""Who a caller is, by the token that it sends; tokens are read, not verified, as emulators do."""

import json
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from emulator.core.errors import Unauthenticated

_OWNER_TOKEN = "owner"


@dataclass(frozen=True, slots=True)
class Identity:
    """The owner of the project, whom rules do not bind; or a user with the claims of a token; or nobody."""

    is_owner: bool = False
    claims: Mapping[str, Any] | None = None

    @property
    def uid(self) -> str | None:
        """The user's id, None for the owner and for nobody."""
        return None if self.claims is None else str(self.claims["sub"])


OWNER = Identity(is_owner=True)
NOBODY = Identity()


@lru_cache(maxsize=1024)
def identify(authorization: str) -> Identity:
    """The sender of an Authorization header; Unauthenticated if that is neither a token nor empty.

    Expiry is not looked at: test clients send tokens of the year 1970.
    """
    scheme, _, token = authorization.strip().partition(" ")
    if not scheme:
        return NOBODY
    if scheme.lower() != "bearer":
        raise Unauthenticated(f"the authorization scheme {scheme!r} is not supported, only Bearer")
    token = token.strip()
    return OWNER if token == _OWNER_TOKEN else Identity(claims=_claims(token))


def _claims(token: str) -> Mapping[str, Any]:
    parts = token.split(".")
    try:
        if len(parts) != 3:
            raise ValueError(f"{len(parts)} parts instead of three")
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, NotBase64, RecursionError) as error:
        raise Unauthenticated(f"the bearer token is not a JSON web token: {error}") from None
    if not isinstance(claims, Mapping):
        raise Unauthenticated("the bearer token does not hold claims")
    subject = claims.get("sub") or claims.get("user_id")
    if not isinstance(subject, str):
        raise Unauthenticated("the bearer token names no user: its claim sub is missing")
    return {**claims, "sub": subject}
