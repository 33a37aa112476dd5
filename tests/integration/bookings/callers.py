"""Many callers at once, over real HTTP: each with a token as the Auth emulator issues it, all released together."""

import asyncio
import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

_PATIENCE_SECONDS = 30.0
_MOST_TRIES = 10
_TRY_AGAIN = ("UNAVAILABLE", "ABORTED")


@dataclass(frozen=True)
class Call:
    """One command by one person; sent again, it is the same command."""

    uid: str
    domain: str
    command: str
    content: dict[str, Any]
    command_id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True)
class Reply:
    """What a caller was told in the end, after `tries` sendings of the same command id."""

    call: Call
    body: dict[str, Any]
    tries: int

    @property
    def reason(self) -> str | None:
        """The reason of a refusal, None for a success."""
        error = self.body.get("error")
        return error["details"]["reason"] if error else None

    @property
    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = self.body["result"]
        return result


def unsigned_token(uid: str, project: str) -> str:
    """An identity token as the Auth emulator issues it: no signature."""
    now = int(time.time())
    claims = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": uid,
        "user_id": uid,
        "iat": now,
        "auth_time": now,
        "exp": now + 3600,
        "firebase": {"sign_in_provider": "password", "identities": {}},
    }
    return f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{_segment(claims)}."


def call_together(url: str, project: str, calls: Sequence[Call]) -> list[Reply]:
    """Send all at once, each on a connection of its own; those told to try again do, with the same id."""
    return asyncio.run(_call_together(url, project, calls))


async def _call_together(url: str, project: str, calls: Sequence[Call]) -> list[Reply]:
    limits = httpx.Limits(max_connections=len(calls), max_keepalive_connections=len(calls))
    async with httpx.AsyncClient(limits=limits, timeout=_PATIENCE_SECONDS, trust_env=False) as client:
        return await asyncio.gather(*(_until_decided(client, url, project, call) for call in calls))


async def _until_decided(client: httpx.AsyncClient, url: str, project: str, call: Call) -> Reply:
    tries = 0
    while True:
        tries += 1
        answer = await client.post(
            f"{url}/{call.domain}",
            headers={"Authorization": f"Bearer {unsigned_token(call.uid, project)}"},
            json={"data": {**call.content, "command": call.command, "command_id": call.command_id}},
        )
        body: dict[str, Any] = answer.json()
        if body.get("error", {}).get("status") not in _TRY_AGAIN or tries == _MOST_TRIES:
            return Reply(call, body, tries)


def _segment(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
