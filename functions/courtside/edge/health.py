"""`health`: whether this instance reaches Postgres and Firestore, and how far behind the relay is."""

import logging
from collections.abc import Callable
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
from courtside.edge.wire import encode_json

log = logging.getLogger(__name__)


def health_function(runtime: Runtime, **options: Any) -> Callable[[Request], Response]:
    """A deployable HTTP function: 200 when all is reachable, 503 otherwise, with one line for each part."""

    def health(request: Request) -> Response:
        try:
            parts = check_parts(runtime.backends)
        # functions-framework would answer with the error's text, to anybody who asks.
        except (Exception, SystemExit):
            log.exception("health check failed")
            parts = {"instance": {"ok": False, "error": "INTERNAL"}}
        well = all(part["ok"] for part in parts.values())
        response = Response(encode_json({"ok": well, **parts}), status=200 if well else 503)
        response.headers["Content-Type"] = "application/json"
        response.headers["Cache-Control"] = "no-store"
        return response

    declared: Callable[[Request], Response] = https_fn.on_request(**options)(health)
    return declared


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
