"""`exchange_token`: a host application's own token becomes a Firebase custom token: `POST {"token": …}`.

It needs nothing that a browser adds by itself and takes `application/json` alone, so no foreign page can call it.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar
from uuid import uuid4

from firebase_functions import https_fn
from flask import Request, Response

from courtside.config import Misconfigured, Settings
from courtside.db.reader import Reader
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import UnitOfWork, run_inquiry
from courtside.edge.bodies import read_body
from courtside.edge.callables import Runtime
from courtside.edge.cors import allow_origin
from courtside.edge.custom_tokens import CUSTOM_TOKEN_SECONDS, FirebaseAccounts
from courtside.edge.failures import error_body, http_status, internal_error_body
from courtside.edge.headers import harden
from courtside.edge.limits import PER_EXCHANGER
from courtside.edge.logs import request_context
from courtside.edge.wire import encode_json, parse_object
from courtside.errors import CourtsideError, InvalidInput, MalformedRequest

log = logging.getLogger(__name__)

# A token of 8 KiB, and what JSON needs around it.
_MAX_BODY_BYTES = 16 * 1024


class Vouched(Protocol):
    """What a host application's token asserts, verified."""

    @property
    def issuer_id(self) -> str:
        """Which host application, by our name for it."""
        ...


A = TypeVar("A", bound=Vouched)


class Federation(Protocol[A]):
    """The host applications that are trusted, and what their people's accounts are."""

    def verify(self, text: str, now: datetime) -> A:
        """What a token asserts; raises TokenRefused or Unavailable."""
        ...

    def find_email_to_link(self, reader: Reader, assertion: A) -> str | None:
        """The e-mail whose account the person may be given, if it has none yet."""
        ...

    def sign_in(self, uow: UnitOfWork, assertion: A, uid_of_email: str | None) -> str:
        """The uid of the person's account; raises a Refusal."""
        ...


@dataclass
class _Attempt:
    """One exchange under way, for its log line."""

    request_id: str
    started: float = field(default_factory=time.monotonic)
    issuer: str | None = None
    app_check: str | None = None


@dataclass
class _Exchange(Generic[A]):
    """What all exchanges of a process share; opened at the first request."""

    runtime: Runtime
    open_federation: Callable[[Settings], Federation[A]]

    @cached_property
    def federation(self) -> Federation[A]:
        return self.open_federation(self.runtime.backends.settings)

    @cached_property
    def accounts(self) -> FirebaseAccounts:
        return FirebaseAccounts(self.runtime.backends.settings)

    def run(self, request: Request, attempt: _Attempt) -> dict[str, Any]:
        """The answer to a token that is believed; raises a CourtsideError for any other."""
        if request.method != "POST":
            raise MalformedRequest("Tokens are exchanged with POST.")
        gate = self.runtime.gate
        gate.admit_address(request, "exchange", PER_EXCHANGER)
        attempt.app_check = gate.check_app(request)
        token = _read_token(read_body(request, self.runtime.deadlines), request.headers)
        assertion = self.federation.verify(token, datetime.now(UTC))
        attempt.issuer = assertion.issuer_id
        uid = self._sign_in(assertion)
        return {
            "custom_token": self.accounts.mint(uid, assertion.issuer_id),
            "uid": uid,
            "expires_in": CUSTOM_TOKEN_SECONDS,
        }

    def _sign_in(self, assertion: A) -> str:
        pool, federation = self.runtime.backends.pool, self.federation
        email = run_inquiry(
            pool, lambda connection: federation.find_email_to_link(Reader(connection), assertion)
        )
        # Firebase is asked before the transaction, never in it.
        uid_of_email = self.accounts.find_uid_by_email(email) if email else None
        return run_as_system(
            pool, "exchange_token", lambda uow: federation.sign_in(uow, assertion, uid_of_email)
        )


def exchange_function(
    runtime: Runtime, open_federation: Callable[[Settings], Federation[A]], **options: Any
) -> Callable[[Request], Response]:
    """A deployable HTTP function; `open_federation` is called at the first exchange, and may raise Misconfigured."""
    exchange = _Exchange(runtime, open_federation)

    def exchange_token(request: Request) -> Response:
        attempt = _Attempt(uuid4().hex)
        try:
            settings = runtime.backends.settings
        except Misconfigured as error:
            return _respond(attempt, _misconfigured(attempt, error))
        if request.method == "OPTIONS":
            return allow_origin(request, harden(Response(status=204)), settings, preflight=True)
        with request_context(attempt.request_id, request.headers, settings.project):
            body = _answer(exchange, request, attempt)
            _note_exchange(runtime, attempt, body.get("error"))
        return allow_origin(request, _respond(attempt, body), settings)

    declared: Callable[[Request], Response] = https_fn.on_request(**options)(exchange_token)
    return declared


def _answer(exchange: _Exchange[A], request: Request, attempt: _Attempt) -> dict[str, Any]:
    try:
        return exchange.run(request, attempt)
    except CourtsideError as error:
        return {"error": error_body(error)}
    except Misconfigured as error:
        return _misconfigured(attempt, error)
    # The outermost edge: functions-framework would answer with the error's text.
    except (Exception, SystemExit):
        log.exception("unhandled")
        return {"error": internal_error_body(attempt.request_id)}


def _read_token(body: bytes, headers: Any) -> str:
    content = parse_object(body, headers.get("Content-Type", ""), limit_bytes=_MAX_BODY_BYTES)
    token = content.pop("token", None)
    if not isinstance(token, str) or content:
        problem = "the body is {token}, the host application's token as text, and nothing else"
        raise InvalidInput(fields=[{"path": "token", "problem": problem}])
    return token


def _misconfigured(attempt: _Attempt, error: Misconfigured) -> dict[str, Any]:
    # Its text is for the operator, and names no value.
    log.error("misconfigured", extra={"fields": {"problem": str(error)}})
    return {"error": internal_error_body(attempt.request_id)}


def _respond(attempt: _Attempt, body: dict[str, Any]) -> Response:
    error = body.get("error")
    response = harden(Response(encode_json(body), status=http_status(error) if error else 200))
    response.headers["Content-Type"] = "application/json"
    response.headers["X-Request-Id"] = attempt.request_id
    if error and (seconds := error["details"].get("retry_after_seconds")):
        response.headers["Retry-After"] = str(seconds)
    return response


def _note_exchange(runtime: Runtime, attempt: _Attempt, error: dict[str, Any] | None) -> None:
    seconds, code = time.monotonic() - attempt.started, error["status"] if error else "OK"
    details = error["details"] if error else {}
    fields = {
        "issuer": attempt.issuer,
        "duration_ms": round(seconds * 1000, 2),
        "code": code,
        "reason": details.get("reason"),
        "problem": details.get("problem"),
        **({"app_check": attempt.app_check} if attempt.app_check else {}),
    }
    log.info("exchange", extra={"fields": fields})
    runtime.backends.observer.answered("exchange_token", code, seconds)
