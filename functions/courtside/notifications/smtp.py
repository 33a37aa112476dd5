"""The gateway to a mail server: SMTP, never without TLS, over a few connections that last as long as there is mail."""

import smtplib
import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from courtside.config import Settings
from courtside.notifications.breaker import Breaker
from courtside.notifications.outcomes import ACCEPTED, FAILED, UNTRIED, WAITING, Outcome

CONCURRENT = 4
_ANSWER_SECONDS = 10.0
_SUBMISSION_PORT, _TLS_PORT = 587, 465
# Servers end connections over which nothing comes, and would not have taken what is under way then.
_IDLE_SECONDS = 20.0
# The server will not speak to us any longer on this connection.
_CLOSING = 421
# Of our account or of our greeting, not of the mail.
_OURS = frozenset({530, 534, 535, 538})


class Smtp:
    """Sends mails; a thread keeps its connection until the server or `close` ends it.

    `url` is `smtp://user:password@host:587`, where TLS begins with STARTTLS, or `smtps://…:465`.
    """

    def __init__(self, url: str, ca_file: str | None = None) -> None:
        self._url = urlsplit(url)
        self._tls = ssl.create_default_context(cafile=ca_file)
        self._own = threading.local()
        self._open: list[smtplib.SMTP] = []
        self._threads = ThreadPoolExecutor(CONCURRENT, thread_name_prefix="smtp")

    @classmethod
    def of(cls, settings: Settings) -> "Smtp":
        """As the settings say, which must name a URL."""
        assert settings.smtp_url is not None
        return cls(settings.smtp_url, settings.smtp_ca_file)

    def send_all(self, mails: Sequence[EmailMessage], breaker: Breaker, *, until: float) -> list[Outcome]:
        """Send each once, a few at a time; untried is what had no turn by `until`, or before the channel closed."""

        def send(mail: EmailMessage) -> Outcome:
            if breaker.closed_seconds or time.monotonic() > until:
                return UNTRIED
            outcome = self.send(mail)
            breaker.note(answered=outcome.answered)
            return outcome

        return list(self._threads.map(send, mails))

    def send(self, mail: EmailMessage) -> Outcome:
        """Send one mail once; whatever goes wrong is an outcome."""
        try:
            self._connection().send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, _ = next(iter(error.recipients.values()))
            return self._refused(code)
        except smtplib.SMTPAuthenticationError:
            return self._lost("SMTP_LOGIN", alarm=True)
        except smtplib.SMTPResponseException as error:
            return self._refused(error.smtp_code)
        except (smtplib.SMTPNotSupportedError, ssl.SSLError):
            return self._lost("SMTP_TLS", alarm=True)
        # It may have been taken: it is sent again under the same Message-ID.
        except (smtplib.SMTPException, OSError):
            return self._lost("NO_ANSWER")
        return Outcome(ACCEPTED, provider_id=mail["Message-ID"])

    def close(self) -> None:
        """End its connections and threads."""
        self._threads.shutdown()
        for connection in self._open:
            connection.close()

    def _connection(self) -> smtplib.SMTP:
        if self._connected() and time.monotonic() - self._own.used_at > _IDLE_SECONDS:
            self._hang_up()
        self._own.used_at = time.monotonic()
        if (found := self._connected()) is None:
            found = self._own.connection = self._connect()
            self._open.append(found)
        return found

    def _connected(self) -> smtplib.SMTP | None:
        found: smtplib.SMTP | None = getattr(self._own, "connection", None)
        return found

    def _hang_up(self) -> None:
        if (found := self._connected()) is not None:
            found.close()
            self._open.remove(found)
            self._own.connection = None

    def _connect(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "", self._url.port
        connection: smtplib.SMTP
        if self._url.scheme == "smtps":
            connection = smtplib.SMTP_SSL(host, port or _TLS_PORT, timeout=_ANSWER_SECONDS, context=self._tls)
        else:
            connection = smtplib.SMTP(host, port or _SUBMISSION_PORT, timeout=_ANSWER_SECONDS)
        try:
            if self._url.scheme == "smtp":
                connection.starttls(context=self._tls)
            if self._url.username:
                connection.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            connection.close()
            raise
        return connection

    def _refused(self, code: int) -> Outcome:
        """The server's answer as an outcome: 4xx may go well later, 5xx never."""
        reason = f"SMTP_{code}"
        if code in (_CLOSING, -1) or code in _OURS:
            return self._lost(reason, alarm=code in _OURS)
        # smtplib has ended the mail, not the connection.
        if code >= 500:
            return Outcome(FAILED, reason)
        return Outcome(WAITING, reason)

    def _lost(self, reason: str, *, alarm: bool = False) -> Outcome:
        """The channel is in trouble: the next mail of this thread gets a new connection."""
        self._hang_up()
        return Outcome(WAITING, reason, answered=False, alarm=alarm)
