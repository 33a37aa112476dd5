"""The mail server as tests see it: what arrived, and what recipients are to be answered."""

import time
from base64 import b64decode
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import httpx

from local.mail.answers import MailAnswer, answer_as_json
from local.mail.mails import Attachment

_ADMIN = "/mail/v1"


@dataclass(frozen=True)
class ReceivedMail:
    """One mail that was taken; `headers` in their order, a name as often as it came. `at` is since 1970."""

    number: int
    at: float
    sender: str
    recipients: list[str]
    user: str
    tls: bool
    subject: str
    headers: list[list[str]]
    text: str | None
    html: str | None
    attachments: list[Attachment]

    def header(self, name: str) -> str | None:
        """The first header of a name, in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class MailSink:
    """A running mail server; a context, which closes its connections.

    `smtp_url` carries the credentials, `certificate` is the PEM file to trust: both as SMTP_URL and SMTP_CA_FILE.
    """

    def __init__(self, url: str, smtp_url: str, certificate: str) -> None:
        self.url = url
        self.smtp_url = smtp_url
        self.certificate = certificate
        self._http = httpx.Client(base_url=url, trust_env=False, verify=False, timeout=40)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def mails(self, to: str | None = None) -> list[ReceivedMail]:
        """What arrived, for one recipient or for all, oldest first."""
        return self._mails(to, 0, 0)

    def wait_for(self, count: int = 1, to: str | None = None, *, seconds: float = 10) -> list[ReceivedMail]:
        """The mails, as soon as there are `count` of them; AssertionError when that takes longer."""
        deadline = time.monotonic() + seconds
        while len(found := self.mails(to)) < count:
            left = deadline - time.monotonic()
            assert left > 0, f"{len(found)} of {count} mails arrived within {seconds:g} s"
            self._mails(to, found[-1].number if found else 0, left)
        return found

    def counts(self) -> dict[str, int]:
        """Mails `accepted` and recipients `refused` since the last `clear`, however many are kept."""
        found = self._ask("GET", "/mails", params={"after": 2**62})
        return {name: found[name] for name in ("accepted", "refused")}

    def script(self, to: str, *answers: MailAnswer | int) -> None:
        """What recipients (`ana@example.org`, `*@example.org`) are answered, one after another."""
        content = [MailAnswer(answer) if isinstance(answer, int) else answer for answer in answers]
        self._ask("PUT", "/answers", json={"to": to, "answers": [answer_as_json(a) for a in content]})

    def unscript(self, to: str | None = None) -> None:
        """Take a recipient's mails again, or everybody's."""
        self._ask("DELETE", "/answers", params={"to": to} if to else {})

    def clear(self) -> None:
        """Forget what arrived and what is scripted."""
        self._ask("DELETE", "/mails")

    def _mails(self, to: str | None, after: int, wait_seconds: float) -> list[ReceivedMail]:
        query = {"after": after, "wait_seconds": wait_seconds, **({"to": to} if to else {})}
        return [_received(mail) for mail in self._ask("GET", "/mails", params=query)["mails"]]

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        answer = self._http.request(method, f"{_ADMIN}{path}", **content)
        if answer.status_code != 200:
            raise ValueError(answer.text)
        return answer.json()


def _received(content: dict[str, Any]) -> ReceivedMail:
    attachments = [
        Attachment(**{**part, "content": b64decode(part["content"])}) for part in content["attachments"]
    ]
    return replace(ReceivedMail(**content), attachments=attachments)
