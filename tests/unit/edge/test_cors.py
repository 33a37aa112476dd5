"""Which web origins a browser lets call: ours, and this machine's while identity comes from the emulator."""

from typing import Any

import pytest
from flask import Request, Response
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from courtside.config import Settings
from courtside.edge.cors import allow_origin

OURS = "https://app.courtside.example"


def settings(**changes: Any) -> Settings:
    return Settings(project="demo-a", database_url="", **{"allowed_origins": (OURS,), **changes})


def headers_for(origin: str | None, of: Settings, *, preflight: bool = False) -> Headers:
    sent = Headers([("Origin", origin)] if origin is not None else [])
    request = Request(EnvironBuilder(headers=sent).get_environ())
    return allow_origin(request, Response(), of, preflight=preflight).headers


def test_own_origin_is_named() -> None:
    headers = headers_for(OURS, settings())

    assert headers["Access-Control-Allow-Origin"] == OURS
    assert headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://app.courtside.example",
        f"{OURS}.evil.example",
        f"{OURS}:8443",
        f"{OURS}/",
        OURS.upper(),
        "null",
        "*",
        "",
    ],
)
@pytest.mark.parametrize("preflight", [False, True])
def test_foreign_origin_is_not_reflected_in_production(origin: str, preflight: bool) -> None:
    headers = headers_for(origin, settings(), preflight=preflight)

    assert not [name for name in headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118
    assert headers["Vary"] == "Origin"


def test_call_without_an_origin_gets_no_cors_headers() -> None:
    assert "Access-Control-Allow-Origin" not in headers_for(None, settings(auth_emulator="a:1"))


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:5173", "http://localhost:5000", "http://[::1]:80", "http://localhost"]
)
def test_pages_of_this_machine_may_call_the_local_suite(origin: str) -> None:
    headers = headers_for(origin, settings(auth_emulator="a:1", allowed_origins=()))

    assert headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Origin" not in headers_for(origin, settings())


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "http://evil.example@localhost",
        "http://localhost/path",
        "http://[::1",
        "localhost",
    ],
)
def test_other_pages_may_not_even_there(origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in headers_for(origin, settings(auth_emulator="a:1"))


def test_null_is_nobodys_origin_whatever_is_configured() -> None:
    assert "Access-Control-Allow-Origin" not in headers_for("null", settings(allowed_origins=("null",)))


def test_pages_may_read_what_tells_them_to_wait() -> None:
    assert "Retry-After" in headers_for(OURS, settings())["Access-Control-Expose-Headers"].split(", ")


def test_preflight_tells_what_a_call_may_look_like() -> None:
    headers = headers_for(OURS, settings(), preflight=True)

    assert headers["Access-Control-Allow-Methods"] == "POST"
    assert {"authorization", "content-type"} <= set(headers["Access-Control-Allow-Headers"].split(", "))
    assert "Access-Control-Allow-Credentials" not in headers
