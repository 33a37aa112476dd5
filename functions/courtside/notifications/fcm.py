"""The gateway to Firebase Cloud Messaging, HTTP v1: one connection for many sends, and what its answers mean.

FCM says that it accepted a message, never that it was shown. The SDK's own sender retries by itself, blocks, and opens
a connection for each: it only makes the messages. https://firebase.google.com/docs/cloud-messaging/error-codes
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Protocol

import google.auth
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request

from courtside.config import Settings
from courtside.notifications.breaker import Breaker
from courtside.notifications.outcomes import (
    ACCEPTED,
    DEAD,
    FAILED,
    QUARANTINED,
    REMOVED,
    UNTRIED,
    WAITING,
    Outcome,
)
from courtside.notifications.posting import Failure, Post, Poster, Reply

_GOOGLE = "https://fcm.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
# Google asks for a minute where it names no time.
_QUOTA_PAUSE_SECONDS = 60.0
_ANSWER_SECONDS = 8.0
# FCM allows 600,000 messages a minute; these, of each sender, are as many as one process can keep busy.
CONCURRENT = 48
CONNECTIONS = 2


class Tokens(Protocol):
    """Where access tokens come from."""

    def bearer(self) -> str:
        """A token that is valid now; raises GoogleAuthError when there is none to be had."""
        ...

    def forget(self, token: str) -> None:
        """Hand this one out no more: it was refused."""
        ...


class GoogleTokens:
    """Tokens of the account that this process runs as, each used for as long as it is valid; for one thread."""

    def __init__(self) -> None:
        self._credentials: Credentials | None = None
        self._refused = ""

    def bearer(self) -> str:
        """A token, fetched when the one before is over."""
        if self._credentials is None:
            self._credentials, _ = google.auth.default(scopes=[_SCOPE])
        found = self._credentials
        if not found.valid or found.token == self._refused:
            found.refresh(Request())
        token: str = found.token
        return token

    def forget(self, token: str) -> None:
        """The next send fetches another one."""
        self._refused = token


class NoTokens:
    """For a stand-in, which takes any: no credentials of anybody's go there."""

    def bearer(self) -> str:
        """The same word each time."""
        return "stand-in"

    def forget(self, token: str) -> None:
        """Nothing."""


class Fcm:
    """Sends from one thread; `base_url` is Google's, or a stand-in's that speaks HTTP/2 in the clear."""

    def __init__(self, project: str, base_url: str, tokens: Tokens | None = None) -> None:
        self._tokens = tokens or (GoogleTokens() if base_url == _GOOGLE else NoTokens())
        self._http = Poster(
            f"{base_url}/v1/projects/{project}/messages:send",
            concurrent=CONCURRENT,
            connections=CONNECTIONS,
            answer_seconds=_ANSWER_SECONDS,
        )

    @classmethod
    def of(cls, settings: Settings) -> "Fcm":
        """As the settings say, which must name a URL."""
        assert settings.fcm_url is not None
        return cls(settings.project, settings.fcm_url)

    def send_all(
        self, messages: Iterable[Mapping[str, Any] | Outcome], breaker: Breaker, *, until: float
    ) -> list[Outcome]:
        """Send each once, so many at a time; what had no turn by the monotonic time `until` is untried.

        So is what is left once the channel closes, by failures or because FCM asks for a pause. Each is made when its
        turn comes, while others wait for answers; one that could not be made is its outcome already.
        """
        outcomes: list[Outcome] = []
        sent: list[_Sent] = []

        def turns() -> Iterator[Post]:
            for message in messages:
                outcomes.append(UNTRIED)
                if isinstance(message, Outcome):
                    outcomes[-1] = message
                elif not breaker.closed_seconds and time.monotonic() <= until:
                    token = self._bearer()
                    if token is None:
                        outcomes[-1] = _noted(_NO_CREDENTIALS, breaker)
                    else:
                        sent.append(_Sent(len(outcomes) - 1, token))
                        yield _post(message, token)

        for number, answer in self._http.post_all(turns()):
            outcome = _noted(_outcome(answer), breaker)
            if outcome.reason == "UNAUTHENTICATED":
                self._tokens.forget(sent[number].token)
            outcomes[sent[number].position] = outcome
        return outcomes

    def _bearer(self) -> str | None:
        try:
            return self._tokens.bearer()
        except GoogleAuthError:
            return None

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


class _Sent(NamedTuple):
    """A message under way: which of all, with which token."""

    position: int
    token: str


def _noted(outcome: Outcome, breaker: Breaker) -> Outcome:
    """The outcome, of which the channel has taken note."""
    breaker.note(answered=outcome.answered)
    if outcome.closes and outcome.pause_seconds is not None:
        breaker.pause(outcome.pause_seconds)
    return outcome


def _post(message: Mapping[str, Any], token: str) -> Post:
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return Post(body, ("content-type: application/json", f"authorization: Bearer {token}"))


def _outcome(answer: Reply | Failure) -> Outcome:
    if isinstance(answer, Reply):
        return read_answer(answer.status, answer.headers, answer.body, datetime.now(UTC))
    return _UNREACHABLE if answer is Failure.UNREACHABLE else _NO_ANSWER


_NO_CREDENTIALS = Outcome(WAITING, "NO_CREDENTIALS", answered=False, alarm=True)
_UNREACHABLE = Outcome(WAITING, "UNREACHABLE", answered=False)
# It may have been accepted: there is no key to ask by, so it is sent again under the same collapse key.
_NO_ANSWER = Outcome(WAITING, "NO_ANSWER", answered=False)


def read_answer(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Outcome:
    """What an answer means for the message, its target, and the channel."""
    content = _read_json(body)
    if status == 200:
        name = content.get("name")
        if isinstance(name, str):
            return Outcome(ACCEPTED, provider_id=name)
        return Outcome(WAITING, "UNREADABLE", answered=False)
    error = content.get("error")
    error = error if isinstance(error, dict) else {}
    code = _error_code(error) or _without_code(status)
    asked = _retry_after(headers, now)
    if code == "INVALID_ARGUMENT" and _names_target(error):
        return Outcome(FAILED, "INVALID_TOKEN", installation=REMOVED)
    if code == "QUOTA_EXCEEDED":
        pause = _QUOTA_PAUSE_SECONDS if asked is None else asked
        return Outcome(WAITING, code, pause_seconds=pause, closes=True)
    if code in _ENDINGS:
        return _ENDINGS[code]
    if code in _OURS:
        return Outcome(WAITING, code, pause_seconds=asked, answered=False, alarm=True)
    if status >= 500:
        return Outcome(WAITING, code, pause_seconds=asked, closes=asked is not None, answered=False)
    return Outcome(DEAD, code, alarm=True)


_ENDINGS: Mapping[str, Outcome] = {
    "UNREGISTERED": Outcome(FAILED, "UNREGISTERED", installation=REMOVED),
    "INVALID_ARGUMENT": Outcome(DEAD, "INVALID_ARGUMENT"),
    # Of the wrong project every token would look like this: nothing is deleted, somebody has to look.
    "SENDER_ID_MISMATCH": Outcome(DEAD, "SENDER_ID_MISMATCH", installation=QUARANTINED, alarm=True),
    "THIRD_PARTY_AUTH_ERROR": Outcome(DEAD, "THIRD_PARTY_AUTH_ERROR", alarm=True),
}
# Refusals by Google's front end, before FCM has looked at the message: of our credentials, not of the message.
_OURS = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND"})


def _without_code(status: int) -> str:
    """What stands for an answer that is not FCM's own."""
    known = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "QUOTA_EXCEEDED"}
    return known.get(status, f"HTTP_{status}")


def _error_code(error: Mapping[str, Any]) -> str | None:
    """FCM's own code, if it was FCM that refused."""
    for detail in _details(error):
        code = detail.get("errorCode")
        if detail.get("@type") == _FCM_ERROR and isinstance(code, str):
            return code
    return None


def _names_target(error: Mapping[str, Any]) -> bool:
    """Whether it is the token that is invalid, not the message."""
    violations = [found for detail in _details(error) for found in detail.get("fieldViolations", ())]
    fields = {found.get("field") for found in violations if isinstance(found, dict)}
    return bool(fields & {"message.token", "message.fid"})


def _details(error: Mapping[str, Any]) -> list[dict[str, Any]]:
    details = error.get("details")
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the answer asks to wait, given as a number or as a date."""
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text) if text[:1].isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(0.0, seconds)


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
