"""Requests that no client sends: bodies, methods, headers and paths, through the server that serves the functions."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.attacks.arena import Arena
from tests.attacks.attempt import Answer
from tests.attacks.deployed import OURS, Deployed
from tests.attacks.doors import verdict_of
from tests.attacks.verdicts import INVALID, MALFORMED, NO_BOOKING, TOO_LARGE
from tests.http_calls import body_of

UNKNOWN = "NOT_FOUND UNKNOWN_COMMAND"


def envelope(inner: str) -> bytes:
    """A call of `cancel_booking` with this text in its place."""
    return b'{"data":{"command":"cancel_booking","command_id":"%s",%s}}' % (
        str(uuid4()).encode(),
        inner.encode(),
    )


NOBODYS = f'"booking_id":"{uuid4()}"'
GOOD = envelope(NOBODYS)
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", MALFORMED),
    "no JSON": (b"command=cancel_booking", MALFORMED),
    "a list": (b"[]", MALFORMED),
    "no data": (b"{}", MALFORMED),
    "data that is text": (b'{"data":"cancel_booking"}', MALFORMED),
    "data that is nothing": (b'{"data":null}', MALFORMED),
    "a command that is a list": (b'{"data":{"command":["cancel_booking"]}}', UNKNOWN),
    "a command of Python's": (b'{"data":{"command":"__class__"}}', UNKNOWN),
    "a command of another function": (b'{"data":{"command":"approve"}}', UNKNOWN),
    "a command with its domain": (b'{"data":{"command":"admin.add_webhook"}}', UNKNOWN),
    "a command with a null": (b'{"data":{"command":"cancel_booking\\u0000"}}', UNKNOWN),
    "no command id": (b'{"data":{"command":"cancel_booking",%s}}' % NOBODYS.encode(), INVALID),
    "a command id that is none": (envelope(NOBODYS).replace(b"-4", b"_4"), INVALID),
    "more than it may be": (b" " * 300_000, TOO_LARGE),
    "a text that is too long": (envelope('"reason":"' + "x" * 250_000 + '",' + NOBODYS), INVALID),
    "nesting in lists": (b'{"data":' + b"[" * 100_000, TOO_LARGE),
    "nesting in objects": (b'{"a":' * 50_000, TOO_LARGE),
    "nesting of seventeen": (envelope('"x":' + "[" * 15 + "]" * 15), TOO_LARGE),
    "a name twice": (envelope(f'{NOBODYS},"booking_id":"{uuid4()}"'), MALFORMED),
    "a command twice": (GOOD.replace(b'"command":', b'"command":"book_session","command":'), MALFORMED),
    "NaN": (envelope('"booking_id":NaN'), MALFORMED),
    "infinity": (envelope('"booking_id":-Infinity'), MALFORMED),
    "a number beyond floats": (envelope('"booking_id":1e999'), INVALID),
    "a number of ten thousand digits": (envelope('"booking_id":' + "9" * 10_000), INVALID),
    "UTF-16": (GOOD.decode().encode("utf-16"), MALFORMED),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, MALFORMED),
    "bytes that are no text": (GOOD.replace(b"cancel", b"\xff\xfe"), MALFORMED),
    "UTF-8 that is too long": (GOOD.replace(b"cancel", b"\xc0\xae"), MALFORMED),
    "half a letter": (envelope(NOBODYS + ',"reason":"\\ud83d"'), INVALID),
    "a null in a text": (envelope(NOBODYS + ',"reason":"a\\u0000b"'), INVALID),
    "two bodies": (GOOD + GOOD, MALFORMED),
    "JSON with comments": (b"/* */" + GOOD, MALFORMED),
    "a comma too many": (GOOD.replace(b"}}", b",}}"), MALFORMED),
    "an id of another type": (envelope('"booking_id":{"$ne":null}'), INVALID),
    "ids in a list": (envelope(f'"booking_id":["{uuid4()}"]'), INVALID),
    "an id with a path": (envelope(f'"booking_id":"{uuid4()}/../x"'), INVALID),
    "an id that is SQL": (envelope("\"booking_id\":\"' OR '1'='1\""), INVALID),
}
TYPES: dict[str, str] = {
    "a form": "application/x-www-form-urlencoded",
    "plain text": "text/plain",
    "a form with files": "multipart/form-data; boundary=x",
    "none": "",
    "JSON in another charset": "application/json; charset=utf-16",
    "JSON by another name": "application/json+evil",
    "two types": "text/plain, application/json",
}
HEADERS: dict[str, tuple[dict[str, str], str]] = {
    "a method in a header": ({"X-HTTP-Method-Override": "GET", "X-Method-Override": "DELETE"}, NO_BOOKING),
    "a path in a header": ({"X-Original-URL": "/admin", "X-Rewrite-URL": "/admin"}, NO_BOOKING),
    "a host of one's own": ({"X-Forwarded-Host": "evil.example.com"}, NO_BOOKING),
    "a request id of one's own": ({"X-Request-Id": "evil", "X-Correlation-Id": "evil"}, NO_BOOKING),
    "a trace of one's own": ({"X-Cloud-Trace-Context": "evil/../;o=1", "Traceparent": "evil"}, NO_BOOKING),
    "an identity of Google's proxy": (
        {"X-Goog-Authenticated-User-Id": "accounts.google.com:1", "X-Goog-IAP-JWT-Assertion": "x"},
        NO_BOOKING,
    ),
    "addresses by the thousand": ({"X-Forwarded-For": ", ".join(["10.0.0.1"] * 1_000)}, "431"),
    "compression that is none": ({"Content-Encoding": "gzip"}, MALFORMED),
    "compression that is not known": ({"Content-Encoding": "br, gzip, evil"}, MALFORMED),
}


def send(arena: Arena, body: bytes, **headers: str) -> Answer:
    """Send a body to `bookings` in Mal's name."""
    return arena.doors.call("mal", "bookings", body, headers=headers)


@pytest.mark.parametrize(("body", "verdict"), BODIES.values(), ids=BODIES)
def test_body_is_refused(arena: Arena, body: bytes, verdict: str) -> None:
    with arena.unchanged():
        assert send(arena, body).verdict == verdict


@pytest.mark.parametrize("content_type", TYPES.values(), ids=TYPES)
def test_what_a_form_can_send_is_refused(arena: Arena, content_type: str) -> None:
    with arena.unchanged():
        assert send(arena, GOOD, **{"Content-Type": content_type}).verdict == MALFORMED


@pytest.mark.parametrize(("headers", "verdict"), HEADERS.values(), ids=HEADERS)
def test_headers_change_nothing(arena: Arena, headers: dict[str, str], verdict: str) -> None:
    with arena.unchanged():
        answer = send(arena, GOOD, **headers)

    assert answer.verdict == verdict
    assert "evil" not in answer.text


def test_a_body_that_unpacks_to_a_gigabyte_is_not_unpacked(arena: Arena) -> None:
    bomb = gzip.compress(b" " * 10_000_000)

    with arena.unchanged():
        assert send(arena, bomb, **{"Content-Encoding": "gzip"}).verdict == MALFORMED


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "EVIL"])
def test_calls_are_posts(arena: Arena, method: str) -> None:
    doors = arena.doors
    headers = {"Content-Type": "application/json", **doors.signed_in("ada")}
    body = body_of("cancel_booking", booking_id=arena.names["booking"])

    with arena.unchanged():
        reply = doors.http.request(method, f"{doors.functions}/bookings", content=body, headers=headers)

    assert reply.status_code in {400, 405, 501}
    assert doors.token("ada")[:40] not in reply.text


@pytest.mark.parametrize(
    "path",
    ["/../main.py", "/%2e%2e/%2e%2e/etc/passwd", "/bookings%2f..%2fadmin", "/__main__", "/runtime", "/os",
     "/bookings/../../../../etc/passwd", "//evil.example.com", "/%00"],
)  # fmt: skip
def test_nothing_but_functions_is_served(arena: Arena, path: str) -> None:
    host = urlsplit(arena.doors.functions)

    with arena.unchanged():
        reply = arena.doors.http.post(f"http://{host.netloc}{host.path}{path}", content=GOOD)

    assert reply.status_code in {400, 401, 403, 404}
    assert "root:" not in reply.text


def test_a_query_string_is_no_body(arena: Arena) -> None:
    doors = arena.doors
    query = {"data": json.dumps({"command": "cancel_booking", "booking_id": arena.names["booking"]})}

    with arena.unchanged():
        reply = doors.http.post(f"{doors.functions}/bookings", params=query, headers=doors.signed_in("ada"))

    assert verdict_of(reply) == MALFORMED


def raw(arena: Arena, request: bytes) -> bytes:
    """What comes back for any bytes at all."""
    host = urlsplit(arena.doors.functions)
    with socket.create_connection((host.hostname, host.port), 10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def smuggled(arena: Arena, *lines: str, body: bytes = b"") -> bytes:
    path = f"{urlsplit(arena.doors.functions).path}/bookings"
    head = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", "Connection: close", *lines]
    return raw(arena, "\r\n".join([*head, "", ""]).encode("latin-1") + body)


SMUGGLING: dict[str, tuple[list[str], bytes]] = {
    "two lengths": (["Content-Length: 5", "Content-Length: 500"], GOOD),
    "a length and chunks": ([f"Content-Length: {len(GOOD)}", "Transfer-Encoding: chunked"], GOOD),
    "chunks that are none": (["Transfer-Encoding: chunked"], b"ZZ\r\n"),
    "chunks by another name": (["Transfer-Encoding: xchunked"], GOOD),
    "a length below zero": (["Content-Length: -1"], GOOD),
    "a length that is a sum": (["Content-Length: 1+1"], GOOD),
    "a header with a null": (["X-Evil: a\0b", "Content-Length: 0"], b""),
    "a header without a name": ([": evil", "Content-Length: 0"], b""),
    "a header of a megabyte": (["X-Evil: " + "a" * 1_000_000, "Content-Length: 0"], b""),
    "headers by the thousand": ([f"X-{n}: 1" for n in range(2_000)], b""),
}


@pytest.mark.parametrize(("lines", "body"), SMUGGLING.values(), ids=SMUGGLING)
def test_a_request_has_one_meaning(arena: Arena, lines: list[str], body: bytes) -> None:
    token = arena.doors.signed_in("ada")["Authorization"]

    with arena.unchanged():
        reply = smuggled(arena, f"Authorization: {token}", *lines, body=body)

    assert reply.split(b" ")[1][:1] == b"4" or reply.split(b" ")[1] == b"501", reply[:200]
    assert reply.count(b"HTTP/1.1 ") == 1


def slow(url: str, headers: Mapping[str, str]) -> float:
    """How many seconds a server bears a body of which a byte comes now and then."""
    host = urlsplit(url)
    started = time.monotonic()
    with socket.create_connection((host.hostname, host.port), 30) as connection:
        lines = [f"POST {host.path} HTTP/1.1", "Host: x", "Content-Length: 1000"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", "{"]).encode())
        connection.settimeout(30)
        connection.recv(1_000)
    return time.monotonic() - started


@pytest.mark.long
def test_a_body_that_never_ends_does_not_keep_a_thread(arena: Arena) -> None:
    headers = {"Content-Type": "application/json", **arena.doors.signed_in("mal")}

    with arena.unchanged():
        assert slow(f"{arena.doors.functions}/bookings", headers) < 20


ORIGINS = ["https://evil.example.com", "null", f"{OURS}.evil.example.com", "https://evil-app.example.com",
           "http://app.example.com", f"{OURS}:8443", "https://APP.example.com", "*", "https://app.example.com/",
           "http://localhost:5000", "file://", f"{OURS}, https://evil.example.com"]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
def test_foreign_origins_are_told_nothing(production: Deployed, origin: str, method: str) -> None:
    reply = production.post("bookings", GOOD, method=method, headers={"Origin": origin})

    assert not [name for name in reply.headers if name.lower().startswith("access-control-")]
    assert reply.headers["Vary"] == "Origin"


def test_no_origin_may_send_credentials(production: Deployed) -> None:
    reply = production.post("bookings", b"", method="OPTIONS", headers={"Origin": OURS})

    assert reply.headers["Access-Control-Allow-Origin"] == OURS
    assert "Access-Control-Allow-Credentials" not in reply.headers


LOCAL_ONLY: dict[str, tuple[dict[str, str], str]] = {
    "another time": ({"X-Courtside-Now": "2020-01-01T00:00:00Z"}, "CLOCK_NOT_MOVABLE"),
    "no time at all": ({"X-Courtside-Now": ""}, "CLOCK_NOT_MOVABLE"),
}


@pytest.mark.parametrize(("headers", "reason"), LOCAL_ONLY.values(), ids=LOCAL_ONLY)
def test_what_a_local_suite_may_is_refused_in_production(
    arena: Arena, production: Deployed, headers: dict[str, str], reason: str
) -> None:
    body = body_of("cancel_booking", booking_id=arena.names["done"])

    with arena.unchanged():
        reply = production.post("bookings", body, token=production.token("ada"), headers=headers)

    assert reply.reason == reason


@pytest.mark.parametrize("command", ["book_session", "no_such_command", "approve", "__init__", ""])
def test_strangers_do_not_learn_which_commands_there_are(production: Deployed, command: str) -> None:
    reply = production.post("bookings", body_of(command))

    assert reply.reason == "TOKEN_MISSING"
    assert "commands" not in reply.error["details"]


HARDENED: dict[str, Callable[[Deployed], httpx.Headers]] = {
    "a call": lambda d: httpx.Headers(dict(d.post("bookings", GOOD).headers)),
    "health": lambda d: httpx.Headers(dict(d.post("health", b"", method="GET").headers)),
    "a calendar": lambda d: httpx.Headers(dict(d.post("calendar", b"", method="GET").headers)),
}


@pytest.mark.parametrize("ask", HARDENED.values(), ids=HARDENED)
def test_every_answer_is_hardened(production: Deployed, ask: Callable[[Deployed], httpx.Headers]) -> None:
    headers = ask(production)

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert not [name for name in headers if name.lower() in ("x-powered-by", "set-cookie")]
