"""Callable functions: HTTP in, one command run, its documents drained, HTTP out.

The endpoint is declared through firebase_functions, so deployment sees a callable; the request is read by
`edge.wire`, because the SDK's own handler was measured to answer 500 to malformed input and to log it verbatim.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4

from firebase_functions import https_fn
from flask import Request, Response

from courtside import crash_points
from courtside.backends import Backends
from courtside.config import Misconfigured, settings
from courtside.db.outbox import Work
from courtside.edge.app_check import VerifyApp, app_verifier
from courtside.edge.auth import VerifyToken, firebase_verifier, read_caller
from courtside.edge.bodies import Deadlines, read_body
from courtside.edge.clock import HEADER as NOW_HEADER
from courtside.edge.clock import requested_now
from courtside.edge.commands import Commands, Query
from courtside.edge.cors import allow_origin
from courtside.edge.dispatch import Dispatcher, Outcome, React
from courtside.edge.failures import error_body, http_status, internal_error_body
from courtside.edge.gate import Gate, take_from
from courtside.edge.headers import harden
from courtside.edge.limits import Meter
from courtside.edge.logs import configure_logs, request_context
from courtside.edge.wire import encode_json, parse_request
from courtside.errors import CourtsideError, MalformedRequest

CarryOut = Callable[[Backends, Work], bool]

log = logging.getLogger(__name__)


@dataclass
class Runtime:
    """What every function of this process shares; built at the first request, never at import."""

    react: React
    carry_out: CarryOut
    backends_factory: Callable[[], Backends] = field(default=lambda: Backends.of(settings()))

    @cached_property
    def backends(self) -> Backends:
        configure_logs()
        backends = self.backends_factory()
        crash_points.arm(backends.settings)
        return backends

    @cached_property
    def verify(self) -> VerifyToken:
        return firebase_verifier(self.backends.settings)

    @cached_property
    def verify_app(self) -> VerifyApp:
        return app_verifier(self.backends.settings)

    @cached_property
    def gate(self) -> Gate:
        backends = self.backends
        return Gate(backends.settings, Meter(take_from(backends.pool)), lambda: self.verify_app)

    @cached_property
    def deadlines(self) -> Deadlines:
        return Deadlines(self.backends.settings.body_seconds)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        return Dispatcher(self.backends.pool, self.backends.settings, self.react)


@dataclass
class _Call:
    """One call under way, for its log line."""

    request_id: str
    started: float = field(default_factory=time.monotonic)
    command: str = "?"
    replayed: bool = False
    drained: bool | None = None
    app_check: str | None = None


def callable_function(commands: Commands, runtime: Runtime, **options: Any) -> Callable[[Request], Response]:
    """A deployable function, named after the domain, that runs its commands."""

    def handle(request: Request) -> Response:
        if request.method == "OPTIONS":
            return _name_origin(runtime, request, harden(Response(status=204)), preflight=True)
        call = _Call(request_id=uuid4().hex)
        with request_context(call.request_id, request.headers, _project_of(runtime)):
            body = answer_request(commands, runtime, request, call)
            _note_call(runtime, call, body.get("error"))
        return _name_origin(runtime, request, _response(call, body))

    handle.__name__ = handle.__qualname__ = commands.domain
    declared = https_fn.on_call(**options)(handle)
    handle.__firebase_endpoint__ = declared.__firebase_endpoint__  # type: ignore[attr-defined]
    return handle


def _response(call: _Call, body: dict[str, Any]) -> Response:
    error = body.get("error")
    response = Response(encode_json(body), status=http_status(error) if error else 200)
    response.headers["Content-Type"] = "application/json"
    response.headers["X-Request-Id"] = call.request_id
    if call.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if error and (seconds := error["details"].get("retry_after_seconds")):
        response.headers["Retry-After"] = str(seconds)
    return harden(response)


def answer_request(commands: Commands, runtime: Runtime, request: Request, call: _Call) -> dict[str, Any]:
    """The callable protocol's answer: `{"result": …}` or `{"error": {status, message, details}}`."""
    try:
        outcome = _run(commands, runtime, request, call)
    except CourtsideError as error:
        return {"error": error_body(error)}
    # The outermost edge: whatever else goes wrong is a bug, which must neither leak nor end the server.
    # SystemExit counts: code 3 ends gunicorn's master.
    except (Exception, SystemExit):
        log.exception("unhandled", extra={"fields": {"request_id": call.request_id, "command": call.command}})
        return {"error": internal_error_body(call.request_id)}
    return outcome.answer


def _run(commands: Commands, runtime: Runtime, request: Request, call: _Call) -> Outcome:
    if request.method != "POST":
        raise MalformedRequest("Callables are called with POST.")
    gate = runtime.gate
    gate.admit_address(request)
    call.app_check = gate.check_app(request)
    parsed = parse_request(read_body(request, runtime.deadlines), request.headers.get("Content-Type", ""))
    authorization = request.headers.get("Authorization")
    # Who calls is asked first: to a stranger, which commands exist is not told, but for what visitors may ask.
    command = commands.find(parsed.command)
    if isinstance(command, Query) and command.is_public and not authorization:
        caller = None
    else:
        caller = read_caller(authorization, runtime.verify)
    command = commands.get(parsed.command)
    call.command = command.name
    gate.admit_call(request, caller, command)
    now = requested_now(request.headers.get(NOW_HEADER), runtime.backends.settings)
    observer = runtime.backends.observer
    if isinstance(command, Query):
        with observer.span("query", command=command.name, request_id=call.request_id):
            return runtime.dispatcher.ask(command, caller, parsed.content, now=now)
    assert caller is not None  # only queries are public
    with observer.span("command", command=command.name, request_id=call.request_id):
        with observer.span("command.commit"):
            outcome = runtime.dispatcher.run(command, caller, parsed.content, call.request_id, now=now)
        call.replayed = outcome.replayed
        if outcome.work is not None:
            call.drained = runtime.carry_out(runtime.backends, outcome.work)
    return outcome


def _project_of(runtime: Runtime) -> str | None:
    """Whose traces a request's lines belong to; without settings, which the caller is told as INTERNAL, nobody's."""
    try:
        return runtime.backends.settings.project
    except Misconfigured:
        return None


def _name_origin(
    runtime: Runtime, request: Request, response: Response, *, preflight: bool = False
) -> Response:
    try:
        origins = runtime.backends.settings
    except Misconfigured:
        # Told to the caller already, as INTERNAL; without settings no origin is one of ours.
        return response
    return allow_origin(request, response, origins, preflight=preflight)


def _note_call(runtime: Runtime, call: _Call, error: dict[str, Any] | None) -> None:
    seconds, code = time.monotonic() - call.started, error["status"] if error else "OK"
    _log_call(call, error, code, seconds)
    # Without settings, which the caller was told as INTERNAL, nobody watches.
    with suppress(Misconfigured):
        runtime.backends.observer.answered(call.command, code, seconds)


def _log_call(call: _Call, error: dict[str, Any] | None, code: str, seconds: float) -> None:
    fields = {
        "request_id": call.request_id,
        "command": call.command,
        "duration_ms": round(seconds * 1000, 2),
        "code": code,
        "reason": error["details"]["reason"] if error else None,
        "replayed": call.replayed,
        "drained": call.drained,
        **({"app_check": call.app_check} if call.app_check else {}),
    }
    log.info("call", extra={"fields": fields})
