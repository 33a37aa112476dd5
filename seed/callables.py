"""Sends steps to the callables over HTTP, as a client's app would, at the time at which they happened."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from seed.errors import StepRefused, SuiteNotRunning
from seed.people import Person
from seed.steps import Step

PART = "The functions host"
NOW_HEADER = "X-Courtside-Now"
# Years of a studio's life in a minute: more than anybody may call.
UNMETERED_HEADER = "X-Courtside-Unmetered"
REPLAYED_HEADER = "Idempotent-Replayed"
_TRY_AGAIN = frozenset({"UNAVAILABLE", "ABORTED"})
_PAUSES_SECONDS = (0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class Reply:
    """The answer to a step: its result, or the reason of its refusal; `replayed` when it was given before."""

    result: Mapping[str, Any] | None
    reason: str | None
    message: str
    replayed: bool


class Callables:
    """The functions behind one base URL. Threads may share it."""

    def __init__(self, url: str, token: Callable[[Person], str]) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._http = httpx.Client(timeout=60, trust_env=False)

    def send(self, step: Step, content: Mapping[str, Any]) -> Reply:
        """Send a step with its content filled in; what is said to be worth another try gets a few.

        Raises:
            SuiteNotRunning: nobody answers there.
            StepRefused: whoever answers is not the functions of Courtside, or has too much to do.
        """
        for pause in _PAUSES_SECONDS:
            response = self._post(step, content)
            body = _read(response, step)
            if body.get("error", {}).get("status") not in _TRY_AGAIN:
                return _reply(body, response.headers)
            time.sleep(pause)
        raise StepRefused(f"{PART} kept answering {body['error']['message']!r} to {step.command}.")

    def close(self) -> None:
        self._http.close()

    def _post(self, step: Step, content: Mapping[str, Any]) -> httpx.Response:
        domain, command = step.command.split(".")
        headers = {"Authorization": f"Bearer {self._token(step.sender)}", UNMETERED_HEADER: "seed"}
        if step.at is not None:
            headers[NOW_HEADER] = step.at.isoformat()
        data = {"command": command, "command_id": str(step.command_id), **content}
        try:
            return self._http.post(f"{self._url}/{domain}", json={"data": data}, headers=headers)
        except httpx.TransportError as error:
            raise SuiteNotRunning(PART, self._url) from error


def _read(response: httpx.Response, step: Step) -> dict[str, Any]:
    """The body of a callable's answer: an object with a `result`, or an `error` that has a `status`."""
    with suppress(ValueError):
        body: dict[str, Any] = response.json()
        if isinstance(body, dict) and ("result" in body or "status" in body.get("error", {})):
            return body
    raise StepRefused(
        f"{response.url} answered {step.command} with {response.status_code}, not as a callable."
    )


def _reply(body: Mapping[str, Any], headers: httpx.Headers) -> Reply:
    replayed = headers.get(REPLAYED_HEADER) == "true"
    if (error := body.get("error")) is None:
        return Reply(body["result"], None, "", replayed)
    reason = error.get("details", {}).get("reason", error["status"])
    return Reply(None, reason, error["message"], replayed)
