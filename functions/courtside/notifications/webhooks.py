"""Webhooks after the Standard Webhooks specification: how a message is signed, when it is tried again."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from courtside.outgoing import AddressRefused, open_response

_PREFIX = "whsec_"
_KEY_BYTES = 32
# The specification's schedule: seconds until each further attempt, about three days in all.
RETRY_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
_TOTAL_SECONDS = 15.0

GONE = 410


@dataclass(frozen=True)
class Message:
    """One event for one endpoint; `id` stays the same over all attempts."""

    id: UUID
    payload: dict[str, Any]
    url: str
    secrets: Sequence[str]


@dataclass(frozen=True)
class Attempt:
    """What became of one attempt: the status, or what went wrong before there was one."""

    message: Message
    status: int | None
    error: str | None = None

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def failure(self) -> str:
        return self.error or f"HTTP {self.status}"


def new_secret() -> str:
    """A signing secret, in the form in which receivers' libraries take it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def body_of(payload: dict[str, Any]) -> bytes:
    """The body: `{type, timestamp, data}`."""
    message = {"type": payload["type"], "timestamp": payload["occurred_at"], "data": payload["payload"]}
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def headers_of(message: Message, body: bytes, now: datetime) -> dict[str, str]:
    """Id, time and signatures: one for each secret, so that receivers can change over."""
    message_id, timestamp = f"msg_{message.id.hex}", str(int(now.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "content-type": "application/json",
        "user-agent": "Courtside-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_sign(secret, signed)}" for secret in message.secrets),
    }


def next_pause_seconds(attempts: int, jitter: float) -> float | None:
    """How long to wait after so many attempts, up to a tenth longer by `jitter` in 0…1; None: it was the last."""
    if attempts > len(RETRY_SECONDS):
        return None
    return RETRY_SECONDS[attempts - 1] * (1 + jitter / 10)


async def deliver(messages: Sequence[Message], *, to_loopback: bool) -> list[Attempt]:
    """Try each message once, all at the same time; none of them takes longer than 15 s."""
    return list(await asyncio.gather(*(_attempt(message, to_loopback=to_loopback) for message in messages)))


async def _attempt(message: Message, *, to_loopback: bool) -> Attempt:
    try:
        async with asyncio.timeout(_TOTAL_SECONDS):
            return Attempt(message, await _post(message, to_loopback=to_loopback))
    except AddressRefused as error:
        return Attempt(message, None, f"address refused: {error}")
    except TimeoutError:
        return Attempt(message, None, f"no answer within {_TOTAL_SECONDS:g} s")
    # Whatever a receiver does is its fault, not a bug: another attempt, another line in its record.
    except (httpx.HTTPError, OSError, ValueError) as error:
        return Attempt(message, None, type(error).__name__)


async def _post(message: Message, *, to_loopback: bool) -> int:
    body = body_of(message.payload)
    async with open_response(
        "POST",
        message.url,
        to_loopback=to_loopback,
        total_seconds=_TOTAL_SECONDS,
        headers=headers_of(message, body, datetime.now(UTC)),
        content=body,
    ) as response:
        # The status says all; whatever else a receiver sends is not read.
        return response.status_code


def _sign(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
