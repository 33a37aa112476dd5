"""Who is calling: tokens of every kind, verified by the real Admin SDK."""

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from uuid import uuid4

import firebase_admin
import pytest
from google.auth.credentials import AnonymousCredentials

from courtside.config import Settings
from courtside.edge.auth import Caller, firebase_verifier, read_caller
from courtside.errors import Code, CourtsideError
from tests.http_calls import token_of, unsigned_token


def settings(**changes: Any) -> Settings:
    return Settings(**{"project": f"demo-{uuid4().hex[:8]}", "database_url": "postgresql://", **changes})


def read(authorization: str | None, of: Settings) -> Caller:
    return read_caller(authorization, firebase_verifier(of))


def refusal(authorization: str | None, of: Settings) -> CourtsideError:
    with pytest.raises(CourtsideError) as raised:
        read(authorization, of)
    return raised.value


@pytest.mark.usefixtures("auth_emulator")
class TestUnderTheAuthEmulator:
    """Unsigned tokens pass here, so that every other check is what refuses."""

    def test_token_names_the_caller(self) -> None:
        ours = settings()

        token = unsigned_token("ada", ours.project, auth_time=1_700_000_000)

        assert read(f"Bearer {token}", ours) == Caller(
            "ada", None, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
        )

    @pytest.mark.parametrize(
        "seconds",
        [
            None,
            "1700000000",
            True,
            1.7e9,
            10**18,
            -(10**18),
            pytest.param(int(time.time()) + 3600, id="in an hour"),
        ],
    )
    def test_token_that_does_not_tell_its_sign_in_is_refused(self, seconds: object) -> None:
        ours = settings()

        error = refusal(f"Bearer {unsigned_token('ada', ours.project, auth_time=seconds)}", ours)

        assert error.reason == "TOKEN_REFUSED"

    @pytest.mark.parametrize(
        ("claims", "email"),
        [
            ({"email": "a@b.example", "email_verified": True}, "a@b.example"),
            ({"email": "a@b.example", "email_verified": False}, None),
            ({"email": "a@b.example"}, None),
            ({"email": "a@b.example", "email_verified": "true"}, None),
            ({"email": ["a@b.example"], "email_verified": True}, None),
        ],
    )
    def test_email_counts_only_when_it_is_proved(self, claims: dict[str, Any], email: str | None) -> None:
        ours = settings()

        assert read(f"Bearer {unsigned_token('ada', ours.project, **claims)}", ours).email == email

    def test_token_of_another_project_is_refused(self) -> None:
        error = refusal(f"Bearer {unsigned_token('ada', 'demo-foreign')}", settings())

        assert (error.code, error.reason) == (Code.UNAUTHENTICATED, "TOKEN_REFUSED")

    def test_each_project_of_a_process_takes_its_own_tokens(self) -> None:
        ours, theirs = settings(), settings()

        for own in (ours, theirs):
            assert read(f"Bearer {unsigned_token('ada', own.project)}", own).uid == "ada"
        assert refusal(f"Bearer {unsigned_token('ada', theirs.project)}", ours).reason == "TOKEN_REFUSED"

    @pytest.mark.parametrize(
        "uid",
        ["a/../admin", "../admin", "a/b", ".", "..", "__name__", "a b", "ä", "ada\n", "x" * 129, "", 5, None],
    )
    def test_uid_that_is_no_path_segment_is_refused(self, uid: object) -> None:
        ours = settings()

        error = refusal(f"Bearer {unsigned_token(uid, ours.project)}", ours)

        assert (error.code, error.reason) == (Code.UNAUTHENTICATED, "TOKEN_REFUSED")
        assert str(uid) not in error.message.split() or uid == ""

    @pytest.mark.parametrize(
        "token",
        [
            "garbage",
            "a.b",
            "a.b.c",
            "..",
            token_of(b'{"alg":"none"}', b"[]"),
            token_of(b"[]", b"{}"),
            token_of(b"\xff", b"{}"),
            token_of(b'{"alg":"none"}', b'{"aud":'),
            token_of(b"1" * 5_000, b"{}"),
            # Deep enough to overflow the decoder's recursion: no signature is needed to send it.
            token_of(b'{"alg":"none"}', b"[" * 5_000),
            token_of(b"[" * 5_000, b"{}"),
        ],
    )
    def test_garbage_is_refused(self, token: str) -> None:
        error = refusal(f"Bearer {token}", settings())

        assert (error.code, error.reason) == (Code.UNAUTHENTICATED, "TOKEN_REFUSED")

    def test_first_calls_at_once_are_all_let_in(self, impatient_threads: None) -> None:
        start = Barrier(8)

        def call(ours: Settings) -> str:
            start.wait(timeout=10)
            return read(f"Bearer {unsigned_token('ada', ours.project)}", ours).uid

        with ThreadPoolExecutor(8) as threads:
            for _ in range(20):
                assert list(threads.map(call, [settings()] * 8)) == ["ada"] * 8


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Threads that interrupt each other after every few instructions, so that a race shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("header", [None, ""])
def test_call_without_a_token_is_told_to_sign_in(header: str | None) -> None:
    error = refusal(header, settings())

    assert (error.code, error.reason) == (Code.UNAUTHENTICATED, "TOKEN_MISSING")


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Basic YTpi", "a.b.c", "Bearer a b", "Bearer a,b", "Bearer ä", "Bearer a\n"],
)
def test_header_that_is_no_bearer_token_is_refused_without_a_look(header: str) -> None:
    def verify(token: str) -> dict[str, Any]:
        raise AssertionError(f"must not be looked at: {token}")

    with pytest.raises(CourtsideError) as raised:
        read_caller(header, verify)
    assert raised.value.reason == "TOKEN_REFUSED"


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of production, whose way to Google's keys is cut."""
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    ours = settings()
    firebase_admin.initialize_app(_NoCredential(), {"projectId": ours.project}, name=ours.project)
    return ours


class _NoCredential(firebase_admin.credentials.Base):  # type: ignore[misc]
    def get_credential(self) -> AnonymousCredentials:
        return AnonymousCredentials()


def test_unsigned_token_is_refused_in_production(production: Settings) -> None:
    error = refusal(f"Bearer {unsigned_token('ada', production.project)}", production)

    assert (error.code, error.reason) == (Code.UNAUTHENTICATED, "TOKEN_REFUSED")


def test_keys_out_of_reach_are_not_the_callers_fault(production: Settings) -> None:
    header = json.dumps({"alg": "RS256", "typ": "JWT", "kid": "k1"}).encode()
    claims = {
        "iss": f"https://securetoken.google.com/{production.project}",
        "aud": production.project,
        "sub": "ada",
    }
    token = token_of(header, json.dumps(claims).encode()) + "c2lnbmF0dXJl"

    error = refusal(f"Bearer {token}", production)

    assert (error.code, error.reason) == (Code.UNAVAILABLE, "TRY_AGAIN")
