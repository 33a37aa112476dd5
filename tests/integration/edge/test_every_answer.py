"""What holds for whatever our functions answer to anybody: headers, methods, and forms of foreign pages."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.test import Client, TestResponse

import main
from local.functions_host.discovery import functions_of
from tests.http_calls import body_of, unsigned_token
from tests.world import World, facts

SERVED = [function for function in functions_of(main) if function.kind != "schedule"]
CALLABLES = [function.name for function in SERVED if function.kind == "callable"]
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
REGISTER = body_of("register_client", display_name="Ada", time_zone="UTC")

Send = Callable[..., TestResponse]


@pytest.fixture
def send(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Send]:
    """Sends a request to a function of `main.py`, over the world's own backends."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    runtime: dict[str, Any] = vars(main.runtime)
    before = dict(runtime)
    runtime["backends_factory"] = lambda: world.backends

    def send(
        name: str,
        *,
        method: str = "POST",
        body: bytes = b"",
        path: str = "/",
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        function = getattr(main, name)
        client = Client(lambda environ, start: function(Request(environ))(environ, start))
        return client.open(path, method=method, data=body, headers=Headers(headers or {}))

    yield send
    runtime.clear()
    runtime.update(before)


@pytest.mark.parametrize("name", [function.name for function in SERVED])
def test_every_answer_is_nothing_but_data(send: Send, name: str) -> None:
    json = {"Content-Type": "application/json"}
    answers = [
        send(name, method="GET"),
        send(name, method="GET", path="/x.ics"),
        send(name, method="OPTIONS", headers={"Origin": "https://evil.example"}),
        send(name, method="DELETE"),
        send(name, body=b"{", headers=json),
        send(name, body=body_of("x"), headers=json),
    ]

    for answer in answers:
        assert dict(answer.headers).items() >= ALWAYS.items(), (answer.status, name)
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Security-Policy"].startswith(
            "default-src 'none'; frame-ancestors 'none'"
        )
        assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]
        assert not {"Set-Cookie", "Access-Control-Allow-Credentials"} & set(answer.headers.keys())


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_only_post_changes_anything(send: Send, world: World, method: str) -> None:
    before = dict(facts(world))

    for name in CALLABLES:
        answer = send(name, method=method, body=REGISTER, headers=caller(world))
        assert answer.status_code in (204, 400)
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        send("account", method=method, body=REGISTER, headers={**caller(world), header: "POST"})

    assert dict(facts(world)) == before
    assert send("account", body=REGISTER, headers=caller(world)).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "text/plain; x=application/json",
    ],
)
def test_what_a_foreign_page_may_send_without_asking_is_refused(
    send: Send, world: World, content_type: str
) -> None:
    before = dict(facts(world))
    headers = {**caller(world), "Content-Type": content_type, "Origin": "https://evil.example"}

    assert send("account", body=REGISTER, headers=headers).status_code == 400
    assert dict(facts(world)) == before


def test_a_cookie_is_nobodys_identity(send: Send, world: World) -> None:
    token = caller(world)["Authorization"].removeprefix("Bearer ")
    headers = {"Content-Type": "application/json", "Cookie": f"__session={token}; token={token}"}

    assert send("account", body=REGISTER, headers=headers).status_code == 401


def caller(world: World) -> dict[str, str]:
    """The headers of a call that would be taken."""
    token = unsigned_token("ada", world.backends.settings.project)
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
