"""Callables over HTTP, up to the point where a command would run: nothing malformed becomes a 500."""

import io
from contextlib import closing
from typing import Any, NoReturn

import pytest

from courtside.backends import Backends
from courtside.config import Misconfigured, Settings, read_settings
from courtside.edge.app_check import VerifyApp
from courtside.edge.auth import VerifyToken
from courtside.edge.callables import Runtime, callable_function
from courtside.edge.commands import SIGNED_IN, Commands, CommandSchema, View
from courtside.edge.wire import MAX_BODY_BYTES
from courtside.errors import AppCheckRefused
from tests.http_calls import Function, body_of, post, unsigned_token
from tests.log_capture import LogLines

ORIGIN = "https://app.courtside.example"
# A port on which nobody listens: what is refused here is refused without Postgres.
NOWHERE = "postgresql://127.0.0.1:1/none"

commands = Commands("things")


class Nothing(CommandSchema):
    """No input but the command id."""


@commands.command(Nothing, roles=SIGNED_IN)
def touch(uow: object, command: Nothing) -> View:
    """Never runs in these tests."""
    raise AssertionError("reached")


def things(
    verify: VerifyToken | None = None, verify_app: VerifyApp | None = None, **settings: Any
) -> Function:
    """The callable as a process with these settings serves it, with other checks of tokens if they are given."""
    ours = Settings(**{"project": "demo-a", "database_url": NOWHERE, **settings})
    runtime = Runtime(_nothing, _never, backends_factory=lambda: Backends.of(ours))
    if verify is not None:
        runtime.verify = verify
    if verify_app is not None:
        runtime.verify_app = verify_app
    return callable_function(commands, runtime)


def _nothing(uow: object) -> None:
    """No events, no reactions."""


def _never(backends: Backends, work: object) -> bool:
    raise AssertionError("nothing was committed")


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "application/json", "MALFORMED_REQUEST"),
        (b"{", "application/json", "MALFORMED_REQUEST"),
        (b"5", "application/json", "MALFORMED_REQUEST"),
        (b'{"data":{"command":"\xff"}}', "application/json", "MALFORMED_REQUEST"),
        (b'{"data":{"n":NaN}}', "application/json", "MALFORMED_REQUEST"),
        (b'{"data":{"n":Infinity}}', "application/json", "MALFORMED_REQUEST"),
        (b'{"data":{"n":' + b"9" * 5_000 + b"}}", "application/json", "INVALID_INPUT"),
        (b'{"data":' + b"[" * 100_000, "application/json", "REQUEST_TOO_LARGE"),
        (b" " * (MAX_BODY_BYTES + 1), "application/json", "REQUEST_TOO_LARGE"),
        pytest.param(body_of("touch"), "text/plain", "MALFORMED_REQUEST", id="text"),
        pytest.param(body_of("touch"), "application/x-www-form-urlencoded", "MALFORMED_REQUEST", id="form"),
        pytest.param(body_of("touch"), "multipart/form-data; boundary=x", "MALFORMED_REQUEST", id="parts"),
    ],
)
def test_malformed_request_is_a_typed_400(body: bytes, content_type: str, reason: str) -> None:
    reply = post(things(), body, headers={"Content-Type": content_type})

    assert (reply.status, reply.error["status"], reply.reason) == (400, "INVALID_ARGUMENT", reason)


class HangsUp(io.RawIOBase):
    """The body of a caller that is gone before it has sent all of it, or that sends broken chunks."""

    def readinto(self, buffer: object) -> NoReturn:
        raise OSError("connection reset by peer")

    def readable(self) -> bool:
        return True


@pytest.mark.parametrize("body", [HangsUp(), io.BytesIO(b'{"data":')])
@pytest.mark.parametrize("terminated", [True, False])
def test_caller_that_hangs_up_is_no_error_of_ours(logs: LogLines, body: io.IOBase, terminated: bool) -> None:
    environ = {
        "wsgi.input": body,
        "CONTENT_LENGTH": "500",
        **({"wsgi.input_terminated": True} if terminated else {}),
    }

    reply = post(things(), b"", environ=environ)

    assert (reply.status, reply.reason) == (400, "MALFORMED_REQUEST")
    assert logs.of("unhandled") == []


class Endless(io.RawIOBase):
    """A body that never ends; counts what was read of it."""

    taken = 0

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), 1_000)
        buffer[:size] = b" " * size
        self.taken += size
        return size

    def readable(self) -> bool:
        return True


def test_no_more_of_a_body_is_read_than_a_request_may_have() -> None:
    body = Endless()

    reply = post(things(), b"", environ={"wsgi.input": body, "wsgi.input_terminated": True})

    assert reply.reason == "REQUEST_TOO_LARGE"
    assert body.taken == MAX_BODY_BYTES + 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_other_methods_are_refused(method: str) -> None:
    reply = post(things(), body_of("touch"), method=method)

    assert (reply.status, reply.reason) == (400, "MALFORMED_REQUEST")


@pytest.mark.usefixtures("auth_emulator")
@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (None, "TOKEN_MISSING"),
        ("garbage", "TOKEN_REFUSED"),
        (unsigned_token("ada", "demo-foreign"), "TOKEN_REFUSED"),
        (unsigned_token("a/../admin", "demo-a"), "TOKEN_REFUSED"),
    ],
)
def test_caller_without_a_token_of_ours_is_refused(token: str | None, reason: str) -> None:
    # The command does not exist either: what there is, is told to nobody before they have said who they are.
    reply = post(things(), body_of("guess"), token=token)

    assert (reply.status, reply.error["status"], reply.reason) == (401, "UNAUTHENTICATED", reason)
    assert "commands" not in reply.error["details"]


@pytest.mark.usefixtures("auth_emulator")
def test_unknown_command_names_the_known_ones() -> None:
    reply = post(things(), body_of("guess"), token=unsigned_token("ada", "demo-a"))

    assert (reply.status, reply.reason) == (404, "UNKNOWN_COMMAND")
    assert reply.error["details"]["commands"] == ["touch"]


@pytest.mark.usefixtures("auth_emulator")
def test_postgres_out_of_reach_is_unavailable() -> None:
    ours = Settings(project="demo-a", database_url=NOWHERE, pool_wait_seconds=0.1)
    with closing(Backends.of(ours)) as backends:
        function = callable_function(commands, Runtime(_nothing, _never, backends_factory=lambda: backends))

        reply = post(function, body_of("touch"), token=unsigned_token("ada", "demo-a"))

    assert (reply.status, reply.error["status"], reply.reason) == (503, "UNAVAILABLE", "TRY_AGAIN")


@pytest.mark.usefixtures("auth_emulator")
def test_time_of_the_request_cannot_be_chosen_in_production() -> None:
    token = unsigned_token("ada", "demo-a")

    reply = post(
        things(), body_of("touch"), token=token, headers={"X-Courtside-Now": "2020-01-01T00:00:00+00:00"}
    )

    assert reply.reason == "CLOCK_NOT_MOVABLE"


@pytest.mark.parametrize("error", [RuntimeError("secret-text"), KeyError("secret-text"), SystemExit(3)])
def test_bug_shows_a_request_id_and_is_logged_under_it(logs: LogLines, error: BaseException) -> None:
    def verify(token: str) -> dict[str, Any]:
        raise error

    reply = post(things(verify), body_of("touch"), token="a.b.c")

    assert (reply.status, reply.error["status"], reply.reason) == (500, "INTERNAL", "INTERNAL")
    (line,) = logs.of("unhandled")
    assert reply.error["details"]["request_id"] == line["request_id"] == reply.headers["X-Request-Id"]
    assert "secret-text" not in reply.text + logs.text


def test_emulators_in_production_refuse_every_call(logs: LogLines) -> None:
    environment = {
        "K_SERVICE": "things",
        "GCLOUD_PROJECT": "demo-a",
        "DATABASE_URL": NOWHERE,
        "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099",
    }
    runtime = Runtime(_nothing, _never, backends_factory=lambda: Backends.of(read_settings(environment)))
    function = callable_function(commands, runtime)

    call = post(function, body_of("touch"), token=unsigned_token("ada", "demo-a"), headers={"Origin": ORIGIN})
    preflight = post(function, b"", method="OPTIONS", headers={"Origin": ORIGIN})

    assert (call.status, call.reason) == (500, "INTERNAL")
    assert Misconfigured.__name__ in logs.of("unhandled")[0]["stack_trace"]
    assert "Access-Control-Allow-Origin" not in {*call.headers, *preflight.headers}


def test_every_call_is_one_log_line_without_what_was_sent(logs: LogLines, auth_emulator: str) -> None:
    token = unsigned_token("ada", "demo-a", email="ada@secret.example")
    body = body_of("touch", note="secret-text")

    reply = post(things(), body, token=token)

    (line,) = logs.of("call")
    assert line.pop("duration_ms") >= 0
    assert line == {
        "severity": "INFO",
        "message": "call",
        "logger": "courtside.edge.callables",
        "request_id": reply.headers["X-Request-Id"],
        "command": "things.touch",
        "code": "INVALID_ARGUMENT",
        "reason": "INVALID_INPUT",
        "replayed": False,
        "drained": None,
    }
    assert not [text for text in ("secret", token, "ada") if text in logs.text]


def test_refused_call_names_no_command_that_does_not_exist(logs: LogLines, auth_emulator: str) -> None:
    post(things(), body_of("secret-text"), token=unsigned_token("ada", "demo-a"))

    assert logs.of("call")[0]["command"] == "?"
    assert "secret-text" not in logs.text


def test_reply_is_json_that_nobody_keeps() -> None:
    headers = post(things(), b"").headers

    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("origin", "named"), [(ORIGIN, ORIGIN), ("https://evil.example", None)])
def test_only_own_origins_are_named(origin: str, named: str | None) -> None:
    function = things(allowed_origins=(ORIGIN,))

    call = post(function, b"", headers={"Origin": origin})
    preflight = post(function, b"", method="OPTIONS", headers={"Origin": origin})

    assert preflight.status == 204
    assert call.headers.get("Access-Control-Allow-Origin") == named
    assert preflight.headers.get("Access-Control-Allow-Origin") == named
    assert ("Access-Control-Allow-Methods" in preflight.headers) is (named is not None)


@pytest.mark.parametrize("proof", [{}, {"X-Firebase-AppCheck": "x"}])
def test_a_call_that_no_app_of_ours_sent_is_refused_before_anything_of_it_is_read(
    logs: LogLines, auth_emulator: str, proof: dict[str, str]
) -> None:
    function = things(verify_app=refuse_app, app_check="enforce")

    reply = post(function, b"{", headers=proof)

    assert (reply.status, reply.error["status"], reply.reason) == (
        401,
        "UNAUTHENTICATED",
        "APP_CHECK_REFUSED",
    )
    assert logs.of("call")[0]["reason"] == "APP_CHECK_REFUSED"


def test_watching_apps_only_tells_of_them(logs: LogLines, auth_emulator: str) -> None:
    for proof in ({}, {"X-Firebase-AppCheck": "x"}):
        reply = post(things(verify_app=refuse_app, app_check="monitor"), b"{", headers=proof)
        assert reply.reason == "MALFORMED_REQUEST"

    assert [line["app_check"] for line in logs.of("call")] == ["missing", "refused"]


def test_an_app_of_ours_gets_in(auth_emulator: str) -> None:
    function = things(verify_app=lambda token: {"sub": token}, app_check="enforce")

    assert post(function, b"{", headers={"X-Firebase-AppCheck": "x"}).reason == "MALFORMED_REQUEST"


def refuse_app(token: str) -> NoReturn:
    raise AppCheckRefused(found="refused")


def test_function_is_declared_under_the_name_of_its_domain() -> None:
    function = things()

    assert function.__name__ == "things"
    assert function.__firebase_endpoint__.entryPoint == "things"  # type: ignore[attr-defined]
    assert function.__firebase_endpoint__.callableTrigger is not None  # type: ignore[attr-defined]
