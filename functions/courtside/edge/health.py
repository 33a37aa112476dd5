"""`health`: whether this instance reaches Postgres and Firestore, and how far behind the relay is."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import psycopg
from firebase_functions import https_fn
from flask import Request, Response
from google.api_core.exceptions import GoogleAPICallError, RetryError

from courtside.backends import Backends
from courtside.db.outbox import count_backlog
from courtside.db.unit_of_work import read_snapshot
from courtside.edge.callables import Runtime
from courtside.edge.headers import harden
from courtside.edge.limits import PER_HEALTH_READER
from courtside.edge.wire import encode_json
from courtside.errors import RateLimited, Unavailable

log = logging.getLogger(__name__)


def health_function(runtime: Runtime, **options: Any) -> Callable[[Request], Response]:
    """A deployable HTTP function: 200 when all is reachable, 503 otherwise, with one line for each part."""

    def health(request: Request) -> Response:
        try:
            _admit(runtime, request)
            parts = check_parts(runtime.backends)
        except RateLimited as error:
            return _answer({"ok": False, "error": error.reason}, 429, error.details["retry_after_seconds"])
        # functions-framework would answer with the error's text, to anybody who asks.
        except (Exception, SystemExit):
            log.exception("health check failed")
            parts = {"instance": {"ok": False, "error": "INTERNAL"}}
        well = all(part["ok"] for part in parts.values())
        return _answer({"ok": well, **parts}, 200 if well else 503)

    declared: Callable[[Request], Response] = https_fn.on_request(**options)(health)
    return declared


def _admit(runtime: Runtime, request: Request) -> None:
    # That the limit cannot be told is what this function is there to say.
    with suppress(Unavailable):
        runtime.gate.admit_address(request, "health", PER_HEALTH_READER)


def _answer(body: dict[str, Any], status: int, retry_after_seconds: int | None = None) -> Response:
    response = harden(Response(encode_json(body), status=status))
    response.headers["Content-Type"] = "application/json"
    if retry_after_seconds:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def check_parts(backends: Backends) -> dict[str, dict[str, Any]]:
    """Postgres with the relay's backlog, and Firestore; each `{"ok": …}` and more."""
    return {"postgres": _check_postgres(backends), "firestore": _check_firestore(backends)}


def _check_postgres(backends: Backends) -> dict[str, Any]:
    try:
        return {"ok": True, "backlog": asdict(read_snapshot(backends.pool, count_backlog))}
    except psycopg.Error as error:
        return {"ok": False, "error": type(error).__name__}


def _check_firestore(backends: Backends) -> dict[str, Any]:
    try:
        backends.firestore.batch_get(["health/ping"], field="version", timeout_seconds=2)
    except (GoogleAPICallError, RetryError) as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True}
