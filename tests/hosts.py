"""Host applications: issuers with keys of their own, and the tokens that they sign."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from courtside.identity.federation.issuers import Issuer, SharedSecrets, read_issuers
from courtside.identity.federation.key_rings import KeySetRing, open_ring
from courtside.identity.federation.service import Federation
from courtside.outgoing import Fetched

ISS = "https://club.example"
AUD = "courtside"
SECRET = "a secret that is known to the club and to us, and is long enough for every hash"
_PUBLISHERS: Mapping[str, Any] = {
    "RS": RSAAlgorithm,
    "PS": RSAAlgorithm,
    "ES": ECAlgorithm,
    "Ed": OKPAlgorithm,
}

_CURVES: Mapping[str, ec.EllipticCurve] = {
    "ES256": ec.SECP256R1(),
    "ES384": ec.SECP384R1(),
    "ES512": ec.SECP521R1(),
}


def private_key(kind: str, name: str = "1") -> Any:
    """A key pair of a kind (`RS256`, `EdDSA`, …), the same each time for the same name; RSA keys are for RS and PS."""
    return _generate("RSA" if kind[2:] in ("256", "384", "512") and kind[:2] in ("RS", "PS") else kind, name)


@lru_cache(maxsize=64)
def _generate(kind: str, name: str) -> Any:
    match kind:
        case "RSA":
            return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        case "RS1024":
            return rsa.generate_private_key(public_exponent=65_537, key_size=1_024)
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return ec.generate_private_key(_CURVES[kind])


def jwk(kind: str, name: str = "1", **changes: Any) -> dict[str, Any]:
    """The public half of a key pair, as its issuer publishes it."""
    public = _PUBLISHERS[kind[:2]].to_jwk(private_key(kind, name).public_key(), as_dict=True)
    return {**public, "kid": name, "use": "sig", **changes}


def key_set(*jwks: Mapping[str, Any]) -> bytes:
    """A JWK set."""
    return json.dumps({"keys": jwks}).encode()


def claims(**changes: Any) -> dict[str, Any]:
    """What a club says of Ada right now; None leaves a claim out."""
    now = int(time.time())
    said = {"iss": ISS, "aud": AUD, "sub": "ada", "iat": now, "nbf": now, "exp": now + 60, **changes}
    return {name: value for name, value in said.items() if value is not None}


def configured(**changes: Any) -> dict[str, Any]:
    """An issuer as an operator writes it down: its keys published, ES256."""
    keys = {"jwks_url": f"{ISS}/jwks.json", "algorithms": ["ES256"]}
    return {"id": "club", "iss": ISS, "aud": AUD, "keys": keys, **changes}


def secret_keys(*algorithms: str, secret: str = SECRET, key_id: str = "1") -> dict[str, Any]:
    """Keys of an issuer that signs with a shared secret."""
    return {"secrets": {key_id: secret}, "algorithms": algorithms or ("HS256",)}


def issuer(**changes: Any) -> Issuer:
    """The same, as it is read."""
    (read,) = read_issuers(json.dumps([configured(**changes)])).values()
    return read


def sign(
    said: Mapping[str, Any] | None = None, *, kind: str = "ES256", name: str = "1", **headers: Any
) -> str:
    """A token of the club; `name` is its key's. A header of None is left out."""
    key = SECRET if kind.startswith("HS") else private_key(kind, name)
    return jwt.encode(dict(claims() if said is None else said), key, kind, {"kid": name, **headers})


@dataclass
class Publisher:
    """Where the club publishes its keys: what is there, how often it was asked, and whether it answers."""

    body: bytes = field(default_factory=lambda: key_set(jwk("ES256")))
    cache_control: str = ""
    error: Exception | None = None
    asked: int = 0
    meanwhile: Callable[[], None] = lambda: None

    def fetch(self, url: str) -> Fetched:
        self.asked += 1
        self.meanwhile()
        if self.error is not None:
            raise self.error
        return Fetched(self.body, self.cache_control)


def federation(*jwks: Mapping[str, Any], **changes: Any) -> Federation:
    """A system that trusts the club, whose keys are these."""
    trusted = issuer(**changes)
    if isinstance(trusted.keys, SharedSecrets):
        return Federation({ISS: trusted}, {ISS: open_ring(trusted.keys, to_loopback=False)})
    publisher = Publisher(key_set(*(jwks or [jwk("ES256")])))
    return Federation({ISS: trusted}, {ISS: KeySetRing(trusted.keys, publisher.fetch)})
