"""`unsubscribe`: the link at the end of an e-mail: GET asks, POST does it, and so does a mail program's one click."""

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Protocol
from urllib.parse import parse_qs

from firebase_functions import https_fn
from flask import Request, Response

from courtside.actors import Actor
from courtside.config import Settings
from courtside.db.reader import Reader
from courtside.db.system import React, run_as_system
from courtside.db.unit_of_work import UnitOfWork, run_inquiry
from courtside.edge.bodies import read_body
from courtside.edge.callables import Runtime
from courtside.edge.headers import harden
from courtside.edge.limits import PER_UNSUBSCRIBER
from courtside.errors import CourtsideError, RateLimited, Unavailable

log = logging.getLogger(__name__)

# A status, and a page.
Answer = tuple[int, str]
_CHOICES = frozenset({"this", "all", "undo"})
_FORM = "application/x-www-form-urlencoded"


class Desk(Protocol):
    """Who knows the links."""

    def person_of(self, token: str) -> str | None:
        """Whose link it is; None for what is no link of ours."""
        ...

    def refuse(self) -> Answer:
        """The page for what is no link of ours."""
        ...

    def ask(self, reader: Reader, token: str) -> Answer:
        """The page on which somebody chooses."""
        ...

    def act(self, uow: UnitOfWork, token: str, choice: str) -> Answer:
        """The page that says what was done."""
        ...


class _Door:
    def __init__(self, runtime: Runtime, open_desk: Callable[[Settings], Desk], react: React) -> None:
        self.runtime, self._open_desk, self._react = runtime, open_desk, react

    @cached_property
    def desk(self) -> Desk:
        return self._open_desk(self.runtime.backends.settings)

    def answer(self, request: Request) -> Answer:
        self.runtime.gate.admit_address(request, "unsubscribe", PER_UNSUBSCRIBER)
        token = request.path.rsplit("/", 1)[-1]
        person = self.desk.person_of(token)
        if person is None:
            return self.desk.refuse()
        pool = self.runtime.backends.pool
        if request.method != "POST":
            return run_inquiry(pool, lambda connection: self.desk.ask(Reader(connection), token))
        choice = _read_choice(request, read_body(request, self.runtime.deadlines))
        return run_as_system(
            pool,
            "unsubscribe",
            lambda uow: self.desk.act(uow, token, choice),
            self._react,
            actor=Actor(person, None),
        )


def unsubscribe_function(
    runtime: Runtime, open_desk: Callable[[Settings], Desk], style_source: str
) -> Callable[[Request], Response]:
    """A deployable HTTP function; `style_source` is what its pages' policy says of their style."""
    door = _Door(runtime, open_desk, runtime.react)
    policy = (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
        f"style-src {style_source}"
    )

    def unsubscribe(request: Request) -> Response:
        if request.method not in ("GET", "HEAD", "POST"):
            return _plain(405, "Links are followed with GET, and taken with POST.", Allow="GET, HEAD, POST")
        try:
            status, page = door.answer(request)
        except RateLimited as error:
            return _plain(
                429, "Too many requests.", **{"Retry-After": str(error.details["retry_after_seconds"])}
            )
        except Unavailable:
            return _plain(503, "Try again in a moment.", **{"Retry-After": "30"})
        except CourtsideError:
            return _plain(400, "This is no form of ours.")
        # The outermost edge: functions-framework would answer with the error's text.
        except (Exception, SystemExit):
            log.exception("unsubscribe failed")
            return _plain(500, "Something went wrong.")
        response = harden(Response(page, status=status, content_type="text/html; charset=utf-8"))
        response.headers["Content-Security-Policy"] = policy
        return response

    declared: Callable[[Request], Response] = https_fn.on_request()(unsubscribe)
    return declared


def _read_choice(request: Request, body: bytes) -> str:
    """What the form says; a mail program's one click says nothing of the kind, and means this type of e-mail."""
    if request.mimetype != _FORM:
        return "this"
    choice = parse_qs(body.decode("utf-8", "replace")).get("choice", ["this"])[0]
    return choice if choice in _CHOICES else "this"


def _plain(status: int, text: str, **headers: str) -> Response:
    response = harden(Response(text, status=status, headers=headers))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response
