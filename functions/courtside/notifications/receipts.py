"""What a service worker says of a push without being signed in, by a receipt that came with the push and is signed.

A receipt names one delivery, and is good for saying that it was received, shown or clicked, which whoever holds it may
say as often as they like: each counts once. What somebody did about it says the command that did it, signed in.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from courtside.config import Settings
from courtside.db.unit_of_work import UnitOfWork
from courtside.notifications import inbox

# So that no other signature of ours could pass for one of these.
_PURPOSE = b"receipt.v1:"
# Of a digest, what is written: 128 bits.
_SIGNATURE_BYTES = 16
_CHARACTERS = 4 * (16 + _SIGNATURE_BYTES) // 3 + 1


def receipt_of(secrets: Sequence[str], delivery_id: UUID) -> str | None:
    """The receipt of a push, 43 characters; None where there is no secret to sign with."""
    if not secrets:
        return None
    signed = delivery_id.bytes + _sign(secrets[0], delivery_id)
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()


def read_receipt(secrets: Sequence[str], receipt: str) -> UUID | None:
    """The delivery that one of the secrets has signed for; None for everything else."""
    if len(receipt) != _CHARACTERS or not receipt.isascii():
        return None
    try:
        signed = base64.urlsafe_b64decode(receipt + "=")
    except binascii.Error:
        return None
    if len(signed) != 16 + _SIGNATURE_BYTES:
        return None
    delivery_id = UUID(bytes=signed[:16])
    valid = any(hmac.compare_digest(_sign(secret, delivery_id), signed[16:]) for secret in secrets)
    return delivery_id if valid else None


@dataclass(frozen=True)
class Counter:
    """Where service workers report."""

    secrets: Sequence[str]

    @classmethod
    def of(cls, settings: Settings) -> "Counter":
        """The counter of a process with these settings."""
        return cls(settings.unsubscribe_secrets)

    def delivery_of(self, receipt: str) -> UUID | None:
        """Whose receipt it is; None for what is none of ours."""
        return read_receipt(self.secrets, receipt)

    def note(self, uow: UnitOfWork, delivery_id: UUID, what: str) -> None:
        """Note that a push was `received`, `shown` or `clicked`; nothing where it is no more."""
        inbox.acknowledge_push(uow, delivery_id, what)


def _sign(secret: str, delivery_id: UUID) -> bytes:
    return hmac.new(secret.encode(), _PURPOSE + delivery_id.bytes, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
