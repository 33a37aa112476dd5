"""Webhooks after the Standard Webhooks specification: how a message is signed, when it is tried again, where it may go.

What admins name is fetched by our servers, so an address must be public each time: names are resolved here, every
address of a name is looked at, and the connection goes to the one that was looked at.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import secrets
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from uuid import UUID

import httpx

_PREFIX = "whsec_"
_KEY_BYTES = 32
# The specification's schedule: seconds until each further attempt, about three days in all.
RETRY_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
_CONNECT_SECONDS = 5.0
_TOTAL_SECONDS = 15.0
_PORTS = frozenset({443, 8443})
# IPv4 addresses in IPv6 clothes.
_NAT64 = IPv6Network("64:ff9b::/96")
_HOST_NAME = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+\.?")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1"})

GONE = 410


class AddressRefused(ValueError):
    """This address is not one that our servers may call."""


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


def require_callable(url: str) -> None:
    """Whether an endpoint may have this address, as far as its text tells.

    A receiver on the developer's own machine may be called without TLS, but only by a local suite.

    Raises:
        AddressRefused: it is not https, names no public host, or another port than 443 and 8443.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise AddressRefused("not a URL") from error
    if parsed.userinfo or parsed.fragment:
        raise AddressRefused("must carry neither credentials nor a fragment")
    if _is_local(parsed):
        return
    address, name = _address(parsed.host), parsed.raw_host.decode("ascii", "replace")
    if parsed.scheme != "https" or (address is None and not _HOST_NAME.fullmatch(name)):
        raise AddressRefused("must begin with https:// and a public host name")
    if (parsed.port or 443) not in _PORTS:
        raise AddressRefused("must use port 443 or 8443")
    if address is not None and not is_public(address):
        raise AddressRefused("must not be a private address")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to nobody's private network, not even in disguise."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


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
    url = httpx.URL(message.url)
    require_callable(message.url)
    if _is_local(url) and not to_loopback:
        raise AddressRefused("this machine's own")
    target = url if _is_local(url) else url.copy_with(host=await _public_address(url))
    body = body_of(message.payload)
    headers = headers_of(message, body, datetime.now(UTC)) | {"host": url.netloc.decode()}
    timeout = httpx.Timeout(_TOTAL_SECONDS, connect=_CONNECT_SECONDS)
    async with (
        httpx.AsyncClient(verify=_tls(), timeout=timeout, trust_env=False, follow_redirects=False) as client,
        # The certificate is the name's, although the connection goes to the address.
        client.stream(
            "POST", target, content=body, headers=headers, extensions={"sni_hostname": url.host}
        ) as response,
    ):
        # The status says all; whatever else a receiver sends is not read.
        return response.status_code


async def _public_address(url: httpx.URL) -> str:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
    addresses = [ip_address(sockaddr[0]) for *_, sockaddr in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise AddressRefused("the name stands for a private address")
    return str(addresses[0])


def _is_local(url: httpx.URL) -> bool:
    return url.scheme == "http" and url.host in _LOCAL_NAMES


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _sign(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
