"""Paths of the stand-in: FCM's own endpoint, and those by which tests and the page look and script."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from local.fcm.answers import ANSWERS, answer_as_json, read_answer
from local.fcm.devices import PLATFORMS, Device
from local.fcm.refusals import not_found
from local.fcm.service import Service
from local.serving.forms import read_object
from local.serving.messages import Outcome, Reply, Request, json_reply
from local.serving.script import BadAnswer

_SEND = re.compile(r"/v1/projects/([^/]+)/messages:send")
ADMIN = "/stand-in/v1"
MAX_WAIT_SECONDS = 30.0
_PAGE_SIZE = 500


class Routes:
    """The route of a port that serves one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._admin: dict[tuple[str, str], Callable[[Request], Outcome | Awaitable[Outcome]]] = {
            ("GET", "/"): lambda request: page(),
            ("GET", f"{ADMIN}/attempts"): self._attempts,
            ("DELETE", f"{ADMIN}/attempts"): self._clear,
            ("GET", f"{ADMIN}/counts"): lambda request: json_reply(self._service.ledger.counts()),
            ("GET", f"{ADMIN}/devices"): self._devices,
            ("PUT", f"{ADMIN}/devices"): self._change_device,
            ("GET", f"{ADMIN}/answers"): lambda request: self._answers(),
            ("PUT", f"{ADMIN}/answers"): self._script,
            ("DELETE", f"{ADMIN}/answers"): self._unscript,
        }

    def __call__(self, request: Request) -> Outcome | Awaitable[Outcome]:
        if request.method == "POST" and (match := _SEND.fullmatch(request.path)):
            return self._service.send(match[1], request)
        serve = self._admin.get((request.method, request.path))
        if serve is None:
            return not_found(request.path)
        try:
            return serve(request)
        except ValueError as error:
            return json_reply({"error": str(error)}, 400)

    def _attempts(self, request: Request) -> Outcome | Awaitable[Outcome]:
        """The newest attempts after a number; with `wait_seconds`, as soon as there are any, or all were cleared."""
        after = int(request.parameter("after", "0"))
        target = request.parameter("token") or None
        limit = int(request.parameter("limit", str(_PAGE_SIZE)))
        seconds = min(float(request.parameter("wait_seconds", "0")), MAX_WAIT_SECONDS)
        if seconds <= 0 or self._service.ledger.attempts(target, after, 1):
            return self._page_of_attempts(target, after, limit)
        return self._wait_for_attempts(target, after, limit, seconds)

    async def _wait_for_attempts(self, target: str | None, after: int, limit: int, seconds: float) -> Reply:
        ledger = self._service.ledger
        changed, clearings = asyncio.Event(), ledger.clearings
        forget = ledger.observe(changed.set)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while ledger.clearings == clearings and not ledger.attempts(target, after, 1):
                        await changed.wait()
                        changed.clear()
        finally:
            forget()
        return self._page_of_attempts(target, after, limit)

    def _page_of_attempts(self, target: str | None, after: int, limit: int) -> Reply:
        ledger = self._service.ledger
        found = [attempt.as_json() for attempt in ledger.attempts(target, after, limit)]
        return json_reply({"clearings": ledger.clearings, "attempts": found})

    def _clear(self, request: Request) -> Reply:
        """Forget attempts and devices, and the script too unless `keep=answers`."""
        self._service.ledger.clear()
        if request.parameter("keep") != "answers":
            self._service.script.clear()
        return json_reply({})

    def _devices(self, request: Request) -> Reply:
        if token := request.parameter("token"):
            return json_reply(device_as_json(self._service.ledger.device(token)))
        limit = int(request.parameter("limit", "60"))
        return json_reply({"devices": [device_as_json(d) for d in self._service.ledger.devices(limit)]})

    def _change_device(self, request: Request) -> Reply:
        """Connect or disconnect a device, say what it is, or dismiss what it shows."""
        content = read_object(request)
        token, platform = content.get("token"), content.get("platform")
        if not isinstance(token, str) or not token or platform not in (None, *PLATFORMS):
            raise ValueError(f"token is needed, and platform must be one of {', '.join(PLATFORMS)}")
        device = self._service.ledger.device(token)
        device.platform = platform or device.platform
        if content.get("connected") is False:
            device.connected = False
        elif content.get("connected") is True:
            device.connect(time.time())
        if content.get("dismiss"):
            device.shown.clear()
        return json_reply(device_as_json(device))

    def _answers(self) -> Reply:
        scripted = {target: [answer_as_json(a) for a in answers] for target, answers in self._service.script}
        return json_reply({"answers": scripted, "known": ANSWERS})

    def _script(self, request: Request) -> Reply:
        """Set a target's answers: `{"token": "abc", "answers": ["UNREGISTERED"]}`."""
        content = read_object(request)
        token, answers = content.get("token"), content.get("answers")
        if not isinstance(token, str) or not isinstance(answers, list):
            raise BadAnswer('a script is {"token": …, "answers": […]}')
        self._service.script.set(token, [read_answer(answer) for answer in answers])
        return self._answers()

    def _unscript(self, request: Request) -> Reply:
        """Answer a target as FCM would, or all of them."""
        if token := request.parameter("token"):
            self._service.script.set(token, [])
        else:
            self._service.script.clear()
        return self._answers()


def device_as_json(device: Device) -> dict[str, Any]:
    """A device with what it shows, the newest first."""
    return {
        "token": device.token,
        "platform": device.platform,
        "connected": device.connected,
        "waiting": len(device.waiting),
        "lost": device.lost,
        "shown": [asdict(shown) for shown in reversed(device.shown.values())],
    }


@cache
def page() -> Reply:
    """The local page, which loads nothing from elsewhere."""
    own = "style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"
    body = files("local.fcm").joinpath("page.html").read_bytes()
    headers = {"content-security-policy": f"default-src 'none'; {own}", "cache-control": "no-store"}
    return Reply(200, body, "text/html; charset=utf-8", headers)
