"""SMTP: what the server says to EHLO, AUTH, RCPT and DATA, around aiosmtpd, which speaks the protocol."""

import asyncio
import hmac
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, Session
from aiosmtpd.smtp import Envelope as Incoming

from local.mail.answers import MailAnswer, answer_to
from local.mail.mailbox import Mailbox
from local.serving.script import Script

MAX_BYTES = 25 << 20


@dataclass(frozen=True)
class Credentials:
    """Who may send."""

    user: str
    password: str

    def admit(self, login: bytes, password: bytes) -> bool:
        """Whether a sender is known; compared in constant time, as everywhere."""
        known = hmac.compare_digest(login, self.user.encode())
        return hmac.compare_digest(password, self.password.encode()) and known


class Receiver:
    """The handler of aiosmtpd: its hooks bear the names of the commands."""

    def __init__(self, mailbox: Mailbox, script: Script[MailAnswer]) -> None:
        self._mailbox = mailbox
        self._script = script

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Incoming, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient; what is to happen with the mail later is kept with the envelope."""
        answer = answer_to(address, self._script)
        if answer.refuses_recipient:
            await asyncio.sleep(answer.delay_seconds)
            self._mailbox.refused += 1
            return answer.line
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        planned = cast("list[MailAnswer]", vars(envelope).setdefault("planned", []))
        planned.append(answer)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Incoming) -> str:
        """Keep a mail, or do what one of its recipients was told to bring about."""
        planned = cast("list[MailAnswer]", vars(envelope).get("planned", []))
        answer = max(planned, key=_weight)
        if answer.drop == "before":
            return _hang_up(server)
        if answer.code != 250:
            await asyncio.sleep(answer.delay_seconds)
            self._mailbox.refused += len(envelope.rcpt_tos)
            return answer.line
        user = session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else ""
        content = cast(bytes, envelope.content)
        recipients = envelope.rcpt_tos
        tls = session.ssl is not None
        self._mailbox.add(envelope.mail_from or "", recipients, content, user=user, tls=tls)
        await asyncio.sleep(answer.delay_seconds)
        return _hang_up(server) if answer.drop else answer.line


def smtp_factory(
    receiver: Receiver, context: ssl.SSLContext, credentials: Credentials | None
) -> Callable[[], SMTP]:
    """Makes the server's side of connections; with credentials nobody sends without them, nor without STARTTLS."""

    def authenticate(
        server: SMTP, session: Session, envelope: Incoming, mechanism: str, data: object
    ) -> AuthResult:
        admitted = (
            credentials is not None
            and isinstance(data, LoginPassword)
            and credentials.admit(data.login, data.password)
        )
        return AuthResult(success=admitted, handled=False, auth_data=data if admitted else None)

    def connection() -> SMTP:
        return SMTP(
            receiver,
            hostname="localhost",
            ident="mail sink",
            data_size_limit=MAX_BYTES,
            enable_SMTPUTF8=True,
            tls_context=context,
            require_starttls=credentials is not None,
            auth_required=credentials is not None,
            authenticator=authenticate,
            loop=asyncio.get_running_loop(),
        )

    return connection


def _weight(answer: MailAnswer) -> tuple[bool, bool, float]:
    return answer.drop is not None, answer.code != 250, answer.delay_seconds


def _hang_up(server: SMTP) -> str:
    """End the connection now; the reply that is returned reaches nobody."""
    transport = cast(asyncio.Transport, server.transport)
    transport.abort()
    return "421 gone"
