"""Paths of the mail server's page, and those by which tests look and script."""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Any

from local.mail.answers import MailAnswer, answer_as_json, read_answer
from local.mail.mailbox import Mailbox
from local.mail.mails import Envelope, mail_as_json, read_mail
from local.serving.forms import read_object
from local.serving.messages import Outcome, Reply, Request, json_reply
from local.serving.script import BadAnswer, Script

ADMIN = "/mail/v1"
MAX_WAIT_SECONDS = 30.0
# A mail may show what it brings along and nothing else: no scripts, no requests that would tell of its reading.
PREVIEW_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
_OWN = "style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"


class Routes:
    """The route of the page's port."""

    def __init__(self, mailbox: Mailbox, script: Script[MailAnswer]) -> None:
        self._mailbox = mailbox
        self._script = script
        self._known: dict[tuple[str, str], Callable[[Request], Outcome | Awaitable[Outcome]]] = {
            ("GET", "/"): lambda request: page(),
            ("GET", f"{ADMIN}/mails"): self._mails,
            ("DELETE", f"{ADMIN}/mails"): self._clear,
            ("GET", f"{ADMIN}/preview"): self._preview,
            ("GET", f"{ADMIN}/source"): self._source,
            ("GET", f"{ADMIN}/attachment"): self._attachment,
            ("GET", f"{ADMIN}/answers"): lambda request: self._answers(),
            ("PUT", f"{ADMIN}/answers"): self._set_answers,
            ("DELETE", f"{ADMIN}/answers"): self._drop_answers,
        }

    def __call__(self, request: Request) -> Outcome | Awaitable[Outcome]:
        serve = self._known.get((request.method, request.path))
        if serve is None:
            return json_reply({"error": f"{request.method} {request.path} is not known"}, 404)
        try:
            return serve(request)
        except ValueError as error:
            return json_reply({"error": str(error)}, 400)

    def _mails(self, request: Request) -> Outcome | Awaitable[Outcome]:
        """Mails after a number; with `wait_seconds`, as soon as there are any, or all were cleared."""
        recipient, after = request.parameter("to") or None, int(request.parameter("after", "0"))
        seconds = min(float(request.parameter("wait_seconds", "0")), MAX_WAIT_SECONDS)
        if seconds <= 0 or self._mailbox.mails(recipient, after):
            return self._listed(recipient, after)
        return self._wait(recipient, after, seconds)

    async def _wait(self, recipient: str | None, after: int, seconds: float) -> Reply:
        changed, clearings = asyncio.Event(), self._mailbox.clearings
        forget = self._mailbox.observe(changed.set)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while self._mailbox.clearings == clearings and not self._mailbox.mails(recipient, after):
                        await changed.wait()
                        changed.clear()
        finally:
            forget()
        return self._listed(recipient, after)

    def _listed(self, recipient: str | None, after: int) -> Reply:
        box = self._mailbox
        return json_reply(
            {
                "accepted": box.accepted,
                "refused": box.refused,
                "clearings": box.clearings,
                "mails": [mail_as_json(mail) for mail in box.mails(recipient, after)],
            }
        )

    def _clear(self, request: Request) -> Reply:
        """Forget mails, and the script too unless `keep=answers`."""
        self._mailbox.clear()
        if request.parameter("keep") != "answers":
            self._script.clear()
        return json_reply({})

    def _preview(self, request: Request) -> Reply:
        html = read_mail(self._find(request).content).html or ""
        policy = {"content-security-policy": PREVIEW_POLICY, "referrer-policy": "no-referrer"}
        return Reply(200, html.encode(), "text/html; charset=utf-8", policy)

    def _source(self, request: Request) -> Reply:
        return Reply(200, self._find(request).content, "text/plain; charset=utf-8", _NO_SNIFFING)

    def _attachment(self, request: Request) -> Reply:
        """One attachment, as a file and never as a page."""
        found = mail_as_json(self._find(request))["attachments"]
        place = int(request.parameter("place", "0"))
        if not 0 <= place < len(found):
            raise ValueError("there is no such attachment")
        headers = {"content-disposition": "attachment", **_NO_SNIFFING}
        return Reply(200, b64decode(found[place]["content"]), "application/octet-stream", headers)

    def _find(self, request: Request) -> Envelope:
        found = self._mailbox.find(int(request.parameter("number", "0")))
        if found is None:
            raise ValueError("there is no such mail, or no longer")
        return found

    def _answers(self) -> Reply:
        answers: dict[str, list[dict[str, Any]]] = {
            target: [answer_as_json(answer) for answer in answers] for target, answers in self._script
        }
        return json_reply({"answers": answers})

    def _set_answers(self, request: Request) -> Reply:
        """Set a recipient's answers: `{"to": "*@example.org", "answers": [550]}`."""
        content = read_object(request)
        recipient, answers = content.get("to"), content.get("answers")
        if not isinstance(recipient, str) or not isinstance(answers, list):
            raise BadAnswer('a script is {"to": …, "answers": […]}')
        self._script.set(recipient, [read_answer(answer) for answer in answers])
        return self._answers()

    def _drop_answers(self, request: Request) -> Reply:
        if recipient := request.parameter("to"):
            self._script.set(recipient, [])
        else:
            self._script.clear()
        return self._answers()


_NO_SNIFFING = {"x-content-type-options": "nosniff"}


@cache
def page() -> Reply:
    """The local page, which loads nothing from elsewhere; mails are shown in frames without rights."""
    body = files("local.mail").joinpath("page.html").read_bytes()
    policy = f"default-src 'none'; {_OWN}; frame-src 'self'"
    headers = {"content-security-policy": policy, "cache-control": "no-store"}
    return Reply(200, body, "text/html; charset=utf-8", headers)
