"""What a token says of itself, read strictly, before anything of it is believed."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from courtside.identity.federation.issuers import KEY_ID_SHAPE
from courtside.identity.federation.model import Problem, refused
from courtside.identity.federation.strict_json import read_object

MAX_TOKEN_BYTES = 8 * 1024

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KEY_ID = re.compile(KEY_ID_SHAPE)
# Headers by which a token would bring its own key, or have itself read in another way (RFC 7515, 7516, 7797).
_REFUSED_HEADERS = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"})


@dataclass(frozen=True)
class UnverifiedToken:
    """A token whose shape is right, and what is needed to find the key that decides."""

    text: str = field(repr=False)
    algorithm: str
    key_id: str
    type: str | None
    issuer: str


def read_token(text: str) -> UnverifiedToken:
    """A JWS in compact form, with a `kid` and an `iss`.

    Raises:
        TokenRefused: it is longer than 8 KiB, or anything else.
    """
    if len(text) > MAX_TOKEN_BYTES:
        raise refused(Problem.TOO_LARGE)
    if not _COMPACT.fullmatch(text):
        raise refused(Problem.MALFORMED)
    header_part, claims_part, _ = text.split(".")
    header, claims = _read_part(header_part), _read_part(claims_part)
    key_id, kind = header.get("kid"), header.get("typ")
    if (
        header.keys() & _REFUSED_HEADERS
        or not isinstance(key_id, str)
        or not _KEY_ID.fullmatch(key_id)
        or not isinstance(kind, str | None)
    ):
        raise refused(Problem.MALFORMED)
    return UnverifiedToken(text, _text(header, "alg"), key_id, kind, _text(claims, "iss"))


def _read_part(part: str) -> dict[str, Any]:
    try:
        return read_object(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError as error:
        raise refused(Problem.MALFORMED) from error


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise refused(Problem.MALFORMED)
    return value
