"""Sends a message: credentials, form, rules, script, and then what became of it is kept."""

import asyncio
import json
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, NoReturn

from local.fcm.answers import OK, Answer, answer_to
from local.fcm.ledger import Attempt, Ledger
from local.fcm.refusals import REFUSALS, invalid, missing_credential, unreadable
from local.fcm.rules import violations_of
from local.fcm.shapes import Violation
from local.fcm.wire import SEND_REQUEST, TARGETS
from local.serving.messages import Outcome, Reply, Request, json_reply
from local.serving.script import Script

_JSON_EXPECTED = "Invalid JSON payload received. Expected a JSON object."
FAKE_NAME = "fake_message_id"


class Service:
    """The messages of all projects, and the script by which tokens are answered."""

    def __init__(self, ledger: Ledger, script: Script[Answer]) -> None:
        self.ledger = ledger
        self.script = script

    def send(self, project: str, request: Request) -> Outcome | Awaitable[Outcome]:
        """Answer one `messages:send`; what it is answered later is decided, and kept, at once."""
        if not _has_bearer(request):
            return self._refuse(project, request, "", missing_credential(), "UNAUTHENTICATED")
        content, violations = read_request(request.body)
        message = content.get("message", {})
        target = target_of(message)
        if violations:
            return self._refuse(project, request, target, unreadable(violations), "INVALID_ARGUMENT")
        if wrong := violations_of(message, at_most_bytes=len(request.body)):
            return self._refuse(project, request, target, invalid(wrong), "INVALID_ARGUMENT")
        return self._answer(project, request, message, target, content.get("validate_only", False))

    def _answer(
        self, project: str, request: Request, message: dict[str, Any], target: str, only_validate: bool
    ) -> Outcome | Awaitable[Outcome]:
        answer = answer_to(target, self.script)
        now = time.time()
        accepted = answer.accepts and not only_validate
        number = self.ledger.next_number()
        name = f"projects/{project}/messages/0:{int(now * 1e6)}%{number:08x}" if accepted else ""
        outcome = self._outcome(answer, name or f"projects/{project}/messages/{FAKE_NAME}")
        status = outcome.status if isinstance(outcome, Reply) else 0
        refusal = REFUSALS.get(answer.answer) if status >= 400 else None
        error_code = (refusal.error_code or refusal.canonical) if refusal else ""
        self._keep(number, now, project, target, status, error_code, name, request)
        if accepted and is_device(message):
            self.ledger.device(target).take(name, message, now)
        return _late(outcome, answer.latency_seconds) if answer.latency_seconds else outcome

    def _outcome(self, answer: Answer, name: str) -> Outcome:
        if (hang_up := answer.hangs_up) is not None:
            return hang_up
        headers = answer.headers(datetime.now(UTC))
        if answer.answer == OK:
            return json_reply({"name": name}, headers=headers)
        return REFUSALS[answer.answer].reply(headers)

    def _refuse(self, project: str, request: Request, target: str, reply: Reply, error_code: str) -> Reply:
        number = self.ledger.next_number()
        self._keep(number, time.time(), project, target, reply.status, error_code, "", request)
        return reply

    def _keep(
        self,
        number: int,
        at: float,
        project: str,
        target: str,
        status: int,
        error_code: str,
        name: str,
        request: Request,
    ) -> None:
        version, connection = request.http_version, request.connection
        self.ledger.add(
            Attempt(number, at, project, target, status, error_code, name, request.body, version, connection)
        )


def read_request(body: bytes) -> tuple[dict[str, Any], list[Violation]]:
    """A request to send with field names in snake_case, and what is wrong with its form."""
    violations: list[Violation] = []
    try:
        content = _DECODER.decode(body.decode())
    except (ValueError, RecursionError):
        return {}, [Violation("", _JSON_EXPECTED)]
    if not isinstance(content, dict):
        return {}, [Violation("", _JSON_EXPECTED)]
    return SEND_REQUEST.read(content, "", violations), violations


def target_of(message: dict[str, Any]) -> str:
    """The token, or the topic or condition as such; "" of a message without one."""
    for name in TARGETS:
        if isinstance(target := message.get(name), str):
            return target if name in ("token", "fid") else f"{name}:{target}"
    return ""


def is_device(message: dict[str, Any]) -> bool:
    """Whether a message is for one device; who listens to a topic, only FCM knows."""
    return "token" in message or "fid" in message


def _has_bearer(request: Request) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(token.strip())


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


async def _late(outcome: Outcome, seconds: float) -> Outcome:
    await asyncio.sleep(seconds)
    return outcome
