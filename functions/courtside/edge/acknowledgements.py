"""`acknowledge`: what a service worker saw of a push, by the receipt in it: POST of a form with `receipt` and `what`.

A form is what browsers send to another address without asking it first, also while they close a page.
"""

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Protocol
from urllib.parse import parse_qs
from uuid import UUID

from firebase_functions import https_fn
from flask import Request, Response

from courtside.config import Settings
from courtside.db.system import React, run_as_system
from courtside.db.unit_of_work import UnitOfWork
from courtside.edge.bodies import read_body
from courtside.edge.callables import Runtime
from courtside.edge.headers import harden
from courtside.edge.limits import PER_ACKNOWLEDGER
from courtside.errors import CourtsideError, RateLimited, Unavailable

log = logging.getLogger(__name__)

_LONGEST_BODY = 200
_SAYINGS = frozenset({"received", "shown", "clicked"})


class Counter(Protocol):
    """Who knows the receipts."""

    def delivery_of(self, receipt: str) -> UUID | None:
        """The delivery that it is of; None for what is no receipt of ours."""
        ...

    def note(self, uow: UnitOfWork, delivery_id: UUID, what: str) -> None:
        """Note what was said of it."""
        ...


class _Door:
    def __init__(self, runtime: Runtime, open_counter: Callable[[Settings], Counter], react: React) -> None:
        self.runtime, self._open_counter, self._react = runtime, open_counter, react

    @cached_property
    def counter(self) -> Counter:
        return self._open_counter(self.runtime.backends.settings)

    def answer(self, request: Request) -> int:
        self.runtime.gate.admit_address(request, "acknowledge", PER_ACKNOWLEDGER)
        body = read_body(request, self.runtime.deadlines)
        form = parse_qs(body.decode("ascii", "replace")) if len(body) <= _LONGEST_BODY else {}
        what = form.get("what", [""])[0]
        if what not in _SAYINGS:
            return 400
        delivery_id = self.counter.delivery_of(form.get("receipt", [""])[0])
        if delivery_id is None:
            return 404
        run_as_system(
            self.runtime.backends.pool,
            "acknowledge",
            lambda uow: self.counter.note(uow, delivery_id, what),
            self._react,
        )
        return 204


def acknowledge_function(
    runtime: Runtime, open_counter: Callable[[Settings], Counter]
) -> Callable[[Request], Response]:
    """A deployable HTTP function."""
    door = _Door(runtime, open_counter, runtime.react)

    def acknowledge(request: Request) -> Response:
        if request.method != "POST":
            return _empty(405, Allow="POST")
        try:
            return _empty(door.answer(request))
        except RateLimited as error:
            return _empty(429, **{"Retry-After": str(error.details["retry_after_seconds"])})
        except Unavailable:
            return _empty(503, **{"Retry-After": "30"})
        except CourtsideError:
            return _empty(400)
        # The outermost edge: functions-framework would answer with the error's text.
        except (Exception, SystemExit):
            log.exception("acknowledge failed")
            return _empty(500)

    declared: Callable[[Request], Response] = https_fn.on_request()(acknowledge)
    return declared


def _empty(status: int, **headers: str) -> Response:
    return harden(Response(status=status, headers=headers))
