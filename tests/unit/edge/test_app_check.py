"""Proofs that a call comes from one of our apps: looked at, only watched, or asked for."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from firebase_admin import App, app_check, credentials, delete_app, initialize_app
from google.auth.credentials import AnonymousCredentials
from jwt.algorithms import RSAAlgorithm

from courtside.config import Settings
from courtside.edge.app_check import app_verifier, check_app
from courtside.errors import AppCheckRefused, Unavailable

PROJECT = "demo-app-check"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FOREIGN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SETTINGS = Settings(project=PROJECT, database_url="")


class Anonymous(credentials.Base):  # type: ignore[misc]  # the SDK has no types
    """A server that has no account with Google, as verifying needs none."""

    def get_credential(self) -> AnonymousCredentials:
        return AnonymousCredentials()


class Keys(BaseHTTPRequestHandler):
    """What Google publishes: the key by which proofs are signed."""

    def do_GET(self) -> None:
        public = {**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "ours", "use": "sig"}
        body = json.dumps({"keys": [public]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def keys() -> Iterator[str]:
    """The address of the published keys."""
    server = HTTPServer(("127.0.0.1", 0), Keys)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def app(keys: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The Admin SDK of our project, which fetches the keys from here."""
    monkeypatch.setattr(app_check._AppCheckService, "_JWKS_URL", keys)
    app = initialize_app(Anonymous(), {"projectId": PROJECT}, name=PROJECT)
    yield app
    delete_app(app)


def proof(*, key: rsa.RSAPrivateKey = KEY, headers: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """A token as App Check gives it to an app."""
    now = int(time.time())
    content = {
        "iss": "https://firebaseappcheck.googleapis.com/123",
        "aud": [f"projects/{PROJECT}", "projects/123"],
        "sub": "1:123:web:abc",
        "iat": now,
        "exp": now + 3600,
        **claims,
    }
    return jwt.encode(content, key, algorithm="RS256", headers={"kid": "ours", **(headers or {})})


def unsigned() -> str:
    header = {"alg": "none", "typ": "JWT", "kid": "ours"}
    parts = (json.dumps(header), json.dumps({"sub": "x", "aud": [f"projects/{PROJECT}"]}), "")
    return ".".join(urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


FORGED = {
    "of nothing": "x",
    "unsigned": unsigned(),
    "signed by somebody else": proof(key=FOREIGN_KEY),
    "of an unknown key": proof(headers={"kid": "theirs"}),
    "of another project": proof(aud=["projects/demo-foreign"]),
    "an identity token": proof(iss=f"https://securetoken.google.com/{PROJECT}", aud=PROJECT),
    "expired": proof(exp=int(time.time()) - 60),
    "oversized": "eyJ" + "x" * 10_000,
    "too deep": urlsafe_b64encode(b"[" * 5000).decode() + ".e30.x",
}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("mode", ["monitor", "enforce"])
def test_a_proof_of_ours_is_valid(mode: str) -> None:
    assert check_app(proof(), mode, lambda: app_verifier(SETTINGS)) == "valid"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_what_is_none_is_refused_where_it_is_enforced(token: str) -> None:
    with pytest.raises(AppCheckRefused) as refused:
        check_app(token, "enforce", lambda: app_verifier(SETTINGS))

    assert refused.value.details == {"found": "refused"}
    assert check_app(token, "monitor", lambda: app_verifier(SETTINGS)) == "refused"


def test_a_call_without_one_is_refused_where_it_is_enforced() -> None:
    with pytest.raises(AppCheckRefused) as refused:
        check_app(None, "enforce", lambda: app_verifier(SETTINGS))

    assert refused.value.details == {"found": "missing"}
    assert check_app(None, "monitor", lambda: app_verifier(SETTINGS)) == "missing"


def test_nobody_looks_where_it_is_off() -> None:
    def never() -> Any:
        raise AssertionError("looked")

    assert check_app("x", "off", never) is None


@pytest.mark.usefixtures("app")
def test_keys_out_of_reach_are_no_fault_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_check._AppCheckService, "_JWKS_URL", "http://127.0.0.1:1/jwks")

    with pytest.raises(Unavailable):
        check_app(proof(), "enforce", lambda: app_verifier(SETTINGS))
    assert check_app(proof(), "monitor", lambda: app_verifier(SETTINGS)) == "unverifiable"
