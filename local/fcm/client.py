"""The stand-in as tests see it: what was sent, what a device shows, what is to be answered."""

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from local.fcm.answers import Answer, answer_as_json
from local.fcm.devices import Shown

ALL = "*"
_ADMIN = "/stand-in/v1"


@dataclass(frozen=True)
class Sent:
    """One request to send, as it came: `status` 0 for a connection that ended, `name` "" when it was not accepted."""

    number: int
    at: float
    project: str
    target: str
    status: int
    error_code: str
    name: str
    http_version: str
    connection: int
    request: dict[str, Any] | None

    @property
    def message(self) -> dict[str, Any]:
        """The message of the request, field names spelt as they came."""
        found: dict[str, Any] = (self.request or {}).get("message", {})
        return found

    @property
    def accepted(self) -> bool:
        return bool(self.name)


class FcmStandIn:
    """A running stand-in at `url`; a context, which closes its connections."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, trust_env=False, verify=False, timeout=40)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def attempts(self, token: str | None = None, *, after: int = 0) -> list[Sent]:
        """All that was asked to be sent, oldest first, whatever became of it; of the newest that are kept."""
        return self._attempts(token, after, 0)

    def messages(self, token: str | None = None) -> list[Sent]:
        """What was accepted, whatever its sender was told."""
        return [sent for sent in self.attempts(token) if sent.accepted]

    def wait_for(self, count: int = 1, token: str | None = None, *, seconds: float = 10) -> list[Sent]:
        """The accepted messages, as soon as there are `count` of them; AssertionError when that takes longer."""
        deadline = time.monotonic() + seconds
        while len(found := self.messages(token)) < count:
            left = deadline - time.monotonic()
            assert left > 0, f"{len(found)} of {count} messages were accepted within {seconds:g} s"
            seen = self.attempts(token)
            if len([sent for sent in seen if sent.accepted]) < count:
                self._attempts(token, seen[-1].number if seen else 0, left)
        return found

    def visible(self, token: str) -> list[Shown]:
        """The notifications that a device shows, newest first."""
        return [Shown(**shown) for shown in self.device(token)["shown"]]

    def device(self, token: str) -> dict[str, Any]:
        """What is known of a device: `platform`, `connected`, `waiting`, `lost`, `shown`."""
        found: dict[str, Any] = self._ask("GET", "/devices", params={"token": token})
        return found

    def disconnect(self, token: str) -> None:
        """Messages wait for this device from now on, as FCM lets them: by collapse key, lifetime and number."""
        self._ask("PUT", "/devices", json={"token": token, "connected": False})

    def connect(self, token: str) -> None:
        """The device is reached again, and shows what waited."""
        self._ask("PUT", "/devices", json={"token": token, "connected": True})

    def set_platform(self, token: str, platform: str) -> None:
        """Say that a token is of `android`, `ios` or `web`; otherwise it is guessed from token and message."""
        self._ask("PUT", "/devices", json={"token": token, "platform": platform})

    def script(self, token: str, *answers: Answer | str) -> None:
        """What sends to a token (`abc`), to all that begin so (`abc*`), or to ALL are answered, one after another."""
        content = [Answer(answer) if isinstance(answer, str) else answer for answer in answers]
        self._ask("PUT", "/answers", json={"token": token, "answers": [answer_as_json(a) for a in content]})

    def unscript(self, token: str | None = None) -> None:
        """Answer a target, or all, as FCM would."""
        self._ask("DELETE", "/answers", params={"token": token} if token else {})

    def counts(self) -> dict[str, int]:
        """`accepted`, `not_accepted` and each error code, since the last `clear`, however many are kept."""
        found: dict[str, int] = self._ask("GET", "/counts")
        return found

    def clear(self) -> None:
        """Forget what was sent, what is shown and what is scripted."""
        self._ask("DELETE", "/attempts")

    def _attempts(self, token: str | None, after: int, wait_seconds: float) -> list[Sent]:
        query = {"after": after, "wait_seconds": wait_seconds, "limit": 1_000_000}
        found = self._ask("GET", "/attempts", params={**query, **({"token": token} if token else {})})
        return [Sent(**attempt) for attempt in found["attempts"]]

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        answer = self._http.request(method, f"{_ADMIN}{path}", **content)
        if answer.status_code != 200:
            raise ValueError(answer.text)
        return answer.json()
