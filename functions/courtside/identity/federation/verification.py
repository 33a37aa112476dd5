"""Whether a token is what it says: its signature and its registered claims by PyJWT, and what we ask beyond."""

import re
from datetime import UTC, datetime
from typing import Any

import jwt
from jwt.types import Options

from courtside.identity.federation.issuers import Issuer, Replay
from courtside.identity.federation.model import Assertion, Problem, refused
from courtside.identity.federation.tokens import UnverifiedToken

_OPTIONS: Options = {
    "require": ["iss", "aud", "sub", "exp", "nbf", "iat"],
    "enforce_minimum_key_length": True,
}
# In this order: some are kinds of others.
_PROBLEMS: tuple[tuple[type[jwt.PyJWTError], Problem], ...] = (
    (jwt.InvalidSignatureError, Problem.BAD_SIGNATURE),
    (jwt.InvalidAlgorithmError, Problem.BAD_SIGNATURE),
    (jwt.InvalidKeyError, Problem.BAD_SIGNATURE),
    (jwt.ExpiredSignatureError, Problem.EXPIRED),
    (jwt.ImmatureSignatureError, Problem.NOT_YET_VALID),
    (jwt.InvalidAudienceError, Problem.WRONG_AUDIENCE),
)
_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
# Plain ones alone: outside ASCII, two that look or fold alike can be two people's.
_EMAIL = re.compile(r"[\x21-\x3f\x41-\x7e]{1,64}@[A-Za-z0-9.-]{1,190}")
# Far beyond any date that a token can mean.
_LATEST_SECONDS = 2**40


def verify(token: UnverifiedToken, issuer: Issuer, key: jwt.PyJWK, now: datetime) -> Assertion:
    """What the token asserts; `key` is one of the issuer's, made for one of its algorithms.

    Raises:
        TokenRefused: nothing that it says is to be believed.
    """
    try:
        claims = jwt.decode(
            token.text,
            key,
            algorithms=list(issuer.keys.algorithms),
            audience=issuer.aud,
            issuer=issuer.iss,
            leeway=issuer.leeway_seconds,
            options=_OPTIONS,
        )
    except jwt.PyJWTError as error:
        raise refused(_problem_of(error)) from error
    if not _has_type(token, issuer):
        raise refused(Problem.MALFORMED)
    return _read_assertion(claims, issuer, now)


def _read_assertion(claims: dict[str, Any], issuer: Issuer, now: datetime) -> Assertion:
    issued_at, expires_at = _seconds(claims, "iat"), _seconds(claims, "exp")
    _seconds(claims, "nbf")
    usable_until = min(expires_at, issued_at + issuer.max_age_seconds) + issuer.leeway_seconds
    if now.timestamp() >= usable_until:
        raise refused(Problem.EXPIRED)
    # One that is meant for others as well could have come from any of them.
    if claims["aud"] not in (issuer.aud, [issuer.aud]):
        raise refused(Problem.WRONG_AUDIENCE)
    return Assertion(
        issuer=issuer,
        subject=_visible_text(claims, "sub"),
        issued_at=datetime.fromtimestamp(issued_at, UTC),
        usable_until=datetime.fromtimestamp(usable_until, UTC),
        email=_proved_email(claims),
        token_id=_visible_text(claims, "jti") if issuer.replay is Replay.ONCE else None,
    )


def _problem_of(error: jwt.PyJWTError) -> Problem:
    return next((problem for kind, problem in _PROBLEMS if isinstance(error, kind)), Problem.MALFORMED)


def _has_type(token: UnverifiedToken, issuer: Issuer) -> bool:
    if issuer.typ is None:
        return token.type is None or token.type.upper() == "JWT"
    return token.type is not None and token.type.lower() == issuer.typ.lower()


def _seconds(claims: dict[str, Any], name: str) -> float:
    """A time in seconds since 1970; PyJWT would also take "1", true, and what no clock can hold."""
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LATEST_SECONDS:
        raise refused(Problem.MALFORMED)
    return value


def _visible_text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value):
        raise refused(Problem.MALFORMED)
    return value


def _proved_email(claims: dict[str, Any]) -> str | None:
    """The e-mail that the issuer vouches for; one that it does not, or that is not plain, counts as none."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str) or not _EMAIL.fullmatch(email):
        return None
    return email.lower()
