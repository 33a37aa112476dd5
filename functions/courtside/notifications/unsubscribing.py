"""No more e-mails, by a link that needs no sign-in: it is signed, says for whom and which type, and never expires.

Following a link changes nothing, since programs that scan e-mails follow links too; only its form, or the one click of
a mail program (RFC 8058), does.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from courtside.config import Misconfigured, Settings
from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.ids import is_safe_segment
from courtside.notifications.messages import pages
from courtside.notifications.messages.catalogue import LANGUAGES
from courtside.notifications.types import TYPES, Channel, type_of

_QUERIES = Queries(__package__, "unsubscribing.sql")

# So that no other signature of ours could pass for one of these.
_PURPOSE = b"unsubscribe.v1:"
_MOST_CHARACTERS = 400

# A status, and a page.
Answer = tuple[int, str]


@dataclass(frozen=True)
class Subscription:
    """The e-mails of one type for one person."""

    user_id: str
    type: str


@dataclass(frozen=True)
class _Reader:
    language: str


def unsubscribe_url(settings: Settings, public_url: str, subscription: Subscription) -> str | None:
    """Where somebody unsubscribes; None for a type that cannot be switched off.

    Raises:
        Misconfigured: there is no secret to sign with.
    """
    if type_of(subscription.type).mandatory:
        return None
    return f"{public_url.rstrip('/')}/unsubscribe/{token_of(settings.unsubscribe_secrets, subscription)}"


def token_of(secrets: Sequence[str], subscription: Subscription) -> str:
    """The signed form of a subscription, by the first of the secrets; raises Misconfigured if there is none."""
    if not secrets:
        raise Misconfigured("UNSUBSCRIBE_SECRETS is not set: e-mails could not be unsubscribed from")
    content = _encode(f"{subscription.user_id} {subscription.type}".encode())
    return f"{content}.{_sign(secrets[0], content)}"


def read_token(secrets: Sequence[str], token: str) -> Subscription | None:
    """What one of the secrets has signed; None for everything else."""
    content, _, signature = token.partition(".")
    if len(token) > _MOST_CHARACTERS or not token.isascii():
        return None
    if not any(hmac.compare_digest(_sign(secret, content), signature) for secret in secrets):
        return None
    try:
        user_id, _, type_ = (
            base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)).decode().partition(" ")
        )
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Subscription(user_id, type_) if is_safe_segment(user_id) and type_ in TYPES else None


def set_emails(uow: UnitOfWork, user_id: str, types: Sequence[str], *, wanted: bool) -> None:
    """Turn the e-mails of some types off, or on again; digests by how often they come."""
    others = [name for name in types if not type_of(name).asked_for]
    if len(others) < len(types):
        uow.execute(_QUERIES["set_digest"], user_id=user_id, wanted=wanted)
    if others:
        uow.execute(_QUERIES["set_emails"], user_id=user_id, types=others, wanted=wanted)
    uow.record(f"users/{user_id}/notifications", None, {"email": dict.fromkeys(types, wanted)})


@dataclass(frozen=True)
class Desk:
    """Where links of e-mails arrive."""

    secrets: Sequence[str]

    @classmethod
    def of(cls, settings: Settings) -> "Desk":
        """The desk of a process with these settings."""
        return cls(settings.unsubscribe_secrets)

    def person_of(self, token: str) -> str | None:
        """Whose link it is; None for what is no link of ours."""
        subscription = read_token(self.secrets, token)
        return subscription.user_id if subscription else None

    def refuse(self) -> Answer:
        """The page for what is no link of ours."""
        return 404, pages.unknown_page(LANGUAGES[0])

    def ask(self, reader: Reader, token: str) -> Answer:
        """The page on which somebody says what no longer to send."""
        subscription, language = self._read(reader, token)
        if subscription is None:
            return self.refuse()
        return 200, pages.question_page(language, subscription.type)

    def act(self, uow: UnitOfWork, token: str, choice: str) -> Answer:
        """Do what was chosen: `this` type, `all` that are not mandatory, or `undo` this one. Again does no harm."""
        subscription, language = self._read(uow, token)
        if subscription is None:
            return self.refuse()
        if type_of(subscription.type).mandatory and choice != "all":
            return 200, pages.question_page(language, subscription.type)
        types = _optional_types() if choice == "all" else [subscription.type]
        set_emails(uow, subscription.user_id, types, wanted=choice == "undo")
        return 200, pages.done_page(language, subscription.type, choice)

    def _read(self, reader: Reader, token: str) -> tuple[Subscription | None, str]:
        subscription = read_token(self.secrets, token)
        if subscription is None:
            return None, LANGUAGES[0]
        person = reader.find(_QUERIES["find_reader"], _Reader, user_id=subscription.user_id)
        return (subscription, person.language) if person else (None, LANGUAGES[0])


def _optional_types() -> list[str]:
    return sorted(
        name for name, type_ in TYPES.items() if Channel.EMAIL in type_.channels and not type_.mandatory
    )


def _sign(secret: str, content: str) -> str:
    return _encode(hmac.new(secret.encode(), _PURPOSE + content.encode(), hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
