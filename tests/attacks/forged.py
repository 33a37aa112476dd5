"""Identity tokens as attackers make them, and the keys that a project's own are signed with."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

KEY_ID = "issuer-key-1"

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Issuer:
    """The keys of whoever signs identity tokens, with the certificate that is published of them."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65_537, 2_048))

    @property
    def certificate(self) -> str:
        """Self-signed, as Google publishes its own: PEM."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def public_pem(self) -> bytes:
        """The public key alone."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, text: bytes) -> bytes:
        """RS256."""
        return self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())


def unsigned(text: bytes) -> bytes:
    """No signature."""
    return b""


def hs256(secret: bytes) -> Sign:
    """A signature by a shared secret, such as a public key that is taken for one."""
    return lambda text: hmac.new(secret, text, sha256).digest()


def es256(text: bytes) -> bytes:
    """A signature by an elliptic key of the attacker's own."""
    r, s = decode_dss_signature(ec.generate_private_key(ec.SECP256R1()).sign(text, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def claims_of(uid: object, project: str, **claims: Any) -> dict[str, Any]:
    """What the identity token of a project says of a person who has just signed in; None takes a claim away."""
    now = int(time.time())
    said = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "auth_time": now - 60,
        "iat": now - 60,
        "exp": now + 3_540,
        "user_id": uid,
        "sub": uid,
        "firebase": {"identities": {}, "sign_in_provider": "password"},
        **claims,
    }
    return {name: value for name, value in said.items() if value is not None}


def token(header: Mapping[str, Any], payload: Mapping[str, Any] | bytes, sign: Sign) -> str:
    """A token with any header and payload."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signed = _encode(json.dumps(header).encode()) + b"." + _encode(body)
    return (signed + b"." + _encode(sign(signed))).decode()


def _encode(part: bytes) -> bytes:
    return urlsafe_b64encode(part).rstrip(b"=")
