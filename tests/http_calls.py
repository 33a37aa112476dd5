"""Calls as the Firebase SDKs make them: a callable request with an unsigned token, and its reply."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Request, Response
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

Function = Callable[[Request], Response]


@dataclass(frozen=True)
class Reply:
    """What a callable answered: HTTP status, headers, and its JSON body."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object; fails on anything else."""
        body: dict[str, Any] = json.loads(self.text)
        return body

    @property
    def result(self) -> dict[str, Any]:
        """The result of a call that is expected to succeed."""
        assert self.status == 200, self.text
        result: dict[str, Any] = self.body["result"]
        return result

    @property
    def error(self) -> dict[str, Any]:
        """The error of a call that is expected to be refused."""
        assert self.status >= 400, self.text
        error: dict[str, Any] = self.body["error"]
        return error

    @property
    def reason(self) -> str:
        """The stable reason of a refusal."""
        reason: str = self.error["details"]["reason"]
        return reason


def unsigned_token(uid: object, project: str, **claims: Any) -> str:
    """An ID token as the Auth emulator issues it, of a sign-in just now: algorithm none, no signature."""
    payload = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "auth_time": int(time.time()),
        "iat": 1_700_000_000,
        "exp": 1_700_003_600,
        "user_id": uid,
        "sub": uid,
        "firebase": {"identities": {}, "sign_in_provider": "custom"},
        **claims,
    }
    return token_of(json.dumps({"alg": "none", "typ": "JWT"}).encode(), json.dumps(payload).encode())


def token_of(header: bytes, payload: bytes) -> str:
    """A token of any two parts, without a signature."""
    encoded = (urlsafe_b64encode(part).rstrip(b"=").decode() for part in (header, payload))
    return ".".join(encoded) + "."


def body_of(command: str, **content: Any) -> bytes:
    """The body of a callable request; a fresh command id unless one is given."""
    return json.dumps({"data": {"command": command, "command_id": str(uuid4()), **content}}).encode()


def post(
    function: Function,
    body: bytes,
    *,
    token: str | None = None,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    environ: Mapping[str, Any] | None = None,
) -> Reply:
    """Hand a request to a function object, as functions-framework does; `environ` overrides its WSGI keys."""
    all_headers = {"Content-Type": "application/json", **(headers or {})}
    if token is not None:
        all_headers["Authorization"] = f"Bearer {token}"
    builder = EnvironBuilder(method=method, data=body, headers=Headers(all_headers))
    response = function(Request({**builder.get_environ(), **(environ or {})}))
    return Reply(response.status_code, dict(response.headers), response.get_data(as_text=True))
