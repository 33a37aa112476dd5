"""Mails as their readers see them: texts, headers and attachments out of the bytes of a message."""

from base64 import b64encode
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail as it was handed over: who sent it to whom, and over what kind of connection. `at` is since 1970."""

    number: int
    at: float
    sender: str
    recipients: tuple[str, ...]
    user: str
    tls: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is kept as a file; `name` is "" when it has none."""

    name: str
    content_type: str
    content: bytes
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Mail:
    """What a message says, its lines ended by `\\n`; `headers` in their order, a name as often as it came."""

    subject: str
    headers: list[tuple[str, str]]
    text: str | None
    html: str | None
    attachments: list[Attachment]


def read_mail(content: bytes) -> Mail:
    """Parse a message; what is malformed is read as far as it goes."""
    message = message_from_bytes(content, policy=policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    bodies = [text, html]
    return Mail(
        subject=str(message.get("Subject", "")),
        headers=[(name, str(value)) for name, value in message.items()],
        text=_content(text),
        html=_content(html),
        attachments=[_attachment(part) for part in _leaves(message) if part not in bodies],
    )


def mail_as_json(envelope: Envelope) -> dict[str, Any]:
    """Envelope and mail; attachments in base64."""
    mail = read_mail(envelope.content)
    attachments = [
        {
            "name": part.name,
            "content_type": part.content_type,
            "parameters": part.parameters,
            "content": b64encode(part.content).decode(),
        }
        for part in mail.attachments
    ]
    return {
        "number": envelope.number,
        "at": envelope.at,
        "sender": envelope.sender,
        "recipients": list(envelope.recipients),
        "user": envelope.user,
        "tls": envelope.tls,
        "subject": mail.subject,
        "headers": mail.headers,
        "text": mail.text,
        "html": mail.html,
        "attachments": attachments,
    }


def _leaves(message: EmailMessage) -> list[EmailMessage]:
    return [part for part in message.walk() if not part.is_multipart()]


def _content(part: MIMEPart | None) -> str | None:
    if part is None:
        return None
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeDecodeError):
        text = cast(bytes, part.get_payload(decode=True)).decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _attachment(part: EmailMessage) -> Attachment:
    content = cast(bytes, part.get_payload(decode=True)) or b""
    parameters = dict(part["Content-Type"].params) if part["Content-Type"] is not None else {}
    return Attachment(part.get_filename() or "", part.get_content_type(), content, parameters)
