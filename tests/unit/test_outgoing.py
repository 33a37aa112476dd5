"""Calls to addresses that others name: never into a private network, and never more read than was asked for."""

import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from courtside.outgoing import AddressRefused, Fetched, FetchFailed, fetch, is_public, require_callable
from tests.answering import AnsweringServer, answering_server

LIMIT = 1_000


@pytest.fixture
def server() -> Iterator[AnsweringServer]:
    with answering_server() as served:
        yield served


def get(server: AnsweringServer, *, total_seconds: float = 10, to_loopback: bool = True) -> Fetched:
    return fetch(server.url, limit_bytes=LIMIT, total_seconds=total_seconds, to_loopback=to_loopback)


def test_what_was_asked_for_comes_with_how_long_it_keeps(server: AnsweringServer) -> None:
    server.body, server.headers = b"x" * LIMIT, {"Cache-Control": "max-age=60"}

    assert get(server) == Fetched(b"x" * LIMIT, "max-age=60")


def test_more_than_the_limit_is_not_taken(server: AnsweringServer) -> None:
    server.body = b"x" * (LIMIT + 1)

    with pytest.raises(FetchFailed, match="too large"):
        get(server)


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 404, 500])
def test_only_a_plain_answer_counts(server: AnsweringServer, status: int) -> None:
    server.status, server.headers = status, {"Location": "/elsewhere"}

    with pytest.raises(FetchFailed, match=f"HTTP {status}"):
        get(server)
    assert server.asked == ["/keys"]


def test_a_packed_answer_is_not_unpacked(server: AnsweringServer) -> None:
    server.headers = {"Content-Encoding": "gzip"}

    with pytest.raises(FetchFailed):
        get(server)


def test_a_slow_answer_is_given_up(server: AnsweringServer) -> None:
    server.holds = threading.Event()

    with pytest.raises(FetchFailed, match="Timeout"):
        get(server, total_seconds=0.2)


def test_nobody_there_is_a_failed_fetch(server: AnsweringServer) -> None:
    gone = AnsweringServer(url="http://127.0.0.1:1/keys")

    with pytest.raises(FetchFailed, match="ConnectError"):
        get(gone)


def test_a_name_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: go_on.wait(30))
    began = time.monotonic()

    try:
        with pytest.raises(FetchFailed, match="Timeout"):
            fetch("https://example.com/", limit_bytes=LIMIT, total_seconds=0.2, to_loopback=False)
        assert time.monotonic() - began < 10
    finally:
        go_on.set()


def test_a_name_that_does_not_exist_is_a_failed_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    with pytest.raises(FetchFailed, match="gaierror"):
        fetch("https://example.com/", limit_bytes=LIMIT, total_seconds=5, to_loopback=False)


@pytest.mark.parametrize("found", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"])
def test_a_name_that_stands_for_a_private_address_is_not_asked(
    found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, port: int, **_: object) -> list[object]:
        return [(0, 0, 0, "", (address, port)) for address in ("93.184.216.34", found)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    with pytest.raises(FetchFailed, match="AddressRefused"):
        fetch("https://keys.example.com/", limit_bytes=LIMIT, total_seconds=5, to_loopback=True)


def test_this_machine_is_asked_by_local_suites_alone(server: AnsweringServer) -> None:
    with pytest.raises(FetchFailed, match="AddressRefused"):
        get(server, to_loopback=False)
    assert server.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://example",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://example.com:22/",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "//example.com",
        "not a url",
        "https://exa mple.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://",
    ],
)
def test_an_address_that_must_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        require_callable(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hooks?x=1",
        "https://example.com:8443/",
        "https://93.184.216.34/",
        "http://localhost:9/",
    ],
)
def test_an_address_that_may_be_called_is_taken(url: str) -> None:
    require_callable(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
    ],
)
def test_a_private_address_is_known_in_every_disguise(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public
