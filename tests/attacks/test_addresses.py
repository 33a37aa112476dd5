"""Our servers as a way into private networks: addresses of webhooks and key sets that are not what they seem."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from courtside.notifications.webhooks import Message, deliver, new_secret
from courtside.outgoing import FetchFailed, fetch
from tests.attacks.arena import Arena
from tests.attacks.attempt import calls
from tests.attacks.contents import WHY
from tests.attacks.verdicts import INVALID
from tests.world import ADMIN

REFUSED = {
    "the metadata of the cloud": "http://169.254.169.254/computeMetadata/v1/",
    "the metadata of the cloud, with TLS": "https://169.254.169.254/",
    "the metadata of the cloud, by its name": "https://metadata.google.internal.:22/",
    "an address as one number": "https://2852039166/",
    "an address in octal": "https://0251.0376.0251.0376/",
    "an address in hexadecimal": "https://0xa9fea9fe/",
    "an address with a part in hexadecimal": "https://127.0.0.0x1/",
    "an address that is short": "https://127.1/",
    "this machine": "https://127.0.0.1/",
    "this machine by its name": "https://localhost/",
    "this machine as zero": "https://0.0.0.0/",
    "this machine, IPv6": "https://[::1]/",
    "this machine, IPv4 in IPv6": "https://[::ffff:127.0.0.1]/",
    "the metadata of the cloud, IPv4 in IPv6": "https://[::ffff:a9fe:a9fe]/",
    "the metadata of the cloud, by 6to4": "https://[2002:a9fe:a9fe::]/",
    "the metadata of the cloud, by NAT64": "https://[64:ff9b::a9fe:a9fe]/",
    "a private network": "https://10.0.0.5/",
    "another private network": "https://192.168.1.1/",
    "a network of carriers": "https://100.64.0.1/",
    "a network of neighbours": "https://[fe80::1]/",
    "a private network, IPv6": "https://[fd00::1]/",
    "everybody at once": "https://224.0.0.1/",
    "no TLS": "http://hooks.example.com/",
    "a file": "file:///etc/passwd",
    "another protocol": "gopher://hooks.example.com/",
    "a script": "javascript:alert(1)//x",
    "a port of another service": "https://hooks.example.com:22/",
    "a port of Postgres": "https://hooks.example.com:5432/",
    "credentials": "https://user:password@hooks.example.com/",
    "a host behind credentials": "https://hooks.example.com@169.254.169.254/",
    "a host behind a backslash": "https://hooks.example.com\\@169.254.169.254/",
    "a name without a dot": "https://intranet/",
    "no host": "https:///path",
    "a fragment": "https://hooks.example.com/#x",
    "a line more": "https://hooks.example.com/\r\nX-Evil: 1",
    "a null": "https://hooks.example.com/\0",
    "digits in a ring": "https://①②⑦.⓪.⓪.①/",
    "too long": "https://hooks.example.com/" + "a" * 600,
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_webhook_does_not_lead_inside(arena: Arena, url: str) -> None:
    arena.withstand(
        calls(ADMIN, "admin.add_webhook", INVALID, "a new receiver", url=url, **WHY),
        calls(
            ADMIN, "admin.update_webhook", INVALID, "another address", endpoint_id="@webhook", url=url, **WHY
        ),
    )


@contextmanager
def naming(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> Iterator[list[Any]]:
    """Every name stands for these addresses; what connects is noted, and refused."""
    connected: list[Any] = []

    def resolve(*asked: object, **options: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]

    async def connect(self: object, sock: object, address: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        patch.setattr(asyncio.selector_events.BaseSelectorEventLoop, "sock_connect", connect)
        yield connected


NAMED = [
    ("169.254.169.254",),
    ("127.0.0.1",),
    ("10.1.2.3",),
    ("93.184.216.34", "169.254.169.254"),
    ("0.0.0.0",),
]


@pytest.mark.parametrize("addresses", NAMED, ids=lambda addresses: " and ".join(addresses))
def test_a_name_that_stands_for_a_private_address_is_not_called(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    payload = {"type": "x:y", "occurred_at": datetime.now(UTC).isoformat(), "payload": {}}
    message = Message(uuid4(), payload, "https://rebind.example.com/", [new_secret()])

    with naming(monkeypatch, *addresses) as connected:
        (attempt,) = asyncio.run(deliver([message], to_loopback=False))
        with pytest.raises(FetchFailed, match="AddressRefused"):
            fetch("https://rebind.example.com/keys", limit_bytes=100, total_seconds=5, to_loopback=False)

    assert not attempt.is_delivered
    assert "address refused" in attempt.failure
    assert connected == []


class _Redirecting(BaseHTTPRequestHandler):
    """Sends everybody on to another address, and notes who came."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(302)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/secret")  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *ignored: object) -> None:
        """Nothing."""


@pytest.fixture
def redirecting() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Redirecting)
    _Redirecting.seen.clear()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_redirects_are_not_followed(redirecting: str) -> None:
    payload = {"type": "x:y", "occurred_at": datetime.now(UTC).isoformat(), "payload": {}}
    message = Message(uuid4(), payload, f"{redirecting}/hook", [new_secret()])

    (attempt,) = asyncio.run(deliver([message], to_loopback=True))
    with pytest.raises(FetchFailed):
        fetch(f"{redirecting}/keys", limit_bytes=100, total_seconds=5, to_loopback=True)

    assert (attempt.status, attempt.is_delivered) == (302, False)
    assert _Redirecting.seen == ["/hook", "/keys"]


def test_a_deployment_does_not_call_this_machine(redirecting: str) -> None:
    with pytest.raises(FetchFailed):
        fetch(f"{redirecting}/keys", limit_bytes=100, total_seconds=5, to_loopback=False)

    assert _Redirecting.seen == []
