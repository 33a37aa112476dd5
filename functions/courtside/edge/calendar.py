"""`calendar`: a person's bookings for calendar programs, behind a secret address: `GET …/calendar/{secret}.ics`."""

import hashlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from firebase_functions import https_fn
from flask import Request, Response

from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_inquiry
from courtside.edge.callables import Runtime
from courtside.edge.headers import harden
from courtside.edge.limits import PER_CALENDAR_READER
from courtside.errors import RateLimited, Unavailable

log = logging.getLogger(__name__)

# (reader, secret, now) → the calendar's text, or None for a secret that opens none.
ReadFeed = Callable[[Reader, str, datetime], str | None]
_SUFFIX = ".ics"


def calendar_function(runtime: Runtime, read_feed: ReadFeed) -> Callable[[Request], Response]:
    """A deployable HTTP function; every address that opens nothing is answered alike."""

    def calendar(request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return _answer(405, "Calendars are read with GET.", Allow="GET, HEAD")
        try:
            runtime.gate.admit_address(request, "calendar", PER_CALENDAR_READER)
            text = _read(runtime, read_feed, request.path)
        except RateLimited as error:
            wait = str(error.details["retry_after_seconds"])
            return _answer(429, "Too many requests.", **{"Retry-After": wait})
        except Unavailable:
            return _answer(503, "Try again in a moment.", **{"Retry-After": "30"})
        # The outermost edge: functions-framework would answer with the error's text.
        except (Exception, SystemExit):
            log.exception("calendar failed")
            return _answer(500, "Something went wrong.")
        if text is None:
            return _answer(404, "There is no such calendar.")
        return _calendar(request, text)

    declared: Callable[[Request], Response] = https_fn.on_request()(calendar)
    return declared


def _read(runtime: Runtime, read_feed: ReadFeed, path: str) -> str | None:
    name = path.rsplit("/", 1)[-1]
    if not name.endswith(_SUFFIX):
        return None
    secret = name.removesuffix(_SUFFIX)
    now = datetime.now(UTC)
    return run_inquiry(runtime.backends.pool, lambda connection: read_feed(Reader(connection), secret, now))


def _calendar(request: Request, text: str) -> Response:
    body = text.encode()
    response = _answer(200, body)
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="courtside.ics"'
    response.headers["Cache-Control"] = "private, max-age=60, must-revalidate"
    response.make_conditional(request)
    return response


def _answer(status: int, body: str | bytes, **headers: str) -> Response:
    response = harden(Response(body, status=status, headers=headers))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    return response
