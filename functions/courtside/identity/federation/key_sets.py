"""Public keys as an issuer publishes them (RFC 7517), each bound to the algorithms that it may be used with."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from jwt import PyJWK, PyJWTError

from courtside.identity.federation.issuers import KEY_ID_SHAPE
from courtside.identity.federation.strict_json import read_object

# The `kid` that a token names, and its `alg`.
KeyName = tuple[str, str]
Keys = Mapping[KeyName, PyJWK]

MAX_KEY_SET_BYTES = 64 * 1024
_MAX_KEYS = 50
_KEY_ID = re.compile(KEY_ID_SHAPE)
_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
# What a kind of key, on its curve, can sign with.
_ALGORITHMS: Mapping[tuple[object, object], frozenset[str]] = {
    ("RSA", None): _RSA,
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}
_PUBLIC_PARTS = ("kty", "crv", "x", "y", "n", "e")
_PRIVATE_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# Verifying takes longer the longer they are.
_RSA_BITS = range(2_048, 8_193)
_MAX_EXPONENT_CHARACTERS = 6


def read_key_set(body: bytes, algorithms: Iterable[str]) -> Keys:
    """The keys of a JWK set that can verify one of these algorithms; others are passed over.

    Raises:
        ValueError: it is no JWK set, or has more keys than any issuer needs.
    """
    listed = read_object(body).get("keys")
    if not isinstance(listed, list) or len(listed) > _MAX_KEYS:
        raise ValueError("not a JWK set")
    sound = [jwk for jwk in listed if isinstance(jwk, dict) and _is_for_verifying(jwk)]
    # A name that stands for two keys stands for none.
    named = Counter(jwk["kid"] for jwk in sound)
    wanted = frozenset(algorithms)
    return {
        (jwk["kid"], algorithm): key
        for jwk in sound
        if named[jwk["kid"]] == 1
        for algorithm in _algorithms_of(jwk) & wanted
        if (key := _read_key(jwk, algorithm)) is not None
    }


def _is_for_verifying(jwk: dict[str, Any]) -> bool:
    key_id, operations = jwk.get("kid"), jwk.get("key_ops", ["verify"])
    return (
        isinstance(key_id, str)
        and _KEY_ID.fullmatch(key_id) is not None
        and jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        # Whoever publishes these has lost them.
        and not jwk.keys() & _PRIVATE_PARTS
    )


def _algorithms_of(jwk: dict[str, Any]) -> frozenset[str]:
    kind, curve = jwk.get("kty"), jwk.get("crv")
    if not isinstance(kind, str) or not isinstance(curve, str | None):
        return frozenset()
    possible = _ALGORITHMS.get((kind, curve), frozenset())
    return possible & {jwk["alg"]} if isinstance(jwk.get("alg"), str) else possible


def _read_key(jwk: dict[str, Any], algorithm: str) -> PyJWK | None:
    if len(str(jwk.get("e", ""))) > _MAX_EXPONENT_CHARACTERS:
        return None
    try:
        key = PyJWK({part: jwk[part] for part in _PUBLIC_PARTS if part in jwk}, algorithm)
    except (PyJWTError, ValueError, TypeError):
        return None
    return None if algorithm in _RSA and key.key.key_size not in _RSA_BITS else key
