"""Calls to addresses that others name, such as webhooks and key sets: never into anybody's private network.

Such an address must be public each time it is called: names are resolved here, every address of a name is looked
at, and the connection goes to the one that was looked at. Redirects are not followed.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

_CONNECT_SECONDS = 5.0
_PORTS = frozenset({443, 8443})
# IPv4 addresses in IPv6 clothes.
_NAT64 = IPv6Network("64:ff9b::/96")
# Whose last part begins with a digit is read as an address, in one of its many spellings.
_HOST_NAME = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*\.[a-z][a-z0-9-]{0,62}\.?")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1"})


class AddressRefused(ValueError):
    """This address is not one that our servers may call."""


class FetchFailed(RuntimeError):
    """Nothing that can be used came from an address; the text names the kind of trouble and no value."""


@dataclass(frozen=True)
class Fetched:
    """The body of a 200, and what its sender says of how long it may be kept."""

    body: bytes
    cache_control: str


def require_callable(url: str) -> None:
    """Whether our servers may be told to call this address, as far as its text tells.

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


@asynccontextmanager
async def open_response(
    method: str,
    url: str,
    *,
    to_loopback: bool,
    total_seconds: float,
    headers: Mapping[str, str],
    content: bytes | None = None,
) -> AsyncIterator[httpx.Response]:
    """The response to one request, its body unread; `to_loopback` lets a local suite call this machine.

    Raises:
        AddressRefused: the address, or what its name stands for right now, must not be called.
        httpx.HTTPError, OSError: there is no response.
    """
    require_callable(url)
    named = httpx.URL(url)
    if _is_local(named) and not to_loopback:
        raise AddressRefused("this machine's own")
    target = named if _is_local(named) else named.copy_with(host=await _public_address(named))
    timeout = httpx.Timeout(total_seconds, connect=_CONNECT_SECONDS)
    async with (
        httpx.AsyncClient(verify=_tls(), timeout=timeout, trust_env=False, follow_redirects=False) as client,
        # The certificate is the name's, although the connection goes to the address.
        client.stream(
            method,
            target,
            content=content,
            headers={**headers, "host": named.netloc.decode()},
            extensions={"sni_hostname": named.host},
        ) as response,
    ):
        yield response


def fetch(url: str, *, limit_bytes: int, total_seconds: float, to_loopback: bool) -> Fetched:
    """What an address answers to GET, not longer than `limit_bytes`, within `total_seconds`.

    Raises:
        FetchFailed: it must not be called, did not answer 200 in time, or sent more or something encoded.
    """
    try:
        return asyncio.run(_fetch(url, limit_bytes, total_seconds, to_loopback=to_loopback))
    except (TimeoutError, httpx.HTTPError, OSError, ValueError) as error:
        raise FetchFailed(type(error).__name__) from error


async def _fetch(url: str, limit_bytes: int, total_seconds: float, *, to_loopback: bool) -> Fetched:
    # Unencoded: a few bytes can be unpacked to any size.
    headers = {"accept": "application/json", "accept-encoding": "identity"}
    async with (
        asyncio.timeout(total_seconds),
        open_response(
            "GET", url, to_loopback=to_loopback, total_seconds=total_seconds, headers=headers
        ) as response,
    ):
        if response.status_code != httpx.codes.OK or "content-encoding" in response.headers:
            raise FetchFailed(f"HTTP {response.status_code}")
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > limit_bytes:
                raise FetchFailed("too large")
        return Fetched(bytes(body), response.headers.get("cache-control", ""))


async def _public_address(url: httpx.URL) -> str:
    look_up = partial(socket.getaddrinfo, url.host, url.port or 443, type=socket.SOCK_STREAM)
    # In a thread of its own, which nobody waits for when a name server does not answer in time.
    thread = ThreadPoolExecutor(1)
    try:
        found = await asyncio.get_running_loop().run_in_executor(thread, look_up)
    finally:
        thread.shutdown(wait=False)
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


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
